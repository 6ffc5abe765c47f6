import Foundation
import Glibc
import SessionModel

/// Makes a disk from a recipe: packages into a folder, the folder into a file system, the file system into a disk.
///
/// Nothing is mounted that the host sees, and no loop device is used.
struct RecipeBuilder {
    /// What to build.
    let recipe: ImageRecipe
    /// What is put into it for the service.
    let parts: GuestParts?
    /// An existing, empty folder for the half-made.
    let work: String
    /// An existing, empty folder for `disk.qcow2`, `kernel` and `initrd`.
    let output: String

    /// Builds.
    ///
    /// - Throws: ``Failure`` with `hostTool`, `hostUnfit`, `storage` or `invalidDefinition` (a path of the recipe that is
    ///   not there), or `CancellationError`; what was made stays in the folders.
    func build(progress: @escaping ImageProgressHandler) async throws {
        let sources = try await AptSources.ofThisHost()
        try checkFiles()
        let sourcesFile = "\(work)/debian.sources"
        try FileTree.write(Data(sources.text(for: recipe.suite).utf8), to: sourcesFile, mode: 0o644)
        try await followed("installing packages", packageTool(sources, file: sourcesFile), progress) { line in
            ImageProgress(step: "installing packages: \(line.hasPrefix("I: ") ? String(line.dropFirst(3)) : line)")
        }
        await progress(ImageProgress(step: "taking out the kernel"))
        try takeFromRoot(recipe.kernel, as: .kernel)
        if let initrd = recipe.initrd { try takeFromRoot(initrd, as: .initrd) }
        await progress(ImageProgress(step: "filling the file system"))
        _ = try await fileSystemTool.output()
        let step = "converting the disk"
        try await followed(step, QemuImg.convert(raw, to: "\(output)/\(ImageFile.disk.rawValue)"), progress) { line in
            QemuImg.fraction(line).map { ImageProgress(step: step, fraction: $0) }
        }
    }

    private var root: String { "\(work)/root" }
    private var raw: String { "\(work)/disk.raw" }

    private func packageTool(_ sources: AptSources, file: String) -> HostTool {
        var arguments = [
            "mmdebstrap", "--mode=root", "--format=directory", "--variant=minbase",
            "--include=\(recipe.packages.joined(separator: ","))",
            "--dpkgopt=force-unsafe-io",
            "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-include=/usr/share/doc/*/copyright",
            "--dpkgopt=path-exclude=/usr/share/locale/*", "--dpkgopt=path-include=/usr/share/locale/locale.alias",
            "--dpkgopt=path-include=/usr/share/locale/fr/*",
            "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-include=/usr/share/man/man*",
            "--dpkgopt=path-include=/usr/share/man/fr/*",
            "--aptopt=Acquire::Languages \"none\"",
        ]
        if let proxy = sources.proxy { arguments.append("--aptopt=Acquire::http::Proxy \"\(proxy)\"") }
        if let files = recipe.files {
            let folder = ShellText.quoted("\(recipe.folder)/\(files)/.")
            arguments.append(
                "--customize-hook=cp -r --preserve=mode,links --no-preserve=ownership \(folder) \"$1\"/"
            )
        }
        if let parts { arguments.append("--customize-hook=\(parts.installation)") }
        for script in recipe.setup {
            arguments.append("--customize-hook=\(ShellText.quoted("\(recipe.folder)/\(script)")) \"$1\"")
        }
        arguments += [recipe.suite, root, file]
        // A mount namespace takes every mount with it, a process namespace every process, however the build ends.
        let shell = ["unshare", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child=KILL", "--"]
        var environment = ["TMPDIR": work]
        for name in ["http_proxy", "https_proxy", "no_proxy"] {
            environment[name] = ProcessInfo.processInfo.environment[name]
        }
        return HostTool(
            name: "mmdebstrap",
            command: ["setpriv", "--pdeathsig", "KILL"] + shell + arguments,
            environment: environment,
        )
    }

    private var fileSystemTool: HostTool {
        HostTool(
            name: "mke2fs",
            command: [
                "mke2fs", "-q", "-t", "ext4", "-L", "sandglass", "-m", "1", "-J", "size=16",
                "-E", "assume_storage_prezeroed=1,root_owner=0:0", "-d", root, raw, "\(recipe.diskSize.bytes >> 10)k",
            ],
        )
    }

    private func checkFiles() throws {
        for name in recipe.setup + (recipe.files.map { [$0] } ?? []) {
            guard FileTree.exists("\(recipe.folder)/\(name)") else {
                throw Failure(.invalidDefinition, "\(recipe.folder)/image.yaml names \(name), which is not beside it")
            }
        }
    }

    /// Moves a file out of the root: the emulator loads it from beside the disk, in the disk it would only take up space.
    private func takeFromRoot(_ path: String, as file: ImageFile) throws {
        let found = try RootedPath(root: root).resolve(path)
        guard FileTree.exists(found) else {
            throw Failure(
                .invalidDefinition,
                "\(recipe.folder)/image.yaml: the finished root has no file \(path) to be the \(file.rawValue)",
            )
        }
        try FileTree.move(found, to: "\(output)/\(file.rawValue)")
        // A folder made for it alone goes too; any other is not empty, and stays.
        rmdir(String(found.prefix(upTo: found.lastIndex(of: "/") ?? found.endIndex)))
    }

    private func followed(
        _ step: String,
        _ tool: HostTool,
        _ progress: @escaping ImageProgressHandler,
        _ report: @escaping @Sendable (String) -> ImageProgress?,
    ) async throws {
        await progress(ImageProgress(step: step))
        try await tool.follow { line in
            if let report = report(line) { await progress(report) }
        }
    }
}

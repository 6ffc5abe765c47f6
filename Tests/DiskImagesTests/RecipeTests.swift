import Foundation
import Logging
import SessionModel
import Synchronization
import TestKit
import Testing

@testable import DiskImages

@Suite struct AptSourcesTests {
    private let release = "NAME=Debian\nVERSION_CODENAME=bookworm\n"

    @Test("Archives of another release are those of this host with the release's name changed")
    func otherRelease() throws {
        let sources = try AptSources(
            targets: """
                http://mirror.test/debian/ bookworm
                http://mirror.test/debian/ bookworm-updates
                http://safe.test/debian-security/ bookworm-security
                http://mirror.test/debian/ bookworm-backports
                """,
            proxy: "proxy='http://proxy.test:3142'\n",
            release: release,
        )
        #expect(sources.main == "http://mirror.test/debian/")
        #expect(sources.security == "http://safe.test/debian-security/")
        #expect(sources.proxy == "http://proxy.test:3142")
        let text = sources.text(for: "trixie")
        #expect(text.contains("URIs: http://mirror.test/debian/\nSuites: trixie trixie-updates\n"))
        #expect(text.contains("URIs: http://safe.test/debian-security/\nSuites: trixie-security\n"))
        #expect(!text.contains("bookworm"))
    }

    @Test("A host without security updates builds without them")
    func noSecurity() throws {
        let sources = try AptSources(targets: "http://mirror.test/debian bookworm", release: release)
        #expect(sources.security == nil && sources.proxy == nil)
        #expect(!sources.text(for: "trixie").contains("security"))
    }

    @Test("A host without an archive of its own release cannot build")
    func noArchive() {
        #expect(throws: Failure.self) { try AptSources(targets: "http://mirror.test/debian sid", release: release) }
        #expect(throws: Failure.self) { try AptSources(targets: "http://mirror.test/debian bookworm", release: "") }
    }
}

@Suite struct RootedPathTests {
    @Test("Links are followed inside the root, never outside")
    func links() async throws {
        try await StateFolder.with { folder in
            let root = folder.scratch
            try TestDisks.run(["mkdir", "-p", "\(root)/boot", "\(root)/etc"])
            try TestDisks.run(["ln", "-s", "/boot/vmlinuz-6", "\(root)/vmlinuz"])
            try TestDisks.run(["ln", "-s", "../../../etc/secret", "\(root)/boot/up"])
            try TestDisks.run(["ln", "-s", "circle", "\(root)/circle"])
            let path = RootedPath(root: root)
            #expect(try path.resolve("vmlinuz") == "\(root)/boot/vmlinuz-6")
            #expect(try path.resolve("/boot/up") == "\(root)/etc/secret")
            #expect(try path.resolve("../../x") == "\(root)/x")
            // A slash is one whatever stands behind it.
            #expect(try path.resolve("boot/../\u{301}x/../\u{301}y") == "\(root)/\u{301}y")
            try TestDisks.run(["ln", "-s", "/\u{301}/../../\u{301}x", "\(root)/accent"])
            #expect(try path.resolve("accent") == "\(root)/\u{301}x")
            #expect(throws: Failure.self) { try path.resolve("circle") }
        }
    }
}

@Suite struct RecipeBuildTests {
    @Test(
        "An image is built once, and again only when its recipe changed and it may be replaced",
        .timeLimit(.minutes(1)),
    )
    func rebuild() async throws {
        try await StateFolder.with { folder in
            let recipe = try recipe(folder)
            let count = Mutex(0)
            let store = store(folder, recipe) { count.withLock { $0 += 1 } }
            let first = try await store.build("small", replacing: false) { _ in }
            #expect(first.boot == .kernel(commandLine: "root=/dev/vda", hasInitrd: true))
            #expect(first.health == .usable && first.console == .serialShell)
            #expect(first.sha256.keys.sorted() == ["disk.qcow2", "initrd", "kernel"])
            #expect(first.virtualSize == .mebibytes(4))
            for file in first.sha256.keys {
                #expect(try folder.rights("\(folder.layout.images)/small/\(file)").mode == 0o444)
            }
            #expect(try folder.rights("\(folder.layout.images)/small").mode == 0o755)

            for replacing in [false, true] {
                #expect(try await store.build("small", replacing: replacing) { _ in } == first)
            }
            #expect(count.withLock { $0 } == 1)

            try "two".write(toFile: "\(recipe.folder)/setup.sh", atomically: true, encoding: .utf8)
            #expect(await failure { _ = try await store.build("small", replacing: false) { _ in } }?.code == .conflict)
            let second = try await store.build("small", replacing: true) { _ in }
            #expect(second.origin != first.origin)
            #expect(count.withLock { $0 } == 2)
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
        }
    }

    @Test("An image is not replaced while a machine stands on it", .timeLimit(.minutes(1)))
    func needed() async throws {
        try await StateFolder.with { folder in
            let recipe = try recipe(folder)
            let store = store(folder, recipe) {}
            let first = try await store.build("small", replacing: false) { _ in }
            try await folder.overlays().makeDisk(for: folder.machine(1, on: "small"))
            try "two".write(toFile: "\(recipe.folder)/setup.sh", atomically: true, encoding: .utf8)
            #expect(await failure { _ = try await store.build("small", replacing: true) { _ in } }?.code == .inUse)
            #expect(try await store.image("small") == first)
        }
    }

    @Test("A damaged image is built again when it may be replaced", .timeLimit(.minutes(1)))
    func damaged() async throws {
        try await StateFolder.with { folder in
            let recipe = try recipe(folder)
            let store = store(folder, recipe) {}
            let first = try await store.build("small", replacing: false) { _ in }
            try folder.flipByte(of: "\(folder.layout.images)/small/kernel", at: 1)
            #expect(await failure { _ = try await store.build("small", replacing: false) { _ in } }?.code == .conflict)
            #expect(try await store.image("small").health == .unusable("damaged: kernel"))
            let second = try await store.build("small", replacing: true) { _ in }
            #expect(second.sha256 == first.sha256 && second.health == .usable)
        }
    }

    @Test("A failed build leaves nothing", .timeLimit(.minutes(1)))
    func failed() async throws {
        try await StateFolder.with { folder in
            let recipe = try recipe(folder)
            let store = store(folder, recipe) { throw Failure(.hostTool, "no packages") }
            #expect(await failure { _ = try await store.build("small", replacing: false) { _ in } }?.code == .hostTool)
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
            #expect(try folder.names(in: folder.layout.images).isEmpty)
        }
    }

    @Test(
        "While an image is built, a second build is refused and its half-made files are no garbage",
        .timeLimit(.minutes(1)),
    )
    func twoAtOnce() async throws {
        try await StateFolder.with { folder in
            let recipe = try recipe(folder)
            let (begun, signalBegun) = AsyncStream.makeStream(of: Void.self)
            let (released, release) = AsyncStream.makeStream(of: Void.self)
            let store = store(folder, recipe) {
                signalBegun.yield()
                for await _ in released { break }
            }
            async let first = store.build("small", replacing: false) { _ in }
            for await _ in begun { break }
            #expect(await failure { _ = try await store.build("small", replacing: true) { _ in } }?.code == .conflict)
            #expect(try await store.collectGarbage().isEmpty)
            #expect(try folder.names(in: folder.layout.images).isEmpty)
            release.yield()
            #expect(try await first.health == .usable)
        }
    }

    @Test("A recipe's digest depends on names, contents, modes and links of its folder")
    func digest() async throws {
        try await StateFolder.with { folder in
            let recipe = try recipe(folder)
            var digests = [try await RecipeDigest.digest(of: recipe)]
            #expect(try await RecipeDigest.digest(of: recipe) == digests[0])
            for change in [
                ["chmod", "700", "setup.sh"], ["mkdir", "files"], ["touch", "files/a"], ["mv", "files/a", "files/b"],
                ["ln", "-s", "b", "files/c"], ["ln", "-sf", "d", "files/c"], ["cp", "image.yaml", "files/b"],
            ] {
                try TestDisks.run(change, in: recipe.folder)
                digests.append(try await RecipeDigest.digest(of: recipe))
            }
            #expect(Set(digests).count == digests.count)
        }
    }

    private func recipe(_ folder: StateFolder) throws -> ImageRecipe {
        let path = "\(folder.scratch)/small"
        try TestDisks.run(["mkdir", path])
        for name in ["image.yaml", "setup.sh"] {
            try "one".write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        }
        return ImageRecipe(
            id: "small",
            title: LocalizedText(["en": "Small"]),
            suite: "trixie",
            packages: [],
            setup: ["setup.sh"],
            diskSize: .mebibytes(4),
            kernel: "boot/kernel",
            initrd: "boot/initrd",
            commandLine: "root=/dev/vda",
            console: .serialShell,
            folder: path,
        )
    }

    private func store(
        _ folder: StateFolder,
        _ recipe: ImageRecipe,
        _ beforeBuild: @escaping @Sendable () async throws -> Void,
    ) -> ImageStore {
        var surroundings = folder.surroundings()
        surroundings.recipe = { _ in recipe }
        return ImageStore(layout: folder.layout, surroundings: surroundings, logger: Logger(label: "test")) {
            _,
            _,
            output,
            _ in
            try await beforeBuild()
            try TestDisks.run(["qemu-img", "create", "-q", "-f", "qcow2", "\(output)/disk.qcow2", "4M"])
            for name in ["kernel", "initrd"] {
                try name.write(toFile: "\(output)/\(name)", atomically: true, encoding: .utf8)
            }
        }
    }
}

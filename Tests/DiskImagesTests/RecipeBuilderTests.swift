import Foundation
import Logging
import SessionModel
import TestKit
import Testing

@testable import DiskImages

@Suite struct RecipeBuilderTests {
    @Test("A recipe becomes a disk with its files, and its kernel beside it", .timeLimit(.minutes(10)))
    func builds() async throws {
        try await StateFolder.with { folder in
            let recipe = try recipe(folder)
            let steps = Steps()
            var surroundings = folder.surroundings()
            surroundings.recipe = { _ in recipe }
            let store = ImageStore(layout: folder.layout, surroundings: surroundings, logger: Logger(label: "test"))
            let image = try await store.build("tiny", replacing: false) { await steps.add($0.step) }
            #expect(image.health == .usable && image.virtualSize == .mebibytes(600))

            let place = folder.layout.folder(of: "tiny")
            #expect(try String(contentsOfFile: "\(place)/kernel", encoding: .utf8) == "a kernel\n")
            #expect(try String(contentsOfFile: "\(place)/initrd", encoding: .utf8) == "an initrd\n")
            let raw = "\(folder.scratch)/raw"
            try TestDisks.run(["qemu-img", "convert", "-O", "raw", "\(place)/disk.qcow2", raw])
            #expect(try TestDisks.run(["e2fsck", "-fn", raw]).contains("sandglass"))
            func look(_ command: String) throws -> String { try TestDisks.run(["debugfs", "-R", command, raw]) }
            #expect(try look("cat /etc/of-the-recipe").contains("from a file"))
            #expect(try look("stat /etc/of-the-recipe").contains("User:     0   Group:     0"))
            #expect(try look("stat /etc/of-the-recipe").contains("Mode:  0640"))
            #expect(try look("cat /etc/of-the-script").contains("from \(folder.layout.state)"))
            #expect(try look("cat /etc/debian_version").contains("13."))
            #expect(try look("stat /boot/own").contains("File not found"))
            #expect(try look("stat /boot").contains("Type: directory"))

            #expect(await steps.all.contains { $0.hasPrefix("installing packages: ") })
            #expect(await steps.all.last == "built")
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
            #expect(try !String(contentsOfFile: "/proc/mounts", encoding: .utf8).contains(folder.layout.state))
        }
    }

    @Test("A build that is cancelled leaves no process, no mount and no file", .timeLimit(.minutes(5)))
    func cancelled() async throws {
        try await StateFolder.with { folder in
            let recipe = try recipe(folder)
            let (begun, tell) = AsyncStream.makeStream(of: Void.self)
            var surroundings = folder.surroundings()
            surroundings.recipe = { _ in recipe }
            let store = ImageStore(layout: folder.layout, surroundings: surroundings, logger: Logger(label: "test"))
            let attempt = Task {
                try await store.build("tiny", replacing: false) { progress in
                    if progress.step.contains("downloading") || progress.step.contains("extracting") { tell.yield() }
                }
            }
            for await _ in begun { break }
            attempt.cancel()
            await #expect(throws: CancellationError.self) { try await attempt.value }
            let clock = ContinuousClock()
            let deadline = clock.now + .seconds(20)
            var left = ["unknown"]
            while !left.isEmpty, clock.now < deadline {
                left = try processes(naming: folder.layout.state)
                await Task.yield()
            }
            #expect(left.isEmpty)
            #expect(try !String(contentsOfFile: "/proc/mounts", encoding: .utf8).contains(folder.layout.state))
            _ = try await store.collectGarbage()
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
            #expect(try folder.names(in: folder.layout.images).isEmpty)
        }
    }

    private func recipe(_ folder: StateFolder) throws -> ImageRecipe {
        let path = "\(folder.scratch)/a 'quoted' name"
        try FileManager.default.createDirectory(atPath: "\(path)/files/etc", withIntermediateDirectories: true)
        try "from a file".write(toFile: "\(path)/files/etc/of-the-recipe", atomically: true, encoding: .utf8)
        try TestDisks.run(["chmod", "640", "\(path)/files/etc/of-the-recipe"])
        try TestDisks.run(["chown", "1234:1234", "\(path)/files/etc/of-the-recipe"])
        let script = """
            #!/bin/sh
            set -e
            echo "from $1" >"$1/etc/of-the-script"
            mkdir "$1/boot/own"
            echo "a kernel" >"$1/boot/own/kernel-1"
            ln -s /boot/own/kernel-1 "$1/boot/vmlinuz"
            echo "an initrd" >"$1/boot/own/initrd"
            """
        try script.write(toFile: "\(path)/setup.sh", atomically: true, encoding: .utf8)
        try TestDisks.run(["chmod", "755", "\(path)/setup.sh"])
        return ImageRecipe(
            id: "tiny",
            title: LocalizedText(["en": "Tiny"]),
            suite: "trixie",
            packages: ["file"],
            files: "files",
            setup: ["setup.sh"],
            diskSize: .mebibytes(600),
            kernel: "boot/vmlinuz",
            initrd: "boot/own/initrd",
            commandLine: "root=/dev/vda",
            console: .serialShell,
            folder: path,
        )
    }

    private func processes(naming text: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
            guard Int(name) != nil, let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
                return false
            }
            return String(decoding: line, as: UTF8.self).contains(text)
        }
    }
}

/// Collects the steps of a build.
private actor Steps {
    private(set) var all: [String] = []

    func add(_ step: String) { all.append(step) }
}

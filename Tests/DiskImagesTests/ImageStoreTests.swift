import Foundation
import Logging
import SessionModel
import Synchronization
import TestKit
import Testing

@testable import DiskImages

@Suite struct ImageStoreTests {
    @Test("A usable image tells its size, and an absent one that it is absent")
    func usable() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let store = folder.images()
            #expect(try await store.usableImage("plain") == .mebibytes(4))
            #expect(await failure { _ = try await store.usableImage("other") }?.code == .notFound)
            #expect(await failure { _ = try await store.image("other") }?.code == .notFound)
            #expect(await failure { _ = try await store.verify("other") { _ in } }?.code == .notFound)
            #expect(await failure { try await store.remove("other") }?.code == .notFound)
        }
    }

    @Test("What a machine depends on are the image's files, how it is booted and its disk's bus")
    func facts() async throws {
        try await StateFolder.with { folder in
            let image = try await folder.importPattern(firmware: .uefi)
            let facts = try await folder.images().imageFacts("plain")
            #expect(
                facts == [
                    "image": "plain", "image.diskBus": "virtio", "image.firmware": "uefi",
                    "image.disk.qcow2": try #require(image.sha256["disk.qcow2"]),
                    "image.vars.fd": try #require(image.sha256["vars.fd"]),
                ]
            )
            #expect(await failure { _ = try await folder.images().imageFacts("other") }?.code == .notFound)
            var direct = image
            direct.boot = .kernel(commandLine: "root=/dev/vda", hasInitrd: true)
            #expect(direct.facts["image.commandLine"] == "root=/dev/vda" && direct.facts["image.firmware"] == "kernel")
        }
    }

    @Test(
        "One flipped byte is found, puts the image out of service, and is remembered",
        arguments: [0, 1000, 300_000],
    )
    func flippedByte(_ offset: Int) async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern(firmware: .uefi)
            let disk = folder.layout.file(.disk, of: "plain")
            #expect(try await folder.images().verify("plain") { _ in }.health == .usable)
            try folder.flipByte(of: disk, at: offset)
            #expect(try await folder.images().verify("plain") { _ in }.health == .unusable("damaged: disk.qcow2"))
            let later = folder.images()
            #expect(try await later.image("plain").health == .unusable("damaged: disk.qcow2"))
            let refusal = await failure { _ = try await later.usableImage("plain") }
            #expect(refusal?.code == .imageUnusable && refusal?.message.contains("disk.qcow2") == true)
            // The right content again is the right image again.
            try folder.flipByte(of: disk, at: offset)
            #expect(try await later.verify("plain") { _ in }.health == .usable)
            #expect(try await later.usableImage("plain") == .mebibytes(4))
        }
    }

    @Test("A flipped byte is noticed without being asked, even when the file's times were set back")
    func unasked() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            try folder.flipByte(of: folder.layout.file(.disk, of: "plain"), at: 70_000)
            #expect(await failure { _ = try await folder.images().usableImage("plain") }?.code == .imageUnusable)
        }
    }

    @Test("An image whose files were only touched stays in service and is not compared a second time")
    func touched() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            try TestDisks.run(["touch", folder.layout.file(.disk, of: "plain")])
            let store = folder.images()
            #expect(try await !store.shelf.looksUntouched(store.shelf.record(of: "plain")))
            #expect(try await store.usableImage("plain") == .mebibytes(4))
            #expect(try await store.shelf.looksUntouched(store.shelf.record(of: "plain")))
        }
    }

    @Test("A missing file is damage")
    func missingFile() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern(firmware: .uefi)
            try FileTree.remove(folder.layout.file(.vars, of: "plain"))
            #expect(await failure { _ = try await folder.images().usableImage("plain") }?.code == .imageUnusable)
            #expect(try await folder.images().image("plain").health == .unusable("damaged: vars.fd"))
        }
    }

    @Test("An image is not removed while a machine's disk or a kept one stands on it")
    func inUse() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            try await folder.importPattern("other")
            let (store, overlays) = (folder.images(), folder.overlays())
            let machine = try folder.machine(1)
            try await overlays.makeDisk(for: machine)
            let first = try #require(await failure { try await store.remove("plain") })
            #expect(first.code == .inUse && first.message.contains("machine \(machine.id)"))

            try await overlays.keepDisk(of: machine.id, session: "aaaaaaaaaa")
            try await overlays.removeDisk(of: machine.id)
            let second = try #require(await failure { try await store.remove("plain") })
            #expect(second.code == .inUse && second.message.contains("session aaaaaaaaaa"))
            #expect(try await store.usableImage("plain") == .mebibytes(4))

            try await store.remove("other")
            try FileTree.remove(folder.layout.evidence(of: machine.id, session: "aaaaaaaaaa"))
            try await store.remove("plain")
            #expect(try folder.names(in: folder.layout.images).isEmpty)
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
        }
    }

    @Test("A disk without a readable mark still holds the image it stands on")
    func unmarkedDisk() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let machine = try folder.machine(1)
            try await folder.overlays().makeDisk(for: machine)
            try FileTree.remove(folder.layout.mark(of: machine.id))
            #expect(await failure { try await folder.images().remove("plain") }?.code == .inUse)
        }
    }

    @Test("An image that sessions yet to be prepared need is not removed")
    func users() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            var surroundings = folder.surroundings()
            surroundings.users = { $0 == "plain" ? ["session bbbbbbbbbb"] : [] }
            let store = ImageStore(layout: folder.layout, surroundings: surroundings, logger: Logger(label: "test"))
            let refusal = await failure { try await store.remove("plain") }
            #expect(refusal?.code == .inUse && refusal?.message.contains("session bbbbbbbbbb") == true)
        }
    }

    @Test("Making a disk while its image is removed ends with both or with neither", .timeLimit(.minutes(1)))
    func race() async throws {
        try await StateFolder.with { folder in
            let (store, overlays) = (folder.images(), folder.overlays())
            for round in UInt64(1)...12 {
                try await folder.importPattern()
                let machine = try folder.machine(round)
                async let made = failure { try await overlays.makeDisk(for: machine) }
                async let removed = failure { try await store.remove("plain") }
                let (making, removing) = await (made, removed)
                let hasDisk = try await overlays.observeDisks().map(\.id) == [machine.id]
                let hasImage = try await store.images().images.map(\.id) == ["plain"]
                #expect(hasDisk == (making == nil))
                #expect(hasImage == (removing != nil))
                #expect(!hasDisk || hasImage)
                try await overlays.removeDisk(of: machine.id)
                if hasImage { try await store.remove("plain") }
            }
        }
    }

    @Test(
        "An image folder that cannot be read is reported and left alone",
        arguments: ["{", "{}", "{\"kind\": \"sandglass/v1 image\"}", "unknown key", "another id", "another file"],
    )
    func unreadable(_ text: String) async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            try await folder.importPattern("other")
            let path = folder.layout.imageRecord(of: "plain")
            let good = try String(contentsOfFile: path, encoding: .utf8)
            let bad =
                switch text {
                case "unknown key": good.replacing("\"id\"", with: "\"more\" : 1, \"id\"")
                case "another id": good.replacing("\"plain\"", with: "\"other\"")
                case "another file": good.replacing("disk.qcow2", with: "../other/disk.qcow2")
                default: text
                }
            try FileTree.write(Data(bad.utf8), to: path, mode: 0o444)
            let store = folder.images()
            let listing = try await store.images()
            #expect(listing.images.map(\.id) == ["other"])
            #expect(listing.problems.count == 1 && listing.problems[0].contains(path))
            #expect(await failure { _ = try await store.usableImage("plain") }?.code == .storage)
            #expect(await failure { try await store.remove("plain") }?.code == .storage)
            #expect(try await store.collectGarbage().isEmpty)
            #expect(try folder.names(in: folder.layout.folder(of: "plain")) == ["disk.qcow2", "image.json"])
        }
    }

    @Test("A folder that is no image is reported and left alone")
    func foreign() async throws {
        try await StateFolder.with { folder in
            try TestDisks.run(["mkdir", "\(folder.layout.images)/Not an image", "\(folder.layout.images)/empty"])
            let store = folder.images()
            #expect(try await store.images().problems.count == 2)
            #expect(try await store.collectGarbage().isEmpty)
            #expect(try folder.names(in: folder.layout.images).count == 2)
        }
    }

    @Test("Garbage is what interrupted builds and imports left, and nothing else")
    func garbage() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let machine = try folder.machine(1)
            try await folder.overlays().makeDisk(for: machine)
            let temporary = folder.layout.temporary
            try TestDisks.run(["mkdir", "-p", "\(temporary)/image-half/work", "\(temporary)/image-gone.old"])
            try TestDisks.run(["mkdir", "\(temporary)/machine-being-made"])
            var record = try ImageShelf(layout: folder.layout).record(of: "plain")
            record.image.health = .unusable(ImageRecord.untested)
            let path = folder.layout.imageRecord(of: "plain")
            try StateFile.write(record, to: path, mode: 0o444)
            let store = folder.images()
            #expect(try await store.collectGarbage().count == 2)
            #expect(try folder.names(in: temporary) == ["machine-being-made"])
            // A machine stood on it, perhaps the boot test's own; now none does.
            try await folder.overlays().removeDisk(of: machine.id)
            #expect(try await store.collectGarbage().count == 1)
            #expect(try folder.names(in: folder.layout.images).isEmpty)
        }
    }
}

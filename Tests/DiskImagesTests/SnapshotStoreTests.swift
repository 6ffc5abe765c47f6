import Foundation
import Glibc
import SessionModel
import TestKit
import Testing

@testable import DiskImages

@Suite("Snapshots on disk", .timeLimit(.minutes(1))) struct SnapshotStoreTests {
    private let id = SnapshotID.warm

    @Test("Files keep every promise of a snapshot store", arguments: SnapshotStoreConformance.cases)
    func files(_ promise: SnapshotStoreConformance.Case) async throws {
        try await StateFolder.with { folder in
            try await SnapshotStoreConformance.run(promise) { try await folder.conformanceSubject() }
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
        }
    }

    @Test("The fake keeps every promise of a snapshot store", arguments: SnapshotStoreConformance.cases)
    func fake(_ promise: SnapshotStoreConformance.Case) async throws {
        try await SnapshotStoreConformance.run(promise) { StateFolder.fakeConformanceSubject() }
    }

    @Test("A template has an empty memory of its size and an empty state, its user's alone")
    func template() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let template = try folder.template()
            try await folder.overlays().makeDisk(for: template)
            let (memory, state) = (
                folder.layout.templateMemory(of: template.id), folder.layout.templateState(of: template.id),
            )
            for path in [memory, state] {
                #expect(
                    try folder.rights(path)
                        == .init(user: StateFolder.userID, group: StateFolder.groupID, mode: 0o600)
                )
            }
            #expect(try OpenFile(reading: memory).stamp().size == 4 << 20)
            #expect(try OpenFile(reading: memory).allocatedSize() == ByteCount(bytes: 0))
            #expect(try OpenFile(reading: state).stamp().size == 0)
        }
    }

    @Test("A snapshot is root's, and has what its template left and an overlay on it")
    func published() async throws {
        try await StateFolder.with { folder in
            let image = try await folder.importPattern(firmware: .uefi)
            let template = try await folder.frozenTemplate(disk: .mebibytes(16))
            let own = folder.layout.folder(of: template.id)
            try TestDisks.run(["touch", "\(own)/strange"])
            let published = try await folder.snapshots().publish(folder.snapshot(of: template), from: template.id)
            let path = folder.layout.folder(of: id)
            let files = ["disk.qcow2", "memory", "overlay.qcow2", "state", "vars.fd"]
            #expect(try folder.names(in: path) == (files + ["snapshot.json"]).sorted())
            #expect(try folder.rights(path) == .init(user: geteuid(), group: getegid(), mode: 0o755))
            for name in files {
                #expect(try folder.rights("\(path)/\(name)") == .init(user: geteuid(), group: getegid(), mode: 0o644))
            }
            #expect(try folder.names(in: own) == ["strange"])
            let overlay = try QCOW2Header(of: SourceFile(OpenFile(reading: "\(path)/overlay.qcow2")))
            #expect(overlay.backingFile == folder.layout.disk(of: id) && overlay.virtualSize == 16 << 20)
            let disk = try QCOW2Header(of: SourceFile(OpenFile(reading: "\(path)/disk.qcow2")))
            #expect(disk.backingFile == folder.layout.file(.disk, of: image.id) && disk.virtualSize == 16 << 20)
            // The memory is mostly a hole.
            #expect(published.fileSize < .mebibytes(3))
            try await folder.snapshots().verify()
            #expect(try await folder.snapshots().usableSnapshot(for: published.key) == published)
        }
    }

    @Test(
        "Publishing that was interrupted is finished after a restart",
        arguments: [
            "nothing moved", "memory", "state", "disk.qcow2", "overlay.qcow2", "snapshot.json.new", "snapshot.json",
        ],
    )
    func interrupted(_ last: String) async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let template = try await folder.frozenTemplate()
            let draft = folder.layout.snapshotDraft(of: template.id)
            let steps = ["memory", "state", "disk.qcow2", "overlay.qcow2", "snapshot.json.new", "snapshot.json"]
            let done = steps.prefix { _ in last != "nothing moved" }.prefix((steps.firstIndex(of: last) ?? -1) + 1)
            if !done.isEmpty { try TestDisks.run(["mkdir", draft]) }
            for name in done {
                let source = "\(folder.layout.folder(of: template.id))/\(name)"
                if FileTree.exists(source) {
                    try FileTree.move(source, to: "\(draft)/\(name)")
                } else {
                    try TestDisks.run(["cp", "/etc/hostname", "\(draft)/\(name)"])
                }
            }
            try folder.layout.prepare()
            let store = folder.snapshots()
            #expect(try await store.snapshots().snapshots.isEmpty)
            let published = try await store.publish(folder.snapshot(of: template), from: template.id)
            try await store.verify()
            #expect(try await store.usableSnapshot(for: published.key) == published)
            #expect(!FileTree.exists(draft))
            try await folder.overlays().removeDisk(of: template.id)
            let fork = try folder.machine(1, fork: Fork(id))
            try await folder.overlays().makeDisk(for: fork)
            #expect(try TestDisks.hasPattern(folder.layout.disk(of: fork.id), format: "qcow2", mebibytes: 4))
        }
    }

    @Test("Cancelled publishing goes on where it was")
    func cancelled() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let template = try await folder.frozenTemplate()
            let (store, snapshot) = (folder.snapshots(), folder.snapshot(of: template))
            let attempt = Task { try await store.publish(snapshot, from: template.id) }
            attempt.cancel()
            _ = await attempt.result
            _ = try await store.publish(snapshot, from: template.id)
            try await store.verify()
            #expect(try await store.usableSnapshot(for: snapshot.key)?.id == id)
        }
    }

    @Test(
        "What a template's emulator could leave in a file's place is refused, not followed, and goes with the template",
        arguments: ["memory", "state", "disk.qcow2"],
        ["ln -s", "ln", "mkfifo", "mkdir", "rm", "truncate -s 1234", "truncate -s 0"],
    )
    func tampered(_ name: String, _ how: String) async throws {
        // Only the memory has a size that is known; a disk that is cut off shows when it is forked.
        if name != "memory", how == "truncate -s 1234" { return }
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let template = try await folder.frozenTemplate()
            let (path, secret) = ("\(folder.layout.folder(of: template.id))/\(name)", "\(folder.scratch)/secret")
            try TestDisks.run(["truncate", "-s", "4M", secret])
            try TestDisks.run(["chmod", "640", secret])
            let before = try folder.rights(secret)
            let command = how.split(separator: " ").map(String.init)
            if command[0] != "truncate" { try TestDisks.run(["rm", path]) }
            switch command[0] {
            case "ln": try TestDisks.run(command + [secret, path])
            case "rm": break
            default: try TestDisks.run(command + [path])
            }
            let store = folder.snapshots()
            for _ in 0..<2 {
                let refusal = await failure {
                    _ = try await store.publish(folder.snapshot(of: template), from: template.id)
                }
                #expect(refusal?.code == .snapshotUnusable)
            }
            #expect(try folder.rights(secret) == before)
            #expect(try folder.names(in: folder.layout.snapshots).isEmpty)
            try await folder.overlays().removeDisk(of: template.id)
            #expect(FileTree.exists(secret))
            #expect(try folder.names(in: folder.layout.machines).isEmpty)
        }
    }

    @Test(
        "A template's disk that names other files, or has another size, becomes no snapshot",
        arguments: ["another file below it", "its content in another file", "no file below it", "another size"],
    )
    func forgedDisk(_ how: String) async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let template = try await folder.frozenTemplate()
            let (disk, other) = (folder.layout.disk(of: template.id), "\(folder.scratch)/other")
            try TestDisks.run(["truncate", "-s", "4M", other])
            let make = ["qemu-img", "create", "-q", "-f", "qcow2"]
            let image = folder.layout.file(.disk, of: "plain")
            switch how {
            case "another file below it": try TestDisks.run(make + ["-b", other, "-F", "raw", disk])
            case "its content in another file": try TestDisks.run(make + ["-o", "data_file=\(other)", disk, "4M"])
            case "no file below it": try TestDisks.run(make + [disk, "4M"])
            default: try TestDisks.run(make + ["-b", image, "-F", "qcow2", disk, "5M"])
            }
            let refusal = await failure {
                _ = try await folder.snapshots().publish(folder.snapshot(of: template), from: template.id)
            }
            #expect(refusal?.code == .snapshotUnusable)
            #expect(try folder.names(in: folder.layout.snapshots).isEmpty)
        }
    }

    @Test(
        "A changed byte that no stamp shows is found by comparing, and by nothing else",
        arguments: ["memory", "state", "disk.qcow2", "overlay.qcow2"],
    )
    func flippedByte(_ name: String) async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let published = try await folder.publish()
            let path = "\(folder.layout.folder(of: id))/\(name)"
            try folder.flipByte(of: path, at: 3)
            var record = try SnapshotShelf(layout: folder.layout).record(of: id)
            record.stamps[name] = FileTree.stampOfFile(at: path)
            try StateFile.write(record, to: folder.layout.snapshotRecord(of: id), mode: 0o644)
            #expect(try await folder.snapshots().usableSnapshot(for: published.key) == published)
            try await folder.snapshots().verify()
            #expect(try await folder.snapshots().usableSnapshot(for: published.key) == nil)
            #expect(try await folder.snapshots().snapshots().snapshots[0].health == .unusable("damaged: \(name)"))
        }
    }

    @Test("A missing file, or a link in its place, is damage", arguments: ["rm", "ln -s"])
    func missingFile(_ how: String) async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let published = try await folder.publish()
            let path = folder.layout.state(of: id)
            try TestDisks.run(["mv", path, "\(folder.scratch)/state"])
            if how == "ln -s" { try TestDisks.run(["ln", "-s", "\(folder.scratch)/state", path]) }
            #expect(try await folder.snapshots().usableSnapshot(for: published.key) == nil)
            #expect(try await folder.snapshots().snapshots().snapshots[0].health == .unusable("damaged: state"))
        }
    }

    @Test("A snapshot whose files were only touched stays in service and is not compared a second time")
    func touched() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let published = try await folder.publish()
            try TestDisks.run(["touch", folder.layout.memory(of: id)])
            let shelf = SnapshotShelf(layout: folder.layout)
            #expect(try !shelf.looksUntouched(shelf.record(of: id)))
            #expect(try await folder.snapshots().usableSnapshot(for: published.key) == published)
            #expect(try shelf.looksUntouched(shelf.record(of: id)))
        }
    }

    @Test(
        "A snapshot folder that cannot be read is reported and left alone",
        arguments: [
            "{", "{}", "{\"kind\": \"sandglass/v1 snapshot\"}", "unknown key", "another id", "another file", "gone",
        ],
    )
    func unreadable(_ text: String) async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let other = try await folder.publish(.other)
            let published = try await folder.publish()
            let path = folder.layout.snapshotRecord(of: id)
            let good = try String(contentsOfFile: path, encoding: .utf8)
            let bad =
                switch text {
                case "unknown key": good.replacing("\"id\"", with: "\"more\" : 1, \"id\"")
                case "another id": good.replacing("warmwarmwarm", with: "warmwarmaaaa")
                case "another file": good.replacing("overlay.qcow2", with: "../overlay.qcow2")
                default: text
                }
            if text == "gone" {
                try FileTree.remove(path)
            } else {
                try FileTree.write(Data(bad.utf8), to: path, mode: 0o644)
            }
            let before = try folder.names(in: folder.layout.folder(of: id))
            let store = folder.snapshots()
            let listing = try await store.snapshots()
            #expect(listing.snapshots == [other])
            #expect(listing.problems.count == 1 && listing.problems[0].contains("\(id)"))
            #expect(try await store.usableSnapshot(for: published.key) == other)
            #expect(await failure { try await store.remove(id) }?.code == .storage)
            #expect(await failure { try await store.condemn(id, because: "test") }?.code == .storage)
            try await store.verify()
            let fork = try folder.machine(1, fork: Fork(id))
            #expect(await failure { try await folder.overlays().makeDisk(for: fork) }?.code == .snapshotUnusable)
            #expect(try folder.names(in: folder.layout.folder(of: id)) == before)
            // What its disk says still holds the image.
            let refusal = await failure { try await folder.images().remove("plain") }
            #expect(refusal?.code == .inUse && refusal?.message.contains("snapshot \(id)") == true)
        }
    }

    @Test("A folder that is no snapshot is reported and left alone")
    func foreign() async throws {
        try await StateFolder.with { folder in
            try TestDisks.run(["mkdir", "\(folder.layout.snapshots)/Not a snapshot"])
            #expect(try await folder.snapshots().snapshots().problems.count == 1)
            try await folder.snapshots().verify()
            #expect(try folder.names(in: folder.layout.snapshots).count == 1)
        }
    }

    @Test("An image is not removed while a snapshot stands on it")
    func holdsImage() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            try await folder.publish()
            let refusal = await failure { try await folder.images().remove("plain") }
            #expect(refusal?.code == .inUse && refusal?.message.contains("snapshot \(id)") == true)
            try await folder.snapshots().remove(id)
            try await folder.images().remove("plain")
        }
    }

    @Test("Forking while the snapshot is removed ends with both or with neither")
    func race() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let (store, overlays) = (folder.snapshots(), folder.overlays())
            for round in UInt64(1)...12 {
                try await folder.publish()
                let memory: Fork.Memory = round % 2 == 0 ? .lab : .cohort(CohortID(unchecked: "spring"))
                let machine = try folder.machine(round, fork: Fork(id, memory: memory))
                async let made = failure { try await overlays.makeDisk(for: machine) }
                async let removed = failure { try await store.remove(id) }
                let (making, removing) = await (made, removed)
                let hasDisk = try await overlays.observeDisks().map(\.id) == [machine.id]
                let hasSnapshot = try await !store.snapshots().snapshots.isEmpty
                #expect(hasDisk == (making == nil))
                #expect(hasSnapshot == (removing != nil))
                #expect(!hasDisk || hasSnapshot)
                #expect(making == nil || making?.code == .snapshotUnusable, "\(String(describing: making))")
                try await overlays.removeDisk(of: machine.id)
                try await store.remove(id)
                #expect(try folder.names(in: folder.layout.temporary).isEmpty)
            }
        }
    }
}

import Foundation
import Glibc
import SessionModel
import TestKit
import Testing

@testable import DiskImages

@Suite("Forks of snapshots", .timeLimit(.minutes(1))) struct ForkTests {
    private let id = SnapshotID.warm
    private let cohort = CohortID(unchecked: "spring")

    @Test("A fork has an overlay on the snapshot's disk and the variables as its template left them, its user's alone")
    func files() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern(firmware: .uefi)
            let template = try await folder.frozenTemplate(disk: .mebibytes(16))
            try folder.write("left", to: folder.layout.vars(of: template.id))
            _ = try await folder.snapshots().publish(folder.snapshot(of: template), from: template.id)
            try await folder.overlays().removeDisk(of: template.id)
            let machine = try folder.machine(1, disk: .mebibytes(16), fork: Fork(id))
            try await folder.overlays().makeDisk(for: machine)
            let own = folder.layout.folder(of: machine.id)
            #expect(try folder.names(in: own) == ["disk.qcow2", "vars.fd"])
            #expect(try folder.names(in: folder.layout.home(of: machine.id)) == ["machine.json", "own"])
            let rights = StateFolder.Rights(user: StateFolder.userID, group: StateFolder.groupID, mode: 0o600)
            for name in ["disk.qcow2", "vars.fd"] { #expect(try folder.rights("\(own)/\(name)") == rights) }
            #expect(try folder.rights(own).mode == 0o700 && folder.rights(own).user == StateFolder.userID)
            #expect(try OpenFile(reading: "\(own)/vars.fd").read(4, at: 0) == Data("left".utf8))
            let header = try QCOW2Header(of: SourceFile(OpenFile(reading: "\(own)/disk.qcow2")))
            #expect(header.backingFile == folder.layout.disk(of: id) && header.virtualSize == 16 << 20)
            #expect(try TestDisks.hasPattern("\(own)/disk.qcow2", format: "qcow2", mebibytes: 4))
            let mark = try StateFile.read(MachineMark.self, at: folder.layout.mark(of: machine.id))
            #expect(mark.snapshot == id && mark.image == "plain")
        }
    }

    @Test("A machine has one generation id for as long as it has its disk, and another one with another disk")
    func generations() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            try await folder.publish()
            let (overlays, layout) = (folder.overlays(), folder.layout)
            let (one, other) = try (folder.machine(1, fork: Fork(id)), folder.machine(2, fork: Fork(id)))
            for machine in [one, other] { try await overlays.makeDisk(for: machine) }
            let first = try #require(try layout.generation(of: one.id))
            #expect(try layout.generation(of: other.id) != first)
            try await overlays.makeDisk(for: one)
            #expect(try layout.generation(of: one.id) == first)
            try await overlays.removeDisk(of: one.id)
            try await overlays.makeDisk(for: one)
            #expect(try layout.generation(of: one.id) != first)
        }
    }

    @Test("Copies of the memory are files of their own with the same content and holes, as many as are needed")
    func copies() async throws {
        try await StateFolder.with { folder in
            let image = try await folder.importPattern()
            try await folder.publish()
            let kinds: [Fork.Memory] = [.lab, .lab, .cohort(cohort), .cohort(cohort), .machine, .machine]
            var paths: [String] = []
            for (number, kind) in kinds.enumerated() {
                let machine = try folder.machine(UInt64(number), fork: Fork(id, memory: kind))
                try await folder.overlays().makeDisk(for: machine)
                guard
                    case .fork(let memory, folder.layout.state(of: id)) = try folder.layout.files(
                        of: machine,
                        on: image,
                    )
                    .memory
                else {
                    Issue.record("no fork's memory")
                    return
                }
                paths.append(memory)
            }
            let inodes = try paths.map(folder.inode)
            #expect(inodes[0] == inodes[1] && inodes[2] == inodes[3])
            #expect(Set(inodes).count == 4)
            #expect(try folder.inode(folder.layout.memory(of: id)) == inodes[0])
            let digest = try await FileDigest.sha256(of: paths[0])
            let allocated = try OpenFile(reading: paths[0]).allocatedSize()
            #expect(allocated == ByteCount(bytes: 64 << 10))
            for path in paths {
                #expect(try await FileDigest.sha256(of: path) == digest)
                #expect(try OpenFile(reading: path).allocatedSize() == allocated)
                #expect(try folder.rights(path) == .init(user: geteuid(), group: getegid(), mode: 0o644))
            }
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
            // A cohort's copy does not change what the snapshot is.
            try await folder.snapshots().verify()
            #expect(try await folder.snapshots().snapshots().snapshots[0].health == .usable)
        }
    }

    @Test("A cohort's copy that differs from the memory is removed by comparing, and made again")
    func damagedCopy() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            try await folder.publish()
            let path = folder.layout.memory(of: id, cohort: cohort)
            func fork(_ number: UInt64) async throws {
                let machine = try folder.machine(number, fork: Fork(id, memory: .cohort(cohort)))
                try await folder.overlays().makeDisk(for: machine)
            }
            try await fork(1)
            try await folder.snapshots().verify()
            #expect(FileTree.exists(path))
            try folder.flipByte(of: path, at: 1 << 20)
            try await folder.snapshots().verify()
            #expect(!FileTree.exists(path))
            #expect(try await folder.snapshots().snapshots().snapshots[0].health == .usable)
            try await fork(2)
            let digests = try await [FileDigest.sha256(of: path), FileDigest.sha256(of: folder.layout.memory(of: id))]
            #expect(digests[0] == digests[1])
        }
    }

    @Test(
        "A cohort's copy that was changed, replaced or linked meanwhile is made again for the next machine",
        arguments: ["flip", "replace", "link"],
    )
    func changedCopy(_ harm: String) async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            try await folder.publish()
            let path = folder.layout.memory(of: id, cohort: cohort)
            // One store, as the daemon has: it knows how the copy looked.
            let store = folder.overlays()
            func fork(_ number: UInt64) async throws {
                try await store.makeDisk(for: try folder.machine(number, fork: Fork(id, memory: .cohort(cohort))))
            }
            try await fork(1)
            // Known after a restart too: nothing is read for the next fork.
            #expect(FileTree.exists("\((path as NSString).deletingLastPathComponent)/stamp.json"))
            let inode = try TestDisks.run(["stat", "-c", "%i", path])
            try await fork(2)
            #expect(try TestDisks.run(["stat", "-c", "%i", path]) == inode, "it was copied although nothing changed")
            switch harm {
            case "flip": try folder.flipByte(of: path, at: 1 << 20)
            case "replace":
                try TestDisks.run(["sh", "-c", "head -c 1M /dev/zero > \(path).new; mv \(path).new \(path)"])
            default: try TestDisks.run(["ln", path, "\(folder.scratch)/link"])
            }
            try await fork(3)
            let digests = try await [FileDigest.sha256(of: path), FileDigest.sha256(of: folder.layout.memory(of: id))]
            #expect(digests[0] == digests[1])
        }
    }

    @Test("A hole at the end, at the beginning and everywhere, and a file without one, are copied as they are")
    func holes() async throws {
        try await StateFolder.with { folder in
            let (source, target) = ("\(folder.scratch)/source", "\(folder.scratch)/target")
            for places in [[], [0], [31], [3, 4, 17], Array(0..<32)] as [[Int]] {
                try TestDisks.run(["rm", "-f", source, target])
                try TestDisks.run(["truncate", "-s", "2M", source])
                for place in places {
                    try TestDisks.run([
                        "dd", "if=/dev/urandom", "of=\(source)", "bs=64K", "count=1", "seek=\(place)", "conv=notrunc",
                        "status=none",
                    ])
                }
                try FileTree.copy(source, to: target)
                try TestDisks.run(["cmp", source, target])
                #expect(try OpenFile(reading: target).allocatedSize() == ByteCount(bytes: Int64(places.count) << 16))
            }
        }
    }

    @Test("A fork opens its own overlay, the chain below it, and the memory it may share")
    func paths() async throws {
        try await StateFolder.with { folder in
            let (image, layout) = (try await folder.importPattern(), folder.layout)
            let (template, booted) = (try folder.template(), try folder.machine(1))
            #expect(try layout.files(of: booted, on: image).memory == .anonymous)
            #expect(try layout.files(of: booted, on: image).backing == [layout.file(.disk, of: "plain")])
            let own = layout.folder(of: template.id)
            #expect(
                try layout.files(of: template, on: image).memory
                    == .template(memory: "\(own)/memory", state: "\(own)/state")
            )
            let (base, state) = ("\(layout.state)/snapshots/\(id)", layout.state(of: id))
            let forked = try folder.machine(2, fork: Fork(id, memory: .cohort(cohort)))
            let files = try layout.files(of: forked, on: image)
            #expect(files.backing == ["\(base)/disk.qcow2", layout.file(.disk, of: "plain")])
            #expect(files.memory == .fork(memory: "\(base)/cohorts/spring/memory", state: state))
            #expect(files.unsealedState == "\(layout.folder(of: forked.id))/saved.part")
            #expect(files.savedState == "\(layout.home(of: forked.id))/saved.state")
            let alone = try folder.machine(3, fork: Fork(id, memory: .machine))
            #expect(
                try layout.files(of: alone, on: image).memory
                    == .fork(memory: "\(layout.home(of: alone.id))/memory", state: state)
            )
        }
    }

    @Test("A kept fork's disk must stand on its snapshot, and holds it and the image below", arguments: [true, false])
    func evidence(_ isSound: Bool) async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            try await folder.publish()
            let (store, machine) = (folder.overlays(), try folder.machine(1, fork: Fork(id)))
            try await store.makeDisk(for: machine)
            let disk = folder.layout.disk(of: machine.id)
            if !isSound {
                let image = folder.layout.file(.disk, of: "plain")
                try TestDisks.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", image, "-F", "qcow2", disk, "4M"])
            }
            #expect(try await store.keepDisk(of: machine.id, session: "aaaaaaaaaa") == nil ? isSound : !isSound)
            try await store.removeDisk(of: machine.id)
            let kept = "\(folder.layout.evidence(of: machine.id, session: "aaaaaaaaaa"))/disk.qcow2"
            #expect(FileTree.exists(kept) == isSound)
            if isSound { #expect(try TestDisks.hasPattern(kept, format: "qcow2", mebibytes: 4)) }
            let refusal = await failure { try await folder.snapshots().remove(id) }
            #expect(refusal?.code == .inUse && refusal?.message.contains("session aaaaaaaaaa") == true)
            #expect(await failure { try await folder.images().remove("plain") }?.code == .inUse)
        }
    }

    @Test("A fork without a readable mark still holds the snapshot it stands on")
    func unmarked() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            try await folder.publish()
            let machine = try folder.machine(1, fork: Fork(id))
            try await folder.overlays().makeDisk(for: machine)
            try FileTree.remove(folder.layout.mark(of: machine.id))
            #expect(await failure { try await folder.snapshots().remove(id) }?.code == .inUse)
        }
    }

    @Test("A mark of before there were snapshots is still ours")
    func oldMark() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let machine = try folder.machine(1)
            try await folder.overlays().makeDisk(for: machine)
            let text = """
                {
                  "image" : "plain",
                  "imageSHA256" : "\(try ImageShelf(layout: folder.layout).record(of: "plain").diskSHA256)",
                  "kind" : "sandglass/v1 machine disk",
                  "machine" : "\(machine.id)",
                  "session" : "aaaaaaaaaa",
                  "userID" : \(StateFolder.userID)
                }
                """
            try FileTree.write(Data(text.utf8), to: folder.layout.mark(of: machine.id), mode: 0o400)
            try await folder.overlays().makeDisk(for: machine)
            #expect(try await folder.overlays().observeDisks() == [ObservedDisk(id: machine.id)])
        }
    }

    @Test("A machine that was made to share its memory is not taken for one that shares with nobody")
    func otherSharing() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            try await folder.publish()
            try await folder.overlays().makeDisk(for: folder.machine(1, fork: Fork(id)))
            let alone = try folder.machine(1, fork: Fork(id, memory: .machine))
            #expect(await failure { try await folder.overlays().makeDisk(for: alone) }?.code == .conflict)
        }
    }

    @Test(
        "A fork, a template and a saved machine that got another user id get their files along",
        .enabled(if: geteuid() == 0),
    )
    func newOwner() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            try await folder.publish()
            let store = folder.overlays()
            var machines = [try folder.template(), try folder.machine(1, fork: Fork(id))]
            for machine in machines { try await store.makeDisk(for: machine) }
            try await store.prepareSave(of: machines[1])
            try folder.write("saved", to: folder.layout.unsealedState(of: machines[1].id))
            try await store.sealSave(of: machines[1].id)
            try await store.prepareSave(of: machines[1])
            for index in machines.indices {
                machines[index].userID = StateFolder.userID + 9
                try await store.makeDisk(for: machines[index])
                let own = folder.layout.folder(of: machines[index].id)
                for path in try [own] + folder.names(in: own).map({ "\(own)/\($0)" }) {
                    #expect(try folder.rights(path).user == StateFolder.userID + 9)
                }
            }
            let saved = try folder.rights(folder.layout.savedState(of: machines[1].id))
            #expect(saved == .init(user: StateFolder.userID + 9, group: StateFolder.groupID, mode: 0o400))
        }
    }

    @Test(
        "A full disk fails a fork's copy and a publication, leaves nothing half-made, and is got over",
        .enabled(if: geteuid() == 0),
    )
    func fullDisk() async throws {
        try await StateFolder.with { folder in
            try TestDisks.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", folder.layout.state])
            // Whatever is still open in it goes with the test.
            defer { _ = try? TestDisks.run(["umount", "-l", folder.layout.state]) }
            try folder.layout.prepare()
            try await folder.importPattern()
            let (store, snapshots, filler) = (folder.overlays(), folder.snapshots(), "\(folder.layout.state)/filler")
            let template = try await folder.frozenTemplate()
            try TestDisks.run([
                "dd", "if=/dev/urandom", "of=\(folder.layout.templateMemory(of: template.id))", "bs=1M",
                "count=4", "conv=notrunc", "status=none",
            ])
            // A tool that stops because the disk is full has filled it.
            #expect(throws: TestDisks.ProgramFailed.self) {
                try TestDisks.run(["dd", "if=/dev/zero", "of=\(filler)", "bs=4K", "status=none"])
            }
            let snapshot = folder.snapshot(of: template)
            #expect(await failure { _ = try await snapshots.publish(snapshot, from: template.id) } != nil)
            #expect(try await snapshots.snapshots().snapshots.isEmpty)
            try FileTree.remove(filler)
            _ = try await snapshots.publish(snapshot, from: template.id)
            try await store.removeDisk(of: template.id)

            try TestDisks.run(["truncate", "-s", "0", filler])
            try TestDisks.run(["fallocate", "-l", "5M", filler])
            var made: [Machine] = []
            for (number, memory) in [Fork.Memory.machine, .machine, .cohort(cohort), .lab].enumerated() {
                let machine = try folder.machine(UInt64(number), fork: Fork(id, memory: memory))
                let trouble = await failure { try await store.makeDisk(for: machine) }
                if trouble == nil { made.append(machine) } else { #expect(trouble?.code == .storage) }
                #expect(try folder.names(in: folder.layout.temporary).isEmpty)
            }
            // There is room for one copy; one that needs none is made all the same.
            #expect(made.map(\.fork?.memory) == [.machine, .lab])
            #expect(try await store.observeDisks().map(\.id) == made.map(\.id))
            try await store.removeDisk(of: made[0].id)
            try await store.makeDisk(for: folder.machine(9, fork: Fork(id, memory: .cohort(cohort))))
        }
    }
}

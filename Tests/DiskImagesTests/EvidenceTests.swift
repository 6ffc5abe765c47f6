import Foundation
import Glibc
import SessionModel
import TestKit
import Testing

@testable import DiskImages

@Suite("A disk that becomes evidence", .timeLimit(.minutes(1))) struct EvidenceTests {
    private let session: SessionID = "aaaaaaaaaa"

    @Test(
        "Once it was kept long enough nothing of it is left; what is not known as its disk stays",
        arguments: [false, true],
    )
    func removed(isStrange: Bool) async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let machine = try folder.machine(1)
            let store = folder.overlays()
            try await store.makeDisk(for: machine)
            try await store.keepDisk(of: machine.id, session: session)
            try await store.removeDisk(of: machine.id)
            let path = folder.layout.evidence(of: machine.id, session: session)
            guard isStrange else {
                try await store.removeKeptDisks(of: session)
                #expect(try folder.names(in: folder.layout.evidence).isEmpty)
                #expect(try folder.names(in: folder.layout.temporary).isEmpty)
                return
            }
            try FileTree.removeFile("\(path)/disk.json")
            await #expect(throws: Failure.self) { try await store.removeKeptDisks(of: session) }
            #expect(try folder.names(in: path) == ["disk.qcow2"])
        }
    }

    @Test("It is root's, read-only, and says what it stands on")
    func kept() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let machine = try folder.machine(1)
            let store = folder.overlays()
            try await store.makeDisk(for: machine)
            try await store.keepDisk(of: machine.id, session: session)
            try await store.removeDisk(of: machine.id)
            let path = folder.layout.evidence(of: machine.id, session: session)
            #expect(try folder.names(in: path) == ["disk.json", "disk.qcow2"])
            #expect(try folder.rights(path).mode == 0o700)
            #expect(try folder.rights("\(path)/disk.qcow2").mode == 0o400)
            #expect(try folder.rights("\(path)/disk.qcow2").user == geteuid())
            let mark = try StateFile.read(MachineMark.self, at: "\(path)/disk.json")
            #expect(mark.image == "plain" && mark.problem == nil)
            #expect(try TestDisks.hasPattern("\(path)/disk.qcow2", format: "qcow2", mebibytes: 4))
        }
    }

    @Test(
        "A link, a pipe, a second name or nothing in the place of the disk is neither followed nor kept, and is said",
        arguments: [["ln", "-s"], ["ln"], ["mkfifo"], []],
    )
    func trap(_ command: [String]) async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let machine = try folder.machine(1)
            let store = folder.overlays()
            try await store.makeDisk(for: machine)
            let secret = "\(folder.scratch)/secret"
            try TestDisks.run(["touch", secret])
            try TestDisks.run(["chmod", "640", secret])
            let before = try folder.rights(secret)
            let disk = folder.layout.disk(of: machine.id)
            try TestDisks.run(["rm", disk])
            if !command.isEmpty { try TestDisks.run(command + (command == ["mkfifo"] ? [disk] : [secret, disk])) }
            try await store.keepDisk(of: machine.id, session: session)
            let path = folder.layout.evidence(of: machine.id, session: session)
            #expect(try folder.names(in: path) == ["disk.json"])
            #expect(try StateFile.read(MachineMark.self, at: "\(path)/disk.json").problem?.isEmpty == false)
            #expect(try folder.rights(secret) == before)
            try await store.removeDisk(of: machine.id)
            #expect(FileTree.exists(secret))
            #expect(try await store.observeDisks().isEmpty)
            // The answer stays the same, and nothing stands on the image any more.
            try await store.keepDisk(of: machine.id, session: session)
            try await folder.images().remove("plain")
        }
    }

    @Test(
        "A disk that names other files of the host, or is no disk, is set aside and never called a disk",
        arguments: ["another file below it", "its content in another file", "no file below it", "no qcow2 disk"],
    )
    func tampered(_ how: String) async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let machine = try folder.machine(1)
            let store = folder.overlays()
            try await store.makeDisk(for: machine)
            let (disk, other) = (folder.layout.disk(of: machine.id), "\(folder.scratch)/other")
            try TestDisks.run(["truncate", "-s", "4M", other])
            let make = ["qemu-img", "create", "-q", "-f", "qcow2"]
            switch how {
            case "another file below it": try TestDisks.run(make + ["-b", other, "-F", "raw", disk])
            case "its content in another file": try TestDisks.run(make + ["-o", "data_file=\(other)", disk, "4M"])
            case "no file below it": try TestDisks.run(make + [disk, "4M"])
            default: try TestDisks.run(["truncate", "-s", "0", disk])
            }
            // Whoever was interrupted between writing it down and moving the file does it again.
            for _ in 0..<2 { try await store.keepDisk(of: machine.id, session: session) }
            try await store.removeDisk(of: machine.id)
            let path = folder.layout.evidence(of: machine.id, session: session)
            #expect(try folder.names(in: path) == ["disk.json", "disk.quarantined"])
            #expect(try folder.rights("\(path)/disk.quarantined").mode == 0o400)
            #expect(try folder.rights("\(path)/disk.quarantined").user == geteuid())
            #expect(try StateFile.read(MachineMark.self, at: "\(path)/disk.json").problem?.isEmpty == false)
            #expect(FileTree.exists(other))
        }
    }

    @Test(
        "An emulator that got out of hand cannot touch the mark, so its machine can still be removed",
        .enabled(if: geteuid() == 0),
    )
    func outOfHand() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let machine = try folder.machine(1)
            let store = folder.overlays()
            try await store.makeDisk(for: machine)
            let (home, own) = (folder.layout.home(of: machine.id), folder.layout.folder(of: machine.id))
            let user = ["setpriv", "--reuid=\(StateFolder.userID)", "--regid=\(StateFolder.groupID)", "--clear-groups"]
            for attempt in [
                ["rm", "-f", "\(home)/machine.json"], ["cp", "/dev/null", "\(home)/machine.json"],
                ["mv", own, "\(home)/elsewhere"], ["mv", home, "\(home)-elsewhere"], ["touch", "\(home)/more"],
                ["cat", "\(home)/machine.json"], ["ls", home],
            ] {
                #expect(throws: TestDisks.ProgramFailed.self, "\(attempt)") { try TestDisks.run(user + attempt) }
            }
            // What it may: do as it likes among its own files.
            try TestDisks.run(user + ["sh", "-c", "rm \(own)/* && ln -s \(home)/machine.json \(own)/disk.qcow2"])
            #expect(try await store.observeDisks().map(\.id) == [machine.id])
            try await store.keepDisk(of: machine.id, session: session)
            try await store.removeDisk(of: machine.id)
            #expect(try await store.observeDisks().isEmpty)
            #expect(try await store.problems().isEmpty)
        }
    }
}

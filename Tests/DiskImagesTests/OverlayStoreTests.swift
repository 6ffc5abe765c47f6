import Foundation
import Glibc
import SessionModel
import TestKit
import Testing

@testable import DiskImages

@Suite struct OverlayStoreTests {
    @Test(
        "Overlays keep every promise of a disk store",
        .timeLimit(.minutes(1)),
        arguments: DiskStoreConformance.cases,
    )
    func overlays(_ promise: DiskStoreConformance.Case) async throws {
        try await StateFolder.with { folder in
            try await DiskStoreConformance.run(promise) { try await folder.conformanceSubject() }
        }
    }

    @Test(
        "The fake keeps every promise of a disk store",
        .timeLimit(.minutes(1)),
        arguments: DiskStoreConformance.cases,
    )
    func fake(_ promise: DiskStoreConformance.Case) async throws {
        try await DiskStoreConformance.run(promise) {
            StateFolder.fakeConformanceSubject()
        }
    }

    @Test("A machine's folder and disk belong to its user id alone")
    func rights() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern(firmware: .uefi)
            let machine = try folder.machine(1)
            try await folder.overlays().makeDisk(for: machine)
            let own = (StateFolder.userID, StateFolder.groupID)
            let path = folder.layout.folder(of: machine.id)
            #expect(try folder.rights(path) == .init(user: own.0, group: own.1, mode: 0o700))
            #expect(try folder.rights("\(path)/disk.qcow2") == .init(user: own.0, group: own.1, mode: 0o600))
            #expect(try folder.rights("\(path)/vars.fd") == .init(user: own.0, group: own.1, mode: 0o600))
            #expect(try folder.names(in: path) == ["disk.qcow2", "vars.fd"])
            let home = folder.layout.home(of: machine.id)
            #expect(try folder.rights(home) == .init(user: geteuid(), group: getegid(), mode: 0o711))
            #expect(
                try folder.rights("\(home)/machine.json") == .init(user: geteuid(), group: getegid(), mode: 0o400)
            )
            #expect(try folder.names(in: home) == ["machine.json", "own"])
            #expect(try folder.rights(folder.layout.machines).mode == 0o711)
            #expect(try folder.rights(folder.layout.state).mode == 0o711)
            #expect(try folder.rights(folder.layout.evidence).mode == 0o700)
        }
    }

    @Test("An overlay stands on its image, has the size asked for and shows the image's content")
    func content() async throws {
        try await StateFolder.with { folder in
            let image = try await folder.importPattern()
            let machine = try folder.machine(1, disk: .mebibytes(16))
            try await folder.overlays().makeDisk(for: machine)
            let files = try folder.layout.files(of: machine, on: image)
            #expect(files.backing == ["\(folder.layout.images)/plain/disk.qcow2"])
            #expect(files.kernel == nil && files.seed == nil && files.vars == nil)
            let header = try QCOW2Header(of: SourceFile(OpenFile(reading: files.overlay)))
            #expect(header.backingFile == files.backing.first)
            #expect(header.virtualSize == 16 << 20)
            #expect(try TestDisks.hasPattern(files.overlay, format: "qcow2", mebibytes: 4))
        }
    }

    @Test("Folders without our mark are reported, not observed and not removed")
    func foreign() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let store = folder.overlays()
            let (ours, unmarked, forged) = (try folder.machine(1), try folder.machine(2), try folder.machine(3))
            try await store.makeDisk(for: ours)
            let machines = folder.layout.machines
            try TestDisks.run(["mkdir", "\(machines)/\(unmarked.id)", "\(machines)/somebody-else"])
            try TestDisks.run(["mkdir", folder.layout.home(of: forged.id)])
            try TestDisks.run(["cp", folder.layout.mark(of: ours.id), folder.layout.mark(of: forged.id)])
            let before = try folder.names(in: machines)

            #expect(try await store.observeDisks().map(\.id) == [ours.id])
            #expect(try await store.problems().count == 3)
            for machine in [unmarked, forged] {
                #expect(await failure { try await store.removeDisk(of: machine.id) }?.code == .storage)
                #expect(await failure { try await store.makeDisk(for: machine) }?.code == .storage)
                #expect(await failure { try await store.keepDisk(of: machine.id, session: "aaaaaaaaaa") } != nil)
            }
            #expect(try folder.names(in: machines) == before)
        }
    }

    @Test("A mark with a key that is not ours is not our mark")
    func strictMark() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let machine = try folder.machine(1)
            try await folder.overlays().makeDisk(for: machine)
            let path = folder.layout.mark(of: machine.id)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try FileTree.write(Data(text.replacing("{", with: "{\"more\": 1,").utf8), to: path, mode: 0o400)
            #expect(try await folder.overlays().observeDisks().isEmpty)
        }
    }

    @Test("What an interrupted attempt left is replaced")
    func interrupted() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let machine = try folder.machine(1)
            let draft = "\(folder.layout.temporary)/machine-\(machine.id)"
            try TestDisks.run(["mkdir", draft])
            try TestDisks.run(["touch", "\(draft)/disk.qcow2", "\(draft)/strange"])
            try await folder.overlays().makeDisk(for: machine)
            #expect(try folder.names(in: folder.layout.home(of: machine.id)) == ["machine.json", "own"])
            #expect(try folder.names(in: folder.layout.folder(of: machine.id)) == ["disk.qcow2"])
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
        }
    }

    @Test("A machine that got another user id gets its disk along", .enabled(if: geteuid() == 0))
    func newOwner() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            var machine = try folder.machine(1)
            try await folder.overlays().makeDisk(for: machine)
            machine.userID = StateFolder.userID + 9
            try await folder.overlays().makeDisk(for: machine)
            #expect(try folder.rights(folder.layout.disk(of: machine.id)).user == StateFolder.userID + 9)
            #expect(try folder.rights(folder.layout.folder(of: machine.id)).user == StateFolder.userID + 9)
        }
    }

    @Test("An image that was found damaged, or whose files changed, gets no machine, whenever it was asked for")
    func damagedImage() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let (store, disk) = (folder.overlays(), folder.layout.file(.disk, of: "plain"))
            try folder.flipByte(of: disk, at: 70_000)
            func refusal() async throws -> FailureCode? {
                let machine = try folder.machine(1)
                return await failure { try await store.makeDisk(for: machine) }?.code
            }
            #expect(try await refusal() == .imageUnusable)
            _ = try await folder.images().verify("plain") { _ in }
            #expect(try await refusal() == .imageUnusable)
            #expect(try await store.observeDisks().isEmpty)
            try folder.flipByte(of: disk, at: 70_000)
            _ = try await folder.images().verify("plain") { _ in }
            #expect(try await refusal() == nil)
        }
    }

    @Test("Preparing a state folder removes what is half-made and leaves the rest")
    func preparation() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let machine = try folder.machine(1)
            try await folder.overlays().makeDisk(for: machine)
            try TestDisks.run(["mkdir", "-p", "\(folder.layout.temporary)/image-x/work"])
            try folder.layout.prepare()
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
            #expect(try await folder.overlays().observeDisks().map(\.id) == [machine.id])
            #expect(try await folder.images().images().images.map(\.id) == ["plain"])
        }
    }

    @Test("The state folder may be a link to another disk")
    func linkedState() async throws {
        try await StateFolder.with { folder in
            let link = "\(folder.scratch)/link"
            try TestDisks.run(["ln", "-s", folder.layout.state, link])
            let layout = DiskLayout(state: link + "/")
            try layout.prepare()
            #expect(layout.images == link + "/images")
            #expect(try folder.rights(folder.layout.state).mode == 0o711)
        }
    }

    @Test("A cancelled attempt leaves nothing", .timeLimit(.minutes(1)))
    func cancelled() async throws {
        try await StateFolder.with { folder in
            try await folder.importPattern()
            let machine = try folder.machine(1)
            let store = folder.overlays()
            let attempt = Task { try await store.makeDisk(for: machine) }
            attempt.cancel()
            // It may have been done already; then it is there in full.
            let wasMade = await (try? attempt.value) != nil
            #expect(try await store.observeDisks().map(\.id) == (wasMade ? [machine.id] : []))
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
        }
    }
}

extension SessionID: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) {
        guard let id = SessionID(text) else { preconditionFailure("\(text) is not a session id") }
        self = id
    }
}

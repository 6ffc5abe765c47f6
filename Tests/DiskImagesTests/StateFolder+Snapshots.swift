import Foundation
import Glibc
import Logging
import SessionModel
import TestKit

@testable import DiskImages

/// What tests do with snapshots in a state folder.
extension StateFolder {
    /// A store of snapshots.
    func snapshots() -> FileSnapshotStore { FileSnapshotStore(layout: layout, logger: Logger(label: "test")) }

    /// Both stores, and what an emulator does to their files.
    func conformanceSubject() async throws -> DiskStoreConformance.Subject {
        let image = try await importPattern()
        return DiskStoreConformance.Subject(
            store: overlays(),
            snapshots: snapshots(),
            world: DiskStoreConformance.World(
                freeze: { try freeze($0) },
                save: { try write("saved", to: layout.unsealedState(of: $0)) },
                damage: { try flipByte(of: layout.memory(of: $0), at: 1 << 20) },
            ),
            image: image.id,
            imageSize: image.virtualSize,
            userID: Self.userID,
        )
    }

    /// Both fakes.
    static func fakeConformanceSubject() -> DiskStoreConformance.Subject {
        let disks = FakeDiskStore(images: ["plain": .mebibytes(4)])
        return DiskStoreConformance.Subject(
            store: disks,
            snapshots: FakeSnapshotStore(disks: disks),
            world: DiskStoreConformance.World(damage: { await disks.damage($0) }),
            image: "plain",
            imageSize: .mebibytes(4),
            userID: userID,
        )
    }

    /// A machine that becomes a snapshot.
    func template(_ number: UInt64 = 99, disk: ByteCount? = nil) throws -> Machine {
        try machine(number, session: nil, role: .template, disk: disk)
    }

    /// A snapshot's description.
    func snapshot(_ id: SnapshotID = .warm, of template: Machine) -> Snapshot {
        Snapshot(
            id: id,
            key: SnapshotKey(["lab": "test"]),
            lab: LabID(unchecked: "test"),
            labVersion: 1,
            machine: template.name,
            specification: template.specification,
            contents: SnapshotContents(),
            createdAt: Timestamp(milliseconds: 1_700_000_000_000),
            buildTime: .seconds(20),
        )
    }

    /// Makes a template of 4 MiB and freezes it.
    func frozenTemplate(_ number: UInt64 = 99, disk: ByteCount? = nil) async throws -> Machine {
        let template = try template(number, disk: disk)
        try await overlays().makeDisk(for: template)
        try freeze(template.id)
        return template
    }

    /// Publishes a snapshot on the pattern and removes its template.
    @discardableResult
    func publish(_ id: SnapshotID = .warm, disk: ByteCount? = nil) async throws -> Snapshot {
        let template = try await frozenTemplate(disk: disk)
        let published = try await snapshots().publish(snapshot(id, of: template), from: template.id)
        try await overlays().removeDisk(of: template.id)
        return published
    }

    /// Leaves a template as its emulator does: 64 KiB of memory at 1 MiB, the rest a hole, and some state.
    func freeze(_ id: MachineID) throws {
        try TestDisks.run([
            "dd", "if=/dev/urandom", "of=\(layout.templateMemory(of: id))", "bs=64K", "count=1", "seek=16",
            "conv=notrunc", "status=none",
        ])
        try write("state", to: layout.templateState(of: id))
    }

    /// Writes into a file that is there, as its emulator does.
    func write(_ text: String, to path: String) throws {
        let file = open(path, O_WRONLY | O_NOFOLLOW)
        defer { close(file) }
        guard file >= 0, Glibc.write(file, text, text.utf8.count) == text.utf8.count else {
            throw Failure(.storage, "cannot write \(path)")
        }
    }

    /// The numbers of files, which tell copies from the same file.
    func inode(_ path: String) throws -> UInt64 { try OpenFile(reading: path).stamp().inode }
}

extension SnapshotID {
    /// The one that most tests are about.
    static let warm = named("warmwarmwarm")
    /// Another one.
    static let other = named("warmwarmcccc")

    private static func named(_ text: String) -> SnapshotID {
        guard let id = SnapshotID(text) else { preconditionFailure("\(text) is not a snapshot id") }
        return id
    }
}

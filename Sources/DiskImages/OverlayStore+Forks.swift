import Foundation
import SessionModel

extension OverlayStore {
    /// Makes the files of a machine that is forked from a snapshot.
    ///
    /// No program is started and nothing large is read, unless a cohort's first machine or one that shares with nobody needs
    /// a copy of the memory.
    ///
    /// - Throws: ``Failure`` with `snapshotUnusable` or `storage`, or `CancellationError`.
    func fill(_ draft: String, for machine: Machine, from fork: Fork, mark: MachineMark) async throws {
        let record = try usableSnapshot(fork.snapshot, for: machine, imageSHA256: mark.imageSHA256)
        let own = "\(draft)/\(DiskLayout.ownFolder)"
        try FileTree.makeFolder(own, mode: 0o700)
        var names = [ImageFile.disk.rawValue]
        try FileTree.copy(layout.file(.overlay, of: fork.snapshot), to: "\(own)/\(ImageFile.disk.rawValue)")
        if record.sha256[SnapshotFile.vars.rawValue] != nil {
            try FileTree.copy(layout.file(.vars, of: fork.snapshot), to: "\(own)/\(ImageFile.vars.rawValue)")
            names.append(ImageFile.vars.rawValue)
        }
        try give(names, in: own, to: FileOwner(user: mark.userID, group: groupID))
        switch fork.memory {
        case .lab: break
        case .cohort(let cohort): try await CohortCopy(of: record, for: cohort, in: layout, logger: logger).provide()
        case .machine:
            let copy = "\(draft)/\(SnapshotFile.memory.rawValue)"
            try await LargeCopy.make(of: layout.memory(of: fork.snapshot), at: copy, mode: 0o644)
        }
    }

    /// The record of a snapshot, when the machine may be forked from it now.
    ///
    /// Its files are looked at, not read.
    private func usableSnapshot(_ id: SnapshotID, for machine: Machine, imageSHA256: String) throws -> SnapshotRecord {
        func refuse(_ why: String, cause: (any Error)? = nil) -> Failure {
            Failure(
                .snapshotUnusable,
                "machine \(machine.id) cannot be forked from snapshot \(id): \(why)",
                cause: cause,
            )
        }
        let record: SnapshotRecord
        do {
            record = try snapshots.record(of: id)
        } catch {
            throw refuse("it is gone, or its record cannot be read", cause: error)
        }
        if let complaint = record.complaint { throw refuse(complaint) }
        let (made, asked) = (record.snapshot.specification, machine.specification)
        guard made.image == asked.image, made.disk == asked.disk, made.memory == asked.memory else {
            throw refuse("the machine has another image, disk or memory")
        }
        guard record.imageSHA256 == imageSHA256 else { throw refuse("it was made from another edition of the image") }
        guard snapshots.looksUntouched(record) else { throw refuse("its files changed since they were compared") }
        return record
    }
}

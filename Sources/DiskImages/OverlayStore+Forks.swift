import Foundation
import Logging
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
        case .cohort(let cohort): try await copyMemory(of: record, for: cohort)
        case .machine:
            try await Self.copyMemory(layout.memory(of: fork.snapshot), to: "\(draft)/\(SnapshotFile.memory.rawValue)")
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

    /// Makes a cohort's copy of a snapshot's memory unless there is one that is like it.
    private func copyMemory(of record: SnapshotRecord, for cohort: CohortID) async throws {
        let snapshot = record.snapshot.id
        let path = layout.memory(of: snapshot, cohort: cohort)
        await copying.enter(path)
        defer { copying.leave(path) }
        if FileTree.exists(path) {
            if try await isSound(path, digest: record.sha256[SnapshotFile.memory.rawValue]) { return }
            logger.error(
                "A copy of a snapshot's memory differs from it and is made again",
                metadata: ["snapshot.id": "\(snapshot)", "cohort.id": "\(cohort)"],
            )
            // Whoever has it mapped keeps what they have.
            try FileTree.remove("\(layout.cohorts(of: snapshot))/\(cohort)")
        }
        let draft = "\(layout.temporary)/cohort-\(snapshot)-\(cohort)"
        do {
            try FileTree.remove(draft)
            try FileTree.makeFolder(draft, mode: 0o755)
            let copy = "\(draft)/\(SnapshotFile.memory.rawValue)"
            try await Self.copyMemory(layout.memory(of: snapshot), to: copy)
            // It is there for as long as the snapshot, unlike a machine's.
            try await FileTree.syncLarge(copy)
            try FileTree.sync(draft)
            let stamp = try OpenFile(reading: copy).stamp()
            try FileTree.makeFolder(layout.cohorts(of: snapshot), mode: 0o755)
            try FileTree.move(draft, to: "\(layout.cohorts(of: snapshot))/\(cohort)")
            copies[path] = stamp
        } catch {
            try FileTree.remove(draft)
            throw error
        }
    }

    /// Whether a copy is what it was made from: by how it looks, or where that changed since, or nobody knows, by reading it.
    private func isSound(_ path: String, digest: String?) async throws -> Bool {
        guard FileTree.isOnlyNameOfFile(path) else { return false }
        let stamp = try OpenFile(reading: path).stamp()
        if copies[path] == stamp { return true }
        copies[path] = nil
        guard try await FileDigest.sha256(of: path) == digest else { return false }
        copies[path] = stamp
        return true
    }

    /// Copies memory to where nobody but root can write, outside the actor: other machines need not wait.
    @concurrent
    private static func copyMemory(_ source: String, to path: String) async throws {
        try FileTree.copy(source, to: path)
        try OpenFile(reading: path).own(.root, mode: 0o644)
    }
}

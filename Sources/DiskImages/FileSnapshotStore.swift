package import Logging
package import SessionModel

/// Keeps snapshots in the state folder.
///
/// A snapshot is made in its template's home, read-only and with its digests, and moved into place in one step; so one
/// that is in place is complete. It is moved away before it is removed. What cannot be read is reported and never removed.
package actor FileSnapshotStore: SnapshotStore {
    let layout: DiskLayout
    let shelf: SnapshotShelf
    let logger: Logger
    /// Whoever changes a snapshot's record or folder.
    let turns = Turnstile<SnapshotID>()
    /// Whoever compares a snapshot, which takes long and changes nothing.
    private let comparisons = Turnstile<SnapshotID>()
    private let dependents: Dependents

    /// Makes a store over a prepared state folder; see ``DiskLayout/prepare()``.
    package init(layout: DiskLayout, logger: Logger) {
        self.layout = layout
        shelf = SnapshotShelf(layout: layout)
        dependents = Dependents(layout: layout)
        self.logger = logger
    }

    /// All snapshots, oldest first, and what is wrong with folders that could not be read.
    ///
    /// - Throws: ``Failure`` with `storage` when the folder of snapshots cannot be listed.
    package func snapshots() async throws -> (snapshots: [Snapshot], problems: [String]) {
        let found = try shelf.records()
        return (found.records.map(\.snapshot), found.problems)
    }

    /// The newest snapshot of that key from which machines can be forked now.
    ///
    /// - Throws: ``Failure`` with `storage`, or `CancellationError`.
    package func usableSnapshot(for key: SnapshotKey) async throws -> Snapshot? {
        for record in try shelf.records().records.reversed() where record.snapshot.key == key {
            guard record.complaint == nil else { continue }
            if shelf.looksUntouched(record) { return record.snapshot }
            let id = record.snapshot.id
            logger.warning("A snapshot's files changed since they were compared", metadata: ["snapshot.id": "\(id)"])
            if let compared = try await compare(id, unless: shelf.looksUntouched), compared.complaint == nil {
                return compared.snapshot
            }
        }
        return nil
    }

    /// What is in a snapshot's guest that a fork must make anew.
    ///
    /// - Throws: ``Failure`` with `notFound`, or `storage` when it is there and cannot be read.
    package func contents(of id: SnapshotID) async throws -> SnapshotContents {
        try shelf.record(of: id).snapshot.contents
    }

    /// Makes a snapshot unusable, durably.
    ///
    /// The first reason stays.
    ///
    /// - Throws: ``Failure`` with `storage`.
    package func condemn(_ id: SnapshotID, because why: String) async throws {
        try await change(id) { record in
            if record.complaint == nil { record.snapshot.health = .unusable(why) }
        }
    }

    /// Compares every snapshot with its digests, one after another, and then the copies of its memory; a copy that differs
    /// is removed, and made again for the next machine that needs it.
    ///
    /// What cannot be compared does not keep the rest from it.
    ///
    /// - Throws: What was thrown first, or `CancellationError` at once.
    package func verify() async throws {
        var first: (any Error)?
        for record in try shelf.records().records {
            do {
                let compared = try await compare(record.snapshot.id) { _ in false }
                if let compared, compared.complaint == nil { try await compareCopies(of: compared) }
            } catch let error as CancellationError {
                throw error
            } catch {
                first = first ?? error
            }
        }
        if let first { throw first }
    }

    /// Removes a snapshot.
    ///
    /// - Throws: ``Failure`` with `inUse` (naming what stands on it), or `storage`, also when it cannot be read.
    package func remove(_ id: SnapshotID) async throws {
        await turns.enter(id)
        defer { turns.leave(id) }
        guard FileTree.exists(layout.folder(of: id)) else { return }
        _ = try shelf.record(of: id)
        try refuseWhileNeeded(id)
        let grave = "\(layout.temporary)/snapshot-\(id).old"
        try FileTree.remove(grave)
        try FileTree.move(layout.folder(of: id), to: grave)
        // A machine made meanwhile is in place by now, or will see that its snapshot is gone.
        do {
            try refuseWhileNeeded(id)
        } catch {
            try FileTree.move(grave, to: layout.folder(of: id))
            throw error
        }
        try FileTree.remove(grave)
    }

    private func refuseWhileNeeded(_ id: SnapshotID) throws {
        let users = try dependents.disksStanding(on: id)
        guard users.isEmpty else {
            throw Failure(.inUse, "the snapshot \(id) cannot be removed: \(users.joined(separator: "; ")) need it")
        }
    }

    /// Compares a snapshot with its digests, unless it is known to be unusable or need not be compared by the time it is
    /// its turn.
    ///
    /// - Returns: What is known of it then; `nil` when it is gone.
    private func compare(
        _ id: SnapshotID,
        unless isFine: (SnapshotRecord) -> Bool,
    ) async throws -> SnapshotRecord? {
        await comparisons.enter(id)
        defer { comparisons.leave(id) }
        guard FileTree.exists(layout.folder(of: id)) else { return nil }
        let record = try shelf.record(of: id)
        guard record.complaint == nil, !isFine(record) else { return record }
        var stamps: [String: FileStamp] = [:]
        var damaged: [String] = []
        for (name, digest) in record.sha256.sorted(by: { $0.key < $1.key }) {
            let path = "\(layout.folder(of: id))/\(name)"
            // A link or a folder in a file's place cannot be opened and is damage, as nothing is.
            guard FileTree.isOnlyNameOfFile(path) else {
                damaged.append(name)
                continue
            }
            let before = FileTree.stampOfFile(at: path)
            if try await isLike(digest, path) { stamps[name] = before } else { damaged.append(name) }
        }
        // Removed while it was read, it is not damaged.
        guard FileTree.exists(layout.folder(of: id)) else { return nil }
        if !damaged.isEmpty {
            logger.error(
                "A snapshot differs from its digests and is out of service",
                metadata: ["snapshot.id": "\(id)", "snapshot.files": "\(damaged.joined(separator: " "))"],
            )
        }
        return try await change(id) { record in
            if damaged.isEmpty {
                record.stamps = stamps
            } else if record.complaint == nil {
                record.snapshot.health = .unusable("damaged: " + damaged.joined(separator: ", "))
            }
        }
    }

    /// Whether a file has that digest; one that cannot be read has not.
    private func isLike(_ digest: String, _ path: String) async throws -> Bool {
        do {
            return try await FileDigest.sha256(of: path) == digest
        } catch let failure as Failure {
            logger.error("A snapshot's file cannot be read", metadata: ["error": "\(failure)"])
            return false
        }
    }

    private func compareCopies(of record: SnapshotRecord) async throws {
        let folder = layout.cohorts(of: record.snapshot.id)
        guard FileTree.exists(folder) else { return }
        for cohort in try FileTree.names(in: folder).compactMap(CohortID.init(_:)) {
            try await CohortCopy(of: record, for: cohort, in: layout, logger: logger).compare()
        }
    }

    /// Changes what is recorded of a snapshot.
    ///
    /// - Returns: The new record; `nil` when the snapshot is gone.
    @discardableResult
    private func change(_ id: SnapshotID, _ body: (inout SnapshotRecord) -> Void) async throws -> SnapshotRecord? {
        await turns.enter(id)
        defer { turns.leave(id) }
        guard FileTree.exists(layout.folder(of: id)) else { return nil }
        let old = try shelf.record(of: id)
        var new = old
        body(&new)
        if new != old { try StateFile.write(new, to: layout.snapshotRecord(of: id), mode: 0o644) }
        return new
    }
}

import Foundation
import SessionModel

/// Reads what is in the state folder about snapshots.
///
/// Changes nothing.
struct SnapshotShelf {
    let layout: DiskLayout

    /// The record of a snapshot.
    ///
    /// - Throws: ``Failure`` with `notFound`, or `storage` when it is there and cannot be read.
    func record(of id: SnapshotID) throws -> SnapshotRecord {
        let path = layout.snapshotRecord(of: id)
        guard FileTree.exists(layout.folder(of: id)) else { throw Failure(.notFound, "there is no snapshot \(id)") }
        let record = try StateFile.read(SnapshotRecord.self, at: path)
        guard record.snapshot.id == id else {
            throw Failure(.storage, "\(path) is the record of snapshot \(record.snapshot.id); it is left alone")
        }
        return record
    }

    /// All snapshots that can be read, oldest first, and what is wrong with the other folders.
    func records() throws -> (records: [SnapshotRecord], problems: [String]) {
        var records: [SnapshotRecord] = []
        var problems: [String] = []
        for name in try FileTree.names(in: layout.snapshots) {
            guard let id = SnapshotID(name) else {
                problems.append("\(layout.snapshots)/\(name) does not have the name of a snapshot; it is left alone")
                continue
            }
            do {
                records.append(try record(of: id))
            } catch let failure as Failure where failure.code == .notFound {
                // It was removed meanwhile.
                continue
            } catch {
                problems.append((error as? Failure)?.message ?? "\(error)")
            }
        }
        records.sort { ($0.snapshot.createdAt, $0.snapshot.id) < ($1.snapshot.createdAt, $1.snapshot.id) }
        return (records, problems)
    }

    /// Whether the snapshot's files still look as they did when their digests were right.
    func looksUntouched(_ record: SnapshotRecord) -> Bool {
        record.stamps.stillHold(in: layout.folder(of: record.snapshot.id))
    }
}

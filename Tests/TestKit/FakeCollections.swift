package import SessionModel
import Synchronization

/// Keeps what is collected in memory.
package final class FakeCollections: CollectionStore {
    private let kept = Mutex<[SessionID: [String: [UInt8]]]>([:])

    /// Keeps nothing yet.
    package init() {}

    package func keep(
        _ machine: String,
        of session: SessionID,
        fill: (_ write: (_ bytes: [UInt8]) throws -> Void) async throws -> Void,
    ) async throws -> ByteCount {
        let draft = Mutex<[UInt8]>([])
        try await fill { bytes in draft.withLock { $0 += bytes } }
        let archive = draft.withLock { $0 }
        kept.withLock { $0[session, default: [:]][machine] = archive }
        return ByteCount(bytes: Int64(archive.count))
    }

    package func sessions() async throws -> [SessionID] { kept.withLock { Array($0.keys) } }

    package func remove(_ session: SessionID) async throws { kept.withLock { $0[session] = nil } }

    package func archives(of session: SessionID) async throws -> [CollectedArchive] {
        kept.withLock { kept in
            (kept[session] ?? [:]).sorted { $0.key < $1.key }.map {
                CollectedArchive(machine: $0.key, size: ByteCount(bytes: Int64($0.value.count)))
            }
        }
    }

    package func read(
        _ machine: String,
        of session: SessionID,
        _ count: Int,
        at offset: Int64,
    ) async throws -> [UInt8] {
        guard let archive = kept.withLock({ $0[session]?[machine] }) else {
            throw Failure(.notFound, "nothing was collected of \(machine)")
        }
        return Array(archive.dropFirst(Int(offset)).prefix(count))
    }
}

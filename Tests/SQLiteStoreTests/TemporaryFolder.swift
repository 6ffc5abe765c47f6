import Foundation
import SQLiteStore

/// A folder of its own for a test, removed with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/sandglass-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    // What cannot be removed is in nobody's way.
    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Where a test keeps its database.
    var database: String { path + "/sandglass.sqlite" }

    /// Runs a test with a store in the folder and closes it.
    func withStore<Value>(_ body: (SQLiteSessionStore) async throws -> Value) async throws -> Value {
        let store = try await SQLiteSessionStore.open(at: database)
        do {
            let value = try await body(store)
            try await store.close()
            return value
        } catch {
            try await store.close()
            throw error
        }
    }

    /// Copies the database and its log as a crash would leave them, without closing anything.
    func copyAsCrashed(to other: TemporaryFolder) throws {
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: database + suffix, toPath: other.database + suffix)
        }
    }
}

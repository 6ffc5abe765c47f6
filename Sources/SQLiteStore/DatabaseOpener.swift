import Foundation
import GRDB
import SessionModel

/// Opens a database file so that it keeps what it promises.
enum DatabaseOpener {
    /// SQLite's number for `synchronous = FULL`.
    static let synchronousFull = 2

    /// Opens, checks and migrates.
    static func open(_ path: String, busyTimeout: Duration, readers: Int) throws -> DatabasePool {
        try makePrivate(path)
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(busyTimeout.seconds)
        configuration.maximumReaderCount = readers
        configuration.label = "sandglass.store"
        // For every connection, also one that is made later.
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // What is erased is overwritten, and never was in a temporary file.
            try database.execute(sql: "PRAGMA secure_delete = ON")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        do {
            // Opening a pool lowers it to NORMAL on the writer, under which a power cut may take back a commit.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try pool.read { try Schema.refuseNewer($0, path: path) }
            try Schema.migrator.migrate(pool)
            try pool.writeWithoutTransaction { database in
                try checkPromises(database, path: path)
                // Holds what was erased when a crash came before its log was emptied. While somebody else reads it, that
                // cannot be done; it will at the next start.
                _ = try? database.checkpoint(.truncate)
            }
            return pool
        } catch {
            // The first error is the one to tell; an unclosed pool closes itself when it is released.
            try? pool.close()
            throw error
        }
    }

    /// Reads back what durability and consistency stand on.
    static func checkPromises(_ database: Database, path: String) throws {
        let promises: [(pragma: String, expected: String)] = [
            ("synchronous", "\(synchronousFull)"), ("journal_mode", "wal"), ("foreign_keys", "1"),
            ("secure_delete", "1"),
        ]
        for (pragma, expected) in promises {
            let found = try DatabaseValue.fetchOne(database, sql: "PRAGMA \(pragma)").map(\.plainText) ?? "nothing"
            guard found == expected else {
                throw Failure(
                    .storage,
                    "the database \(path) does not promise to keep what is stored: "
                        + "\(pragma) is \(found), it must be \(expected); put it on a local disk",
                )
            }
        }
    }

    /// Makes the file when it is missing and takes everybody else's rights to it away.
    ///
    /// SQLite gives the files beside it the same rights.
    private static func makePrivate(_ path: String) throws {
        // Never opens a file that exists: closing it again would take away the locks another connection of this process
        // holds on it.
        let made = Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if made >= 0 {
            close(made)
        } else if errno != EEXIST {
            throw Failure(.storage, "the file \(path) could not be made: \(String(cString: strerror(errno)))")
        }
        for file in [path, path + "-wal", path + "-shm"] {
            guard chmod(file, 0o600) == 0 || errno == ENOENT else {
                throw Failure(.storage, "the rights of \(file) could not be set: \(String(cString: strerror(errno)))")
            }
        }
    }
}

extension DatabaseValue {
    fileprivate var plainText: String {
        switch storage {
        case .null: "null"
        case .int64(let number): "\(number)"
        case .double(let number): "\(number)"
        case .string(let text): text
        case .blob: "binary data"
        }
    }
}

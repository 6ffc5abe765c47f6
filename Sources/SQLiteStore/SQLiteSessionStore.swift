import Dispatch
import GRDB
package import SessionModel
import Synchronization

/// Keeps sessions in one SQLite file: one writer, several readers, every commit synced to the disk before it is answered.
///
/// A call that was made is carried out to its end whether or not the caller's task is cancelled meanwhile, so an answer
/// never leaves open whether something was stored. A call that fails has changed nothing. Lengths of time inside a
/// session's state are kept in whole milliseconds.
package final class SQLiteSessionStore: SessionStore {
    /// Lines of a timeline that one call returns at most.
    package static let timelineLimit = 5_000
    /// How long a read transaction may take before it is reported: it keeps the log from being written back meanwhile.
    package static let slowReadLimit: Duration = .milliseconds(100)

    let pool: DatabasePool
    let tailOfLines = TimelineTail()
    /// How long transactions on the writer took, with what they waited for the disk.
    let writeDurations = Mutex(Histogram(upTo: Histogram.short))
    private let slowRead: @Sendable (_ call: String, _ took: Duration) -> Void
    private let isClosed = Mutex(false)

    private init(pool: DatabasePool, slowRead: @escaping @Sendable (_ call: String, _ took: Duration) -> Void) {
        self.pool = pool
        self.slowRead = slowRead
    }

    /// Opens the database, making or migrating it when that is needed.
    ///
    /// The file and what SQLite keeps beside it (`-wal`, `-shm`) are readable by their owner alone afterwards. Only one
    /// process should have it open.
    ///
    /// - Parameters:
    ///   - path: Where the file is or shall be; its folder exists.
    ///   - busyTimeout: How long a writer waits for another program that holds the database.
    ///   - readers: Reads that may run at the same time.
    ///   - slowRead: Hears of every read transaction that took longer than ``slowReadLimit``, with the call's name.
    /// - Returns: The open store.
    /// - Throws: ``Failure`` with `storage` when the file cannot be made, is no database, is damaged, comes from a newer
    ///   version, or does not promise to sync every commit.
    package static func open(
        at path: String,
        busyTimeout: Duration = .seconds(5),
        readers: Int = 4,
        slowRead: @escaping @Sendable (_ call: String, _ took: Duration) -> Void = { _, _ in },
    ) async throws -> SQLiteSessionStore {
        try await offCooperativeThreads {
            do {
                let pool = try DatabaseOpener.open(path, busyTimeout: busyTimeout, readers: readers)
                return SQLiteSessionStore(pool: pool, slowRead: slowRead)
            } catch {
                throw Failure.storing("the database \(path) could not be opened", error)
            }
        }
    }

    /// Closes the database once what runs is done, and ends every tail.
    ///
    /// Does nothing when it is closed.
    ///
    /// Every later call throws ``Failure`` with `storage`.
    package func close() async throws {
        let wasClosed = isClosed.withLock { flag in
            defer { flag = true }
            return flag
        }
        guard !wasClosed else { return }
        tailOfLines.close()
        try await Self.offCooperativeThreads { [pool] in
            do {
                try pool.close()
            } catch {
                throw Failure.storing("the database could not be closed", error)
            }
        }
    }

    package func tail() async -> AsyncStream<TimelineEntry> { tailOfLines.subscribe() }

    // MARK: Transactions

    /// Runs one transaction on the writer.
    ///
    /// - Parameters:
    ///   - failing: What to say when it cannot be done, for example "session x could not be stored".
    ///   - body: The work. It adds every timeline line it stored to `lines`, which are published after the commit.
    /// - Returns: What the body returned.
    /// - Throws: ``Failure``; nothing was changed then.
    func write<Value: Sendable>(
        failing: String,
        _ body: @escaping @Sendable (_ database: Database, _ lines: inout [TimelineEntry]) throws -> Value,
    ) async throws -> Value {
        try checkOpen(failing)
        return try await withCheckedThrowingContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [self] database in
                let start = ContinuousClock.now
                var lines: [TimelineEntry] = []
                let outcome = Result {
                    do {
                        var value: Value?
                        try database.inTransaction(.immediate) {
                            value = try body(database, &lines)
                            return .commit
                        }
                        return try value.orDefect(failing)
                    } catch {
                        throw Failure.storing(failing, error)
                    }
                }
                let took = start.duration(to: .now)
                writeDurations.withLock { $0.record(took) }
                // Still on the writer's queue: lines reach the tail in the order of their sequence.
                if case .success = outcome { tailOfLines.send(lines) }
                continuation.resume(with: outcome)
            }
        }
    }

    /// Runs one read transaction on a reader.
    ///
    /// The body only fetches; decoding comes after, when no transaction is held.
    func read<Value: Sendable>(
        failing: String,
        call: String = #function,
        _ body: @escaping @Sendable (_ database: Database) throws -> Value,
    ) async throws -> Value {
        try checkOpen(failing)
        return try await withCheckedThrowingContinuation { continuation in
            pool.asyncRead { [slowRead] access in
                let start = ContinuousClock.now
                let outcome = Result {
                    do {
                        return try body(access.get())
                    } catch {
                        throw Failure.storing(failing, error)
                    }
                }
                let took = start.duration(to: .now)
                if took > Self.slowReadLimit { slowRead(call, took) }
                continuation.resume(with: outcome)
            }
        }
    }

    /// Writes the log back into the database and empties it, so that what was removed cannot be read there any more.
    ///
    /// Waits for reads that are under way.
    ///
    /// - Throws: ``Failure`` with `storage` when somebody else holds the database.
    func emptyLog(failing: String) async throws {
        try checkOpen(failing)
        try await withCheckedThrowingContinuation { continuation in
            pool.asyncWriteWithoutTransaction { database in
                continuation.resume(
                    with: Result {
                        do {
                            try database.checkpoint(.truncate)
                        } catch {
                            throw Failure.storing(failing, error)
                        }
                    }
                )
            }
        }
    }

    // MARK: Private

    private func checkOpen(_ failing: String) throws {
        if isClosed.withLock({ $0 }) { throw Failure(.storage, "\(failing): the store is closed") }
    }

    private static func offCooperativeThreads<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: work)) }
        }
    }
}

extension Optional {
    /// The value, which the caller knows is there.
    fileprivate func orDefect(_ failing: String) throws -> Wrapped {
        guard let self else { throw Failure(.internal, "\(failing): a transaction ended without a result") }
        return self
    }
}

import Logging
import SessionModel
import Synchronization

/// The driver's way to libvirt: opens a connection on the first call, opens another when libvirtd was restarted, and
/// repeats a call that the loss of the connection cut short.
final class LibvirtLink: Sendable {
    private let uri: String
    private let exits: ExitFeed
    private let logger: Logger
    private let patience: Duration
    private let calls: BlockingCalls
    private let current = Mutex<Connection?>(nil)

    /// How many calls are made at once; libvirt works on different domains in parallel.
    private static let threads = 8
    private static let retryInterval: Duration = .milliseconds(200)

    /// Makes a link; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - uri: Which libvirt.
    ///   - exits: Where the ends of domains are reported.
    ///   - callLimit: How long one call may take.
    ///   - patience: How long a call waits for a libvirt that cannot be reached.
    ///   - logger: Where the loss of a connection is noted.
    init(uri: String, exits: ExitFeed, callLimit: Duration, patience: Duration, logger: Logger) {
        self.uri = uri
        self.exits = exits
        self.logger = logger
        self.patience = patience
        self.calls = BlockingCalls(threads: Self.threads, limit: callLimit)
    }

    /// Runs a safely repeatable body on a blocking thread.
    ///
    /// - Parameters:
    ///   - purpose: What the body is for, as in "observe machines".
    ///   - body: What to do with the connection.
    /// - Returns: What the body returns.
    /// - Throws: ``Failure`` with `hypervisor`, what the body throws, or `CancellationError`.
    func call<Value: Sendable>(
        _ purpose: String,
        _ body: @escaping @Sendable (Connection) throws -> Value,
    ) async throws -> Value {
        let end = ContinuousClock.now + patience
        while true {
            do {
                return try await calls.run { try self.attempt(body) }
            } catch let lost as Unreachable {
                guard ContinuousClock.now < end else {
                    let advice = "libvirt at \(uri) cannot be reached to \(purpose); check that libvirtd runs"
                    throw Failure(.hypervisor, advice, cause: lost.error)
                }
                try await Task.sleep(for: Self.retryInterval)
            } catch let error as LibvirtError {
                throw Failure(.hypervisor, "libvirt refused to \(purpose)", cause: error)
            }
        }
    }

    private func attempt<Value>(_ body: (Connection) throws -> Value) throws -> Value {
        let connection: Connection
        do {
            connection = try open()
        } catch {
            throw Unreachable(error: error)
        }
        do {
            return try body(connection)
        } catch let error as LibvirtError where !connection.isAlive {
            throw Unreachable(error: error)
        }
    }

    /// The connection, a new one when the last was lost.
    ///
    /// The lock is held while opening on purpose: the others would have to wait for the same connection anyway, and
    /// only blocking threads ever come here.
    private func open() throws(LibvirtError) -> Connection {
        try current.withLock { current throws(LibvirtError) in
            if let current, current.isAlive { return current }
            current = nil
            exits.expectNothing()
            let fresh = try Connection(uri: uri, exits: exits, logger: logger)
            current = fresh
            return fresh
        }
    }

    /// There is no connection, or it was lost during the call.
    private struct Unreachable: Error {
        let error: LibvirtError
    }
}

import SessionModel
import Synchronization

/// Lets one attempt at a session's tasks be made at a time.
final class CheckDesk: Sendable {
    let grader: Grader
    private let busy = Mutex<Set<SessionID>>([])

    init(grader: Grader) { self.grader = grader }

    /// Runs `body` unless an attempt at the session's tasks is being made.
    ///
    /// - Throws: ``Failure`` with `wrongState` when one is; what `body` throws.
    func attempt<R>(at session: SessionID, _ body: () async throws -> R) async throws -> R {
        guard busy.withLock({ $0.insert(session).inserted }) else {
            throw Failure(.wrongState, "session \(session) is being checked; wait for what is found")
        }
        defer { _ = busy.withLock { $0.remove(session) } }
        return try await body()
    }
}

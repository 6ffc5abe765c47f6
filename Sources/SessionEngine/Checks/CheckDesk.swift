import SessionModel
import Synchronization

/// Lets one attempt at a session's tasks be made at a time, and few sessions that are over be graded at once: those that
/// go on shall not feel it.
final class CheckDesk: Sendable {
    let grader: Grader
    private let lanes = Lanes(2)
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

    /// Grades a session that is over, when it is its turn.
    ///
    /// - Throws: As ``Grader/gradeFinally(_:_:)`` does.
    func gradeFinally(_ session: Session, _ store: any SessionStore) async throws {
        // An attempt that began before is let to its end; what it finds then scores no more.
        while !busy.withLock({ $0.insert(session.id).inserted }) {
            try await grader.time.sleep(for: .milliseconds(100))
        }
        defer { _ = busy.withLock { $0.remove(session.id) } }
        try await lanes.run { [grader] in try await grader.gradeFinally(session, store) }
    }
}

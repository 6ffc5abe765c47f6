import SessionModel
import Synchronization

/// Lets one attempt at a session's tasks be made at a time, and few sessions that are over be graded at once, with machines
/// on half the host's processors: those that go on shall not feel it.
final class CheckDesk: Sendable {
    let grader: Grader
    /// Of the host.
    let processors: Int
    private let collector: Collector
    /// For machines that are made to grade sessions that are over.
    let unhurried: Lanes
    /// For sessions that are graded: what is not the making of machines costs the host little.
    private let lanes: Lanes
    private let busy = Mutex<Set<SessionID>>([])

    init(grader: Grader, collector: Collector, processors: Int) {
        self.collector = collector
        self.processors = processors
        self.grader = grader
        unhurried = Lanes(processors / 2)
        lanes = Lanes(2 * processors)
    }

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

    /// Grades a session that is over and collects what outlives it, when it is its turn; what was done before is not done
    /// again.
    ///
    /// - Throws: ``Failure`` with `storage`, or `CancellationError`.
    func gradeFinally(_ session: Session, _ store: any SessionStore) async throws {
        // An attempt that began before is let to its end; what it finds then scores no more.
        while !busy.withLock({ $0.insert(session.id).inserted }) {
            try await grader.time.sleep(for: .milliseconds(100))
        }
        defer { _ = busy.withLock { $0.remove(session.id) } }
        try await lanes.run { [grader, collector, unhurried] in
            let examination = Examination(session, grader.copies, in: unhurried)
            do {
                try await grader.gradeFinally(session, in: examination, store)
                try await collector.collect(from: session, in: examination, store)
            } catch {
                await examination.end()
                throw error
            }
            await examination.end()
        }
    }
}

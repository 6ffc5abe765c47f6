import Synchronization

/// When a connection that was lost is tried again: soon, then less and less often, and not for ever.
final class Comeback: Sendable {
    /// How long is waited before the first attempt; before each further one twice as long.
    static let shortest: Duration = .milliseconds(300)
    /// How long at most.
    static let longest: Duration = .seconds(5)
    /// For how long it is tried.
    static let limit: Duration = .seconds(120)
    /// What lives shorter than this was no good connection: the next loss is no new one.
    static let goodLife: Duration = .seconds(5)

    private struct State {
        var pause = Comeback.shortest
        var lostAt: ContinuousClock.Instant?
        var foundAt: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// There is a connection.
    func succeeded(at now: ContinuousClock.Instant) { state.withLock { $0.foundAt = now } }

    /// There is none any more, or still none.
    ///
    /// - Returns: How long to wait before the next attempt; `nil` where there is to be none.
    func next(at now: ContinuousClock.Instant) -> Duration? {
        state.withLock { state in
            if let foundAt = state.foundAt, foundAt.advanced(by: Self.goodLife) <= now { state = State() }
            state.foundAt = nil
            let lostAt = state.lostAt ?? now
            state.lostAt = lostAt
            guard lostAt.duration(to: now) < Self.limit else { return nil }
            defer { state.pause = min(state.pause * 2, Self.longest) }
            return state.pause
        }
    }
}

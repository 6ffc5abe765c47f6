import Synchronization

/// Opens once, or is found broken once; who waits before that learns of it then.
final class Gate: Sendable {
    private enum State {
        case closed([CheckedContinuation<Void, any Error>])
        case settled(Result<Void, any Error>)
    }

    private let state = Mutex(State.closed([]))

    /// Whether it lets everyone through.
    var isOpen: Bool {
        state.withLock { state in
            switch state {
            case .settled(.success): true
            case .settled(.failure), .closed: false
            }
        }
    }

    /// Lets everyone through, now and later.
    func open() { settle(.success(())) }

    /// Turns everyone away, now and later, unless it is open already.
    func fail(with error: any Error) { settle(.failure(error)) }

    /// Returns once it is open.
    ///
    /// - Throws: What it failed with.
    func wait() async throws {
        try await withCheckedThrowingContinuation { one in
            let outcome = state.withLock { state -> Result<Void, any Error>? in
                switch state {
                case .settled(let outcome):
                    return outcome
                case .closed(let waiting):
                    state = .closed(waiting + [one])
                    return nil
                }
            }
            if let outcome { one.resume(with: outcome) }
        }
    }

    private func settle(_ outcome: Result<Void, any Error>) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, any Error>] in
            guard case .closed(let waiting) = state else { return [] }
            state = .settled(outcome)
            return waiting
        }
        for one in waiting { one.resume(with: outcome) }
    }
}

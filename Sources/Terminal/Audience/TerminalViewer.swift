import Synchronization

/// One person's view of a terminal: a place in what it shows.
///
/// Who reads too slowly is skipped ahead and told; the guest and other viewers never wait for them.
package final class TerminalViewer: Sendable {
    private struct State {
        var line: TerminalLine?
        /// Who is in the session, while that is news; and as it was told last.
        var presence: Presence?
        var presenceTold: Presence?
        var isAwake = false
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    init() {}

    /// What comes next; waits for something to come.
    ///
    /// `nil` once the terminal is closed and all was read.
    ///
    /// One reader at a time. Cancelling the reading task closes the view.
    package func next() async -> TerminalEvent? {
        while true {
            let (line, presence, isClosed) = state.withLock { state in
                state.isAwake = false
                return (state.line, state.presence.take(), state.isClosed)
            }
            guard !Task.isCancelled else { return nil }
            if let presence { return .presence(presence) }
            if let event = await line?.next(for: self) { return event }
            if isClosed { return nil }
            await wait()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let mayGoOn = state.withLock { state -> Bool in
                    guard !state.isAwake, !state.isClosed else { return true }
                    state.waiter = waiter
                    return false
                }
                if mayGoOn { waiter.resume() }
            }
        } onCancel: {
            close()
        }
    }

    /// Something has come.
    func wake() { change { $0.isAwake = true } }

    /// Tells who is in the session now, unless that is known.
    func tell(_ presence: Presence) {
        change { state in
            guard state.presenceTold != presence else { return }
            state.presenceTold = presence
            state.presence = presence
            state.isAwake = true
        }
    }

    /// Looks at another terminal from now on.
    func look(at line: TerminalLine) {
        change { state in
            state.line = line
            state.isAwake = true
        }
    }

    func close() { change { $0.isClosed = true } }

    private func change(_ body: (inout State) -> Void) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            body(&state)
            return state.waiter.take()
        }
        waiter?.resume()
    }
}

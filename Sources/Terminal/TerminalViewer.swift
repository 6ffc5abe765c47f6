import Synchronization

/// One person's view of a terminal: what they have not read yet, bounded.
///
/// Who reads too slowly is skipped ahead and told; the guest and other viewers never wait for them.
package final class TerminalViewer: Sendable {
    /// Unread output is kept up to this many bytes.
    package static let limit = 1 << 20

    private struct State {
        var unread: [UInt8] = []
        var skipped = 0
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    init(showing screen: [UInt8] = []) { state = Mutex(State(unread: screen)) }

    /// What came since the last call; waits for something to come.
    ///
    /// `nil` once the terminal is closed and all was read.
    ///
    /// One reader at a time. Cancelling the reading task closes the view.
    package func next() async -> [UInt8]? {
        while true {
            let (chunk, isClosed) = take()
            if !chunk.isEmpty { return chunk }
            if isClosed { return nil }
            await withTaskCancellationHandler {
                await withCheckedContinuation { waiter in
                    let mayGoOn = state.withLock { state -> Bool in
                        guard state.unread.isEmpty, !state.isClosed else { return true }
                        state.waiter = waiter
                        return false
                    }
                    if mayGoOn { waiter.resume() }
                }
            } onCancel: {
                close()
            }
        }
    }

    func show(_ bytes: [UInt8]) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.isClosed else { return nil }
            state.unread += bytes
            if state.unread.count > Self.limit {
                let excess = state.unread.count - Self.limit / 2
                state.unread.removeFirst(excess)
                state.skipped += excess
            }
            return state.waiter.take()
        }
        waiter?.resume()
    }

    func close() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.isClosed = true
            return state.waiter.take()
        }
        waiter?.resume()
    }

    private func take() -> (chunk: [UInt8], isClosed: Bool) {
        state.withLock { state in
            var chunk = state.unread
            if state.skipped > 0 {
                chunk = NoticeText.line("\(state.skipped) bytes of output were skipped, you read too slowly") + chunk
            }
            state.unread = []
            state.skipped = 0
            return (chunk, state.isClosed)
        }
    }
}

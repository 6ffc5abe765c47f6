import Synchronization

/// The terminal that a stay is shown on, whatever connection it comes by.
final class ShownTerminal: Sendable {
    /// The service says how much time is left at least each 20 s.
    private static let silenceLimit: Duration = .seconds(45)

    private struct State {
        var modes = ScreenModeTracker()
        /// Since when something is waited for; `nil` while something is being shown.
        var waitingSince: ContinuousClock.Instant?
        /// Whether the service tells the time that is left, so that it is never silent for long.
        var isTold = false
    }

    private let output: ShownOutput
    private let state = Mutex(State())

    init(_ descriptor: Int32) { output = ShownOutput(descriptor) }

    /// Shows bytes, and waits until they are.
    ///
    /// - Throws: ``CommandFailure`` with `outputClosed` when nobody reads any more.
    func show(_ bytes: [UInt8]) async throws {
        // Remembered first: what is shown and not remembered could not be undone.
        let modes = state.withLock { state in
            state.modes.take(bytes)
            return state.modes.modes
        }
        RawTerminal.remember(modes)
        try await output.show(bytes)
    }

    /// Something is waited for from now on, or no more.
    func waits(_ isWaiting: Bool) { state.withLock { $0.waitingSince = isWaiting ? .now : nil } }

    /// The service has told the time that is left.
    func isTold() { state.withLock { $0.isTold = true } }

    /// Ends once the service has been silent for so long that there can be no connection any more.
    func silence() async throws -> Attachment.End {
        while true {
            let (since, isTold) = state.withLock { ($0.waitingSince, $0.isTold) }
            let now = ContinuousClock.now
            let end = (isTold ? since ?? now : now).advanced(by: Self.silenceLimit)
            if end <= now { return .lost }
            try await Task.sleep(until: end, clock: .continuous)
        }
    }
}

/// Reads the host's clocks and waits by the monotonic one.
///
/// Tests hand in one they move by hand.
package protocol HostClock: Sendable {
    /// All clocks, read together.
    func read() -> ClockReading
    /// Waits until the monotonic clock shows the given time.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    func sleep(until monotonic: Duration) async throws
}

package import SessionModel
import Synchronization

/// Service time, shared by all who need to know it.
package final class ServiceTime: Sendable {
    private let host: any HostClock
    private let clock: Mutex<ServiceClock>
    /// When a heartbeat was stored last, on the monotonic clock; `nil` when the last could not be.
    private let lastBeat = Mutex<Duration?>(nil)

    /// Takes up service time from a clock that was resumed.
    package init(_ clock: ServiceClock, host: any HostClock) {
        self.host = host
        self.clock = Mutex(clock)
    }

    /// Now, on the wall clock and in service time.
    package func now() -> RecordTime {
        let reading = host.read()
        return RecordTime(wall: reading.wall, service: clock.withLock { $0.now(reading) })
    }

    /// What the monotonic clock will show after the given time.
    func monotonic(after duration: Duration) -> Duration { host.read().monotonic + duration }

    /// What the monotonic clock will show when it is that time in service time, should it not stand still before.
    ///
    /// - Parameters:
    ///   - due: The time.
    ///   - least: How far away the answer is at least.
    /// - Returns: The time on the monotonic clock, for ``sleep(until:)``.
    func monotonic(at due: ServiceInstant, noSoonerThan least: Duration) -> Duration {
        let reading = host.read()
        let left = clock.withLock { $0.now(reading) }.duration(to: due)
        return reading.monotonic + max(least, left)
    }

    /// Waits until the monotonic clock shows the given time; see ``HostClock/sleep(until:)``.
    func sleep(until monotonic: Duration) async throws { try await host.sleep(until: monotonic) }

    /// Waits for the given time by the monotonic clock.
    func sleep(for duration: Duration) async throws { try await sleep(until: monotonic(after: duration)) }

    /// How long something took, by the monotonic clock.
    package func measure<R>(_ body: () async throws -> R) async rethrows -> (result: R, took: Duration) {
        let start = host.read().monotonic
        let result = try await body()
        return (result, host.read().monotonic - start)
    }

    /// Whether heartbeats are stored: the last one was, and one is not long overdue.
    var isRecorded: Bool {
        guard let last = lastBeat.withLock({ $0 }) else { return false }
        return host.read().monotonic - last <= ServiceClock.interval * 3
    }

    /// Stores a heartbeat and returns what is to be credited, if anything.
    ///
    /// - Throws: ``Failure`` when it could not be stored; service time then soon stands still.
    func beat(into store: any SessionStore) async throws -> Credit? {
        let next = clock.withLock { $0.nextBeat(host.read()) }
        do {
            try await store.store(next)
        } catch {
            lastBeat.withLock { $0 = nil }
            throw error
        }
        let now = host.read().monotonic
        lastBeat.withLock { $0 = now }
        return clock.withLock { $0.stored(next) }
    }
}

/// Turns readings of the host's clocks into service time, the time during which people could work.
///
/// It advances with the host's monotonic clock, which neither a suspend nor a changed wall clock moves. It runs at most
/// ``grace`` past the last heartbeat that was safely stored: when the daemon is down, or can no longer write, the time that
/// passes belongs to nobody and is credited to every running session.
package struct ServiceClock: Sendable, Equatable {
    /// How often a heartbeat is stored.
    package static let interval: Duration = .seconds(5)
    /// How far service time may run past the last stored heartbeat.
    package static let grace: Duration = .seconds(10)

    /// The last stored heartbeat.
    package private(set) var beat: Heartbeat

    /// Takes up service time after a start.
    ///
    /// - Parameters:
    ///   - last: The last stored heartbeat; `nil` when the store is new.
    ///   - reading: The host's clocks now.
    /// - Returns: The clock and, when there was a heartbeat, the time to credit to sessions that were running.
    package static func resume(after last: Heartbeat?, reading: ClockReading) -> (clock: ServiceClock, credit: Credit?)
    {
        guard let last else {
            return (ServiceClock(beat: Heartbeat(at: ServiceInstant(milliseconds: 0), reading: reading)), nil)
        }
        // Within one boot the boot-time clock measures the gap; across boots only the wall clock can, and if that was
        // set back nothing sensible is known beyond "some".
        let away =
            last.reading.bootID == reading.bootID
            ? reading.sinceBoot - last.reading.sinceBoot
            : .milliseconds(reading.wall.milliseconds - last.reading.wall.milliseconds)
        let clock = ServiceClock(beat: Heartbeat(at: last.at, reading: reading))
        return (clock, Credit(amount: max(.zero, away), cause: .daemonDown))
    }

    /// Service time now.
    package func now(_ reading: ClockReading) -> ServiceInstant {
        let elapsed = max(.zero, reading.monotonic - beat.reading.monotonic)
        return beat.at.advanced(by: min(elapsed, Self.grace))
    }

    /// The heartbeat to store now.
    ///
    /// Call ``stored(_:)`` once it is safe.
    package func nextBeat(_ reading: ClockReading) -> Heartbeat { Heartbeat(at: now(reading), reading: reading) }

    /// Takes a heartbeat as stored.
    ///
    /// - Returns: What to credit since the heartbeat before, when the host slept or service time stood still.
    package mutating func stored(_ next: Heartbeat) -> Credit? {
        let real = next.reading.sinceBoot - beat.reading.sinceBoot
        let awake = next.reading.monotonic - beat.reading.monotonic
        let counted = beat.at.duration(to: next.at)
        beat = next
        let slept = real - awake
        let lost = real - counted
        guard lost >= .seconds(1) else { return nil }
        return Credit(amount: lost, cause: slept >= .seconds(1) ? .hostSuspended : .stalled)
    }

    private init(beat: Heartbeat) { self.beat = beat }
}

/// The host's clocks, read together.
package struct ClockReading: Sendable, Equatable, Codable {
    /// The wall clock.
    package var wall: Timestamp
    /// Time since some fixed point that does not advance while the host sleeps (CLOCK_MONOTONIC).
    package var monotonic: Duration
    /// Time since the host was booted, sleep included (CLOCK_BOOTTIME).
    package var sinceBoot: Duration
    /// Which boot of the host this is.
    package var bootID: String

    /// Makes a reading.
    package init(wall: Timestamp, monotonic: Duration, sinceBoot: Duration, bootID: String) {
        self.wall = wall
        self.monotonic = monotonic
        self.sinceBoot = sinceBoot
        self.bootID = bootID
    }
}

/// A proof that the service worked: service time beside the host's clocks.
package struct Heartbeat: Sendable, Equatable, Codable {
    /// Service time.
    package var at: ServiceInstant
    /// The host's clocks at that time.
    package var reading: ClockReading

    /// Makes a heartbeat.
    package init(at: ServiceInstant, reading: ClockReading) {
        self.at = at
        self.reading = reading
    }
}

/// Time that was lost to us and is given back.
package struct Credit: Sendable, Equatable {
    /// How much.
    package var amount: Duration
    /// Why.
    package var cause: CreditCause

    /// Makes a credit.
    package init(amount: Duration, cause: CreditCause) {
        self.amount = amount
        self.cause = cause
    }
}

import Foundation
package import SessionModel

/// The clocks of the host Sandglass runs on.
package struct LinuxClock: HostClock {
    private let bootID: String

    /// Reads which boot of the host this is.
    ///
    /// - Throws: ``Failure`` with `hostUnfit` when the kernel does not say.
    package init() throws {
        do {
            let text = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            bootID = text.trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            throw Failure(.hostUnfit, "the kernel's boot id cannot be read; is /proc mounted?", cause: error)
        }
    }

    package func read() -> ClockReading {
        ClockReading(
            wall: Timestamp(milliseconds: Self.time(CLOCK_REALTIME).milliseconds),
            monotonic: Self.time(CLOCK_MONOTONIC),
            sinceBoot: Self.time(CLOCK_BOOTTIME),
            bootID: bootID,
        )
    }

    package func sleep(until monotonic: Duration) async throws {
        // `.suspending` is CLOCK_MONOTONIC: it stands still while the host sleeps.
        let left = monotonic - Self.time(CLOCK_MONOTONIC)
        try await Task.sleep(for: max(Duration.zero, left), tolerance: .zero, clock: .suspending)
    }

    private static func time(_ clock: clockid_t) -> Duration {
        var now = timespec()
        clock_gettime(clock, &now)
        return .seconds(now.tv_sec) + .nanoseconds(now.tv_nsec)
    }
}

package import SessionModel
import Synchronization

/// A host's clocks that move only when a test says so.
package final class ManualClock: HostClock {
    private struct Sleeper {
        let until: Duration
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var wall = Timestamp(milliseconds: 1_800_000_000_000)
        var monotonic = Duration.seconds(1000)
        var sinceBoot = Duration.seconds(1000)
        var bootID = "boot-1"
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
        var nextSleeper = 0
    }

    private let state = Mutex(State())

    /// Makes clocks that stand.
    package init() {}

    package func read() -> ClockReading {
        state.withLock {
            ClockReading(wall: $0.wall, monotonic: $0.monotonic, sinceBoot: $0.sinceBoot, bootID: $0.bootID)
        }
    }

    package func sleep(until monotonic: Duration) async throws {
        let number = state.withLock { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome = state.withLock { state -> Result<Void, any Error>? in
                    if state.cancelled.remove(number) != nil { return .failure(CancellationError()) }
                    if monotonic <= state.monotonic { return .success(()) }
                    state.sleepers[number] = Sleeper(until: monotonic, continuation: continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                if let sleeper = state.sleepers.removeValue(forKey: number) { return sleeper }
                state.cancelled.insert(number)
                return nil
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Lets time pass with the host awake and wakes whoever has slept long enough.
    package func advance(by duration: Duration) {
        let woken = state.withLock { state -> [Sleeper] in
            state.wall = state.wall.advanced(by: duration)
            state.monotonic += duration
            state.sinceBoot += duration
            let due = state.sleepers.filter { $0.value.until <= state.monotonic }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.sorted { $0.until < $1.until }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    /// Lets the host sleep: nobody is woken by it.
    package func suspend(for duration: Duration) {
        state.withLock { state in
            state.wall = state.wall.advanced(by: duration)
            state.sinceBoot += duration
        }
    }

    /// Sets the wall clock.
    package func step(wall duration: Duration) {
        state.withLock { $0.wall = $0.wall.advanced(by: duration) }
    }

    /// Whether some task will be woken when the given time has passed.
    package func wakesSomeone(within duration: Duration) -> Bool {
        state.withLock { state in state.sleepers.values.contains { $0.until <= state.monotonic + duration } }
    }
}

import Synchronization
import Testing

@testable import DiskImages

@Suite struct TurnstileTests {
    @Test("Work on one thing happens one at a time", .timeLimit(.minutes(1)))
    func oneAtATime() async {
        let turns = Turnstile<Int>()
        let tally = Tally()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await turns.enter(1)
                    tally.enter()
                    await Task.yield()
                    tally.leave()
                    turns.leave(1)
                }
            }
        }
        #expect(tally.most == 1)
    }

    @Test("Work on one thing does not wait for work on another", .timeLimit(.minutes(1)))
    func independent() async {
        let turns = Turnstile<Int>()
        await turns.enter(1)
        await turns.enter(2)
        turns.leave(2)
        turns.leave(1)
        await turns.enter(1)
        turns.leave(1)
    }
}

/// Counts who is inside.
private final class Tally: Sendable {
    private let counts = Mutex((inside: 0, most: 0))

    var most: Int { counts.withLock { $0.most } }

    func enter() {
        counts.withLock { counts in
            counts.inside += 1
            counts.most = max(counts.most, counts.inside)
        }
    }

    func leave() { counts.withLock { $0.inside -= 1 } }
}

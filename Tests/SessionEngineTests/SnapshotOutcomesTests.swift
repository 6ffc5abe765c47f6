import SessionModel
import Testing

@testable import SessionEngine

@Suite("What became of snapshots")
struct SnapshotOutcomesTests {
    private let key = SnapshotKey(["lab": "a"])
    private let other = SnapshotKey(["lab": "b"])

    private func snapshot() -> SnapshotID {
        var generator = SystemRandomNumberGenerator()
        return SnapshotID(using: &generator)
    }

    @Test("A build that fails is tried again later and later, then given up, until one succeeds")
    func builds() {
        var outcomes = SnapshotOutcomes()
        var now = Duration.seconds(1000)
        for wait in SnapshotOutcomes.retries {
            outcomes.buildFailed(key, Failure(.guestSilent, "it says nothing"), at: now)
            #expect(outcomes.why(key) == "it says nothing")
            #expect(!outcomes.mayBuild(key, at: now + wait - .milliseconds(1)))
            now += wait
            #expect(outcomes.mayBuild(key, at: now))
            #expect(outcomes.mayBuild(other, at: now))
        }
        outcomes.buildFailed(key, Failure(.guestSilent, "still nothing"), at: now)
        #expect(!outcomes.mayBuild(key, at: now + .seconds(1_000_000)))
        outcomes.built(key)
        #expect(outcomes.mayBuild(key, at: now) && outcomes.why(key) == nil)
    }

    @Test("Want of room is no failure of a snapshot: it is tried for as long as it lasts")
    func room() {
        var outcomes = SnapshotOutcomes()
        var now = Duration.zero
        for _ in 0..<20 {
            outcomes.buildFailed(key, Failure(.noCapacity, "full"), at: now)
            now += SnapshotOutcomes.retries[0]
            #expect(outcomes.mayBuild(key, at: now))
        }
    }

    @Test("What cannot be forked is to blame when it says so, or is silent again and again")
    func blame() {
        var outcomes = SnapshotOutcomes()
        let id = snapshot()
        var blamed = [FailureCode.noCapacity, .snapshotUnusable].map { outcomes.isToBlame(id, for: Failure($0, "")) }
        #expect(blamed == [false, true])
        let silences = 1..<SnapshotOutcomes.patience
        blamed = silences.map { _ in outcomes.isToBlame(id, for: Failure(.guestSilent, "")) }
        outcomes.loaded(id)
        blamed += silences.map { _ in outcomes.isToBlame(id, for: Failure(.guestSilent, "")) }
        #expect(blamed.allSatisfy { !$0 })
        let last = outcomes.isToBlame(id, for: Failure(.guestSilent, ""))
        #expect(last)
    }

    @Test("What is built again and again and never works is given up, until somebody asks for it or one works")
    func givenUp() {
        var outcomes = SnapshotOutcomes()
        for _ in 0...SnapshotOutcomes.retries.count {
            #expect(outcomes.mayBuild(key, at: .zero))
            outcomes.condemned(snapshot(), of: key)
        }
        #expect(outcomes.isGivenUp(key) && !outcomes.mayBuild(key, at: .seconds(1_000_000)))
        #expect(outcomes.why(key)?.contains("none could be forked") == true)
        #expect(!outcomes.isGivenUp(other))
        outcomes.ordered(key)
        #expect(outcomes.mayBuild(key, at: .zero) && outcomes.why(key) == nil)
        for _ in 0...SnapshotOutcomes.retries.count { outcomes.condemned(snapshot(), of: key) }
        let works = snapshot()
        outcomes.used(works, of: key)
        outcomes.loaded(works)
        #expect(!outcomes.isGivenUp(key))
    }

    @Test("What nobody wants any more is forgotten")
    func forgotten() {
        var outcomes = SnapshotOutcomes()
        for each in [key, other] { outcomes.buildFailed(each, Failure(.hypervisor, "no"), at: .zero) }
        outcomes.forget(allBut: [other])
        #expect(outcomes.why(key) == nil && outcomes.why(other) == "no")
    }
}

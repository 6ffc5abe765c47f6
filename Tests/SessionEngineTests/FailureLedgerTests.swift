import SessionModel
import TestKit
import Testing

@testable import SessionEngine

@Suite("Failures are counted and make the next attempt wait")
struct FailureLedgerTests {
    @Test("Five failures cost nothing; each further one makes the next wait twice as long, up to a minute")
    func doubling() {
        var ledger = FailureLedger<String>(allowance: 5)
        var now = Duration.seconds(1_000)
        let waits: [Int64] = [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
        for (number, wait) in waits.enumerated() {
            #expect(ledger.wait(for: "ann", at: now) == .seconds(wait), "before attempt \(number + 1)")
            now += .seconds(wait)
            if wait > 0 {
                #expect(ledger.wait(for: "ann", at: now - .milliseconds(1)) == .milliseconds(1))
                #expect(ledger.wait(for: "ann", at: now) == .zero)
            }
            #expect(ledger.wait(for: "bob", at: now) == .zero)
            ledger.begin("ann", at: now)
            ledger.fail("ann", at: now)
        }
    }

    @Test("A failure counts for 15 minutes, whatever comes later")
    func window() {
        var ledger = FailureLedger<String>(allowance: 5)
        for second in [0, 1, 2, 3, 800] as [Int64] {
            ledger.begin("ann", at: .seconds(second))
            ledger.fail("ann", at: .seconds(second))
        }
        #expect(ledger.wait(for: "ann", at: .seconds(800)) == .seconds(1))
        #expect(ledger.wait(for: "ann", at: .seconds(899)) == .zero)
        ledger.begin("ann", at: .seconds(899))
        ledger.fail("ann", at: .seconds(899))
        #expect(ledger.wait(for: "ann", at: .seconds(899)) == .seconds(2))
        // The first three are forgotten: three are left.
        #expect(ledger.wait(for: "ann", at: .seconds(902.5)) == .zero)
        ledger.begin("ann", at: .seconds(903))
        ledger.fail("ann", at: .seconds(903))
        #expect(ledger.wait(for: "ann", at: .seconds(903)) == .zero)
    }

    @Test("Many attempts at once are no way around the wait: those whose outcome is unknown count")
    func inFlight() {
        var ledger = FailureLedger<String>(allowance: 5)
        var made = 0
        for _ in 0..<100 where ledger.wait(for: "ann", at: .zero) == .zero {
            ledger.begin("ann", at: .zero)
            made += 1
        }
        #expect(made == 5)
        for _ in 0..<5 { ledger.fail("ann", at: .zero) }
        #expect(ledger.wait(for: "ann", at: .zero) == .seconds(1))
        ledger.begin("ann", at: .seconds(1))
        #expect(ledger.wait(for: "ann", at: .seconds(1)) == .seconds(1), "a second one beside it")
        ledger.leave("ann", forgiving: true)
        #expect(ledger.wait(for: "ann", at: .seconds(1)) == .zero && ledger.count == 0)
    }

    @Test("However many names fail, no more are held than there is room for, and who is attacked is not driven out")
    func bounded() {
        var ledger = FailureLedger<Int>(allowance: 5, capacity: 100)
        for number in 0..<7 {
            ledger.begin(-1, at: .seconds(Int64(number)))
            ledger.fail(-1, at: .seconds(Int64(number)))
        }
        for number in 0..<10_000 {
            ledger.begin(number, at: .seconds(10))
            ledger.fail(number, at: .seconds(10))
            #expect(ledger.count <= 100)
        }
        #expect(ledger.wait(for: -1, at: .seconds(6)) == .seconds(4))
        // Those that count no more make way first.
        ledger.begin(10_000, at: .seconds(10_000))
        #expect(ledger.count == 1)
    }
}

import SessionModel
import Testing

@Suite("Intended and observed")
struct ReconciliationTests {
    private static let table: [Reconciliation.Intended: [Reconciliation.Action]] = [
        // running, suspended, stopped, absent
        .beingMade: [.nothing, .nothing, .nothing, .nothing],
        .shallRun: [.nothing, .resume, .report(.crashed), .report(.vanished)],
        .shallStand: [.suspend, .nothing, .report(.crashed), .report(.vanished)],
        .beingRemoved: [.nothing, .nothing, .nothing, .nothing],
        .spare: [.suspend, .nothing, .destroy, .destroy],
        .unowned: [.destroy, .destroy, .destroy, .nothing],
        .unreadable: [.nothing, .nothing, .nothing, .nothing],
    ]

    @Test("Every pair has its action", arguments: Reconciliation.Intended.allCases, Reconciliation.Observed.allCases)
    func everyPair(intended: Reconciliation.Intended, observed: Reconciliation.Observed) throws {
        let row = try #require(Self.table[intended])
        let column = try #require(Reconciliation.Observed.allCases.firstIndex(of: observed))
        #expect(Reconciliation.action(intended, observed) == row[column])
    }

    @Test("What cannot be read is never touched", arguments: Reconciliation.Observed.allCases)
    func handsOff(observed: Reconciliation.Observed) {
        #expect(Reconciliation.action(.unreadable, observed) == .nothing)
    }

    @Test("Every state says what it wants of its machines", arguments: SessionState.Kind.allCases)
    func intentions(kind: SessionState.Kind) {
        let intended = Reconciliation.intended(by: kind)
        #expect((intended == .unowned) == !kind.mayHoldMachines)
    }
}

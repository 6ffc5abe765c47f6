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
        .abandoned: [.destroy, .destroy, .destroy, .destroy],
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

    @Test("A spare waits once all its steps are done, and is abandoned where nobody works on the rest")
    func spares() {
        let done = Dictionary(uniqueKeysWithValues: MachineStep.allCases.map { ($0, StepPhase.done) })
        #expect(Reconciliation.intended(bySpareWith: done, isHeld: false) == .spare)
        #expect(Reconciliation.intended(bySpareWith: [:], isHeld: false) == .abandoned)
        for step in MachineStep.allCases {
            for phase in [StepPhase.begun, .undone] {
                var steps = done
                steps[step] = phase
                #expect(Reconciliation.intended(bySpareWith: steps, isHeld: false) == .abandoned)
                #expect(Reconciliation.intended(bySpareWith: steps, isHeld: true) == .beingMade)
            }
        }
    }

    @Test("Every state says what it wants of its machines", arguments: SessionState.Kind.allCases)
    func intentions(kind: SessionState.Kind) {
        let intended = Reconciliation.intended(by: kind)
        #expect((intended == .unowned) == !kind.mayHoldMachines)
    }
}

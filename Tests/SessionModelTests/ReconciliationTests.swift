import SessionModel
import Testing

@Suite("Intended and observed")
struct ReconciliationTests {
    private static let table: [Reconciliation.Intended: [Reconciliation.Action]] = [
        // running, suspended, stopped, absent, saved, betweenSleepAndWaking
        .beingMade: [.nothing, .nothing, .nothing, .nothing, .nothing, .nothing],
        .shallRun: [.nothing, .resume, .report(.crashed), .report(.vanished), .restore, .restore],
        .shallStand: [.save, .save, .report(.crashed), .report(.vanished), .nothing, .save],
        .beingRemoved: [.nothing, .nothing, .nothing, .nothing, .nothing, .nothing],
        .spare: [.suspend, .nothing, .destroy, .destroy, .destroy, .destroy],
        .abandoned: [.destroy, .destroy, .destroy, .destroy, .destroy, .destroy],
        .unowned: [.destroy, .destroy, .destroy, .nothing, .nothing, .destroy],
        .unreadable: [.nothing, .nothing, .nothing, .nothing, .nothing, .nothing],
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
        #expect(Reconciliation.intended(byUnowned: .spare, done, isHeld: false) == .spare)
        #expect(Reconciliation.intended(byUnowned: .spare, [:], isHeld: false) == .abandoned)
        for step in MachineStep.allCases {
            for phase in [StepPhase.begun, .undone] {
                var steps = done
                steps[step] = phase
                #expect(Reconciliation.intended(byUnowned: .spare, steps, isHeld: false) == .abandoned)
                #expect(Reconciliation.intended(byUnowned: .spare, steps, isHeld: true) == .beingMade)
            }
        }
    }

    @Test("Templates and discarded machines are abandoned unless somebody works on them")
    func unowned() {
        let done = Dictionary(uniqueKeysWithValues: MachineStep.allCases.map { ($0, StepPhase.done) })
        for role in [Machine.Role.template, .discarded] {
            #expect(Reconciliation.intended(byUnowned: role, done, isHeld: false) == .abandoned)
            #expect(Reconciliation.intended(byUnowned: role, done, isHeld: true) == .beingMade)
        }
    }

    @Test("Every state says what it wants of its machines", arguments: ExampleState.allCases)
    func intentions(example: ExampleState) {
        let state = example.state
        let intended = Reconciliation.intended(by: state)
        #expect((intended == .unowned) == !state.kind.mayHoldMachines)
    }

    @Test("While machines are being replaced, whoever does it decides")
    func resetting() {
        let time = RunningTime(deadline: ServiceInstant(milliseconds: 1), isResetting: true)
        #expect(Reconciliation.intended(by: .running(time)) == .beingMade)
    }
}

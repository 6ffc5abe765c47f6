import SessionModel
import Testing

@Suite("The lifecycle table")
struct SessionMachineTableTests {
    @Test("Every call in every state does what the table says", arguments: ExampleState.allCases, Call.allCases)
    func everyPair(state: ExampleState, call: Call) throws {
        let expected = try #require(LifecycleTable.verdict(state, call), "the table has no such row")
        var machine = state.machine
        let before = machine
        let found: Verdict
        do {
            let transition = try call.apply(to: &machine)
            let effects = transition.effects.map(\.name)
            let isStill = machine == before && transition == .nothing
            found = isStill ? .nothing : .to(machine.state.kind, effects)
        } catch {
            #expect(machine == before, "a refused call changed the state")
            #expect(error.state == before.state.kind)
            found = .denied
        }
        #expect(found == expected)
    }

    @Test("The table has exactly one verdict for every pair")
    func complete() {
        #expect(Set(LifecycleTable.rows.keys) == Set(ExampleState.allCases))
        for (state, row) in LifecycleTable.rows { #expect(row.count == Call.allCases.count, "\(state)") }
    }

    @Test("Whatever changes the state is in the timeline", arguments: ExampleState.allCases, Call.allCases)
    func recorded(state: ExampleState, call: Call) {
        var machine = state.machine
        let before = machine.state.kind
        guard let transition = try? call.apply(to: &machine) else { return }  // Refusals are another test's.
        if machine.state.kind != before { #expect(!transition.records.isEmpty) }
        if !transition.effects.isEmpty { #expect(!transition.records.isEmpty) }
    }

    @Test("Repeating a call at once changes nothing more", arguments: ExampleState.allCases, Call.allCases)
    func repeatable(state: ExampleState, call: Call) {
        guard call != .extend else { return }  // Each extension adds.
        var machine = state.machine
        guard (try? call.apply(to: &machine)) != nil else { return }  // Refusals are another test's.
        let once = machine
        // A refusal the second time changes nothing, which is what is looked at.
        let again = try? call.apply(to: &machine)
        #expect(machine == once)
        if let again { #expect(again == .nothing) }
    }
}

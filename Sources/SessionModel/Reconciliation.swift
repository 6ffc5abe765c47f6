/// The complete table *intended × observed → action* by which the engine brings the host in line with its record.
///
/// `ReconciliationTests` asserts every pair.
package enum Reconciliation {
    /// What the record wants of a machine.
    package enum Intended: String, Sendable, CaseIterable {
        /// Someone is making it; their saga decides.
        case beingMade
        /// It shall run: the session is ready or running.
        case shallRun
        /// It shall stand still: the session is paused.
        case shallStand
        /// A session is ending and its saga removes it.
        case beingRemoved
        /// It waits as a spare.
        case spare
        /// A spare that was not finished, or is half removed, and that nobody works on any more.
        case abandoned
        /// Nobody owns it: its session is torn down or was never stored.
        case unowned
        /// Its session's record cannot be read: hands off until a person has looked.
        case unreadable
    }

    /// What was found on the host.
    package enum Observed: String, Sendable, CaseIterable {
        case running, suspended, stopped, absent
    }

    /// What is done about it.
    package enum Action: Sendable, Equatable {
        /// As it should be, or somebody else's task.
        case nothing
        /// Let it go on.
        case resume
        /// Stop its processors.
        case suspend
        /// Tell its session that it is gone.
        case report(MachineExit)
        /// Remove a leftover that carries our mark.
        case destroy
    }

    /// What a session in the given state wants of its machines.
    package static func intended(by state: SessionState.Kind) -> Intended {
        switch state {
        case .requested, .tornDown: .unowned
        case .preparing: .beingMade
        case .ready, .running: .shallRun
        case .paused: .shallStand
        case .finishing, .ended: .beingRemoved
        }
    }

    /// What the record wants of a machine that no session owns.
    ///
    /// - Parameters:
    ///   - steps: How far its steps have come.
    ///   - isHeld: Whether someone in this process is making it.
    /// - Returns: The row of the table.
    package static func intended(bySpareWith steps: [MachineStep: StepPhase], isHeld: Bool) -> Intended {
        if isHeld { return .beingMade }
        return MachineStep.allCases.allSatisfy { steps[$0] == .done } ? .spare : .abandoned
    }

    /// The table.
    package static func action(_ intended: Intended, _ observed: Observed) -> Action {
        switch (intended, observed) {
        case (.beingMade, .running), (.beingMade, .suspended), (.beingMade, .stopped), (.beingMade, .absent): .nothing
        case (.shallRun, .running): .nothing
        case (.shallRun, .suspended): .resume
        case (.shallRun, .stopped): .report(.crashed)
        case (.shallRun, .absent): .report(.vanished)
        case (.shallStand, .running): .suspend
        case (.shallStand, .suspended): .nothing
        case (.shallStand, .stopped): .report(.crashed)
        case (.shallStand, .absent): .report(.vanished)
        case (.beingRemoved, .running), (.beingRemoved, .suspended), (.beingRemoved, .stopped),
            (.beingRemoved, .absent):
            .nothing
        case (.spare, .running): .suspend
        case (.spare, .suspended): .nothing
        case (.spare, .stopped), (.spare, .absent): .destroy
        case (.abandoned, .running), (.abandoned, .suspended), (.abandoned, .stopped), (.abandoned, .absent): .destroy
        case (.unowned, .running), (.unowned, .suspended), (.unowned, .stopped): .destroy
        case (.unowned, .absent): .nothing
        case (.unreadable, .running), (.unreadable, .suspended), (.unreadable, .stopped), (.unreadable, .absent):
            .nothing
        }
    }
}

extension Reconciliation.Observed {
    /// What an observation of a machine means; `nil` is a machine that was not found.
    package init(_ machine: ObservedMachine?) {
        switch machine?.activity {
        case .running: self = .running
        case .suspended: self = .suspended
        case .stopped: self = .stopped
        case nil: self = .absent
        }
    }
}

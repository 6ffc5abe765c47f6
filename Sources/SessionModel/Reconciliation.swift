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
        /// Owned by no session and of no use: a spare that was not finished, a template that nobody works on any more,
        /// or a machine that its session has discarded.
        case abandoned
        /// Nobody owns it: its session is torn down or was never stored.
        case unowned
        /// Its session's record cannot be read: hands off until a person has looked.
        case unreadable
    }

    /// What was found on the host.
    package enum Observed: String, Sendable, CaseIterable {
        case running, suspended, stopped, absent
        /// It is not there, but its saved state is.
        case saved
        /// It stands still, and its saved state is there too: it was being saved or restored.
        case betweenSleepAndWaking
    }

    /// What is done about it.
    package enum Action: Sendable, Equatable {
        /// As it should be, or somebody else's task.
        case nothing
        /// Let it go on.
        case resume
        /// Stop its processors.
        case suspend
        /// Save it and end it.
        case save
        /// Let it go on where it was saved.
        case restore
        /// Tell its session that it is gone.
        case report(MachineExit)
        /// Remove a leftover that carries our mark.
        case destroy
    }

    /// What a session in the given state wants of its machines.
    package static func intended(by state: SessionState) -> Intended {
        switch state {
        case .requested, .tornDown: .unowned
        case .preparing: .beingMade
        case .running(let running) where running.isResetting: .beingMade
        case .ready, .running: .shallRun
        case .paused: .shallStand
        case .finishing, .ended: .beingRemoved
        }
    }

    /// What the record wants of a machine that no session owns.
    ///
    /// - Parameters:
    ///   - role: What it is there for.
    ///   - steps: How far its steps have come.
    ///   - isHeld: Whether someone in this process works on it.
    /// - Returns: The row of the table.
    package static func intended(
        byUnowned role: Machine.Role,
        _ steps: [MachineStep: StepPhase],
        isHeld: Bool,
    ) -> Intended {
        if isHeld { return .beingMade }
        switch role {
        case .spare: return MachineStep.allCases.allSatisfy { steps[$0] == .done } ? .spare : .abandoned
        // A member without a session is none this version could have stored.
        case .template, .discarded, .grader, .restarted, .member: return .abandoned
        }
    }

    /// The table.
    package static func action(_ intended: Intended, _ observed: Observed) -> Action {
        switch (intended, observed) {
        case (.beingMade, .running), (.beingMade, .suspended), (.beingMade, .stopped), (.beingMade, .absent),
            (.beingMade, .saved), (.beingMade, .betweenSleepAndWaking):
            .nothing
        case (.shallRun, .running): .nothing
        case (.shallRun, .suspended): .resume
        case (.shallRun, .stopped): .report(.crashed)
        case (.shallRun, .absent): .report(.vanished)
        case (.shallRun, .saved), (.shallRun, .betweenSleepAndWaking): .restore
        case (.shallStand, .running), (.shallStand, .suspended), (.shallStand, .betweenSleepAndWaking): .save
        case (.shallStand, .stopped): .report(.crashed)
        case (.shallStand, .absent): .report(.vanished)
        case (.shallStand, .saved): .nothing
        case (.beingRemoved, .running), (.beingRemoved, .suspended), (.beingRemoved, .stopped),
            (.beingRemoved, .absent), (.beingRemoved, .saved), (.beingRemoved, .betweenSleepAndWaking):
            .nothing
        case (.spare, .running): .suspend
        case (.spare, .suspended): .nothing
        case (.spare, .stopped), (.spare, .absent), (.spare, .saved), (.spare, .betweenSleepAndWaking): .destroy
        case (.abandoned, .running), (.abandoned, .suspended), (.abandoned, .stopped), (.abandoned, .absent),
            (.abandoned, .saved), (.abandoned, .betweenSleepAndWaking):
            .destroy
        case (.unowned, .running), (.unowned, .suspended), (.unowned, .stopped), (.unowned, .betweenSleepAndWaking):
            .destroy
        case (.unowned, .absent), (.unowned, .saved): .nothing
        case (.unreadable, .running), (.unreadable, .suspended), (.unreadable, .stopped), (.unreadable, .absent),
            (.unreadable, .saved), (.unreadable, .betweenSleepAndWaking):
            .nothing
        }
    }
}

extension Reconciliation.Observed {
    /// What an observation of a machine means.
    ///
    /// - Parameters:
    ///   - machine: The machine; `nil` when it was not found.
    ///   - isSaved: Whether its sealed saved state was found.
    package init(_ machine: ObservedMachine?, isSaved: Bool = false) {
        switch machine?.activity {
        case .running: self = .running
        case .suspended: self = isSaved ? .betweenSleepAndWaking : .suspended
        case .stopped: self = .stopped
        case nil: self = isSaved ? .saved : .absent
        }
    }
}

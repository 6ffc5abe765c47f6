/// What a decision leads to: lines for the timeline and work to do, both in order.
package struct Transition: Sendable, Equatable {
    /// Lines for the timeline, committed with the new state.
    package let records: [TimelineRecord]
    /// Work to do after the commit.
    ///
    /// Every piece is safe to repeat.
    package let effects: [SessionEffect]

    /// Makes a transition.
    package init(_ records: [TimelineRecord], _ effects: [SessionEffect]) {
        self.records = records
        self.effects = effects
    }

    /// Nothing changed.
    package static let nothing = Transition([], [])
}

/// Work that follows from a decision.
package enum SessionEffect: Sendable, Equatable {
    /// Make and boot the machines and wait until a prompt answers.
    case prepare
    /// Save the machines and end them.
    case hibernate
    /// Let the machines go on where they were saved.
    case wake
    /// Replace the machines by fresh ones.
    case replace
    /// Tell whoever is in the terminal.
    case tell(Notice)
    /// Close input, collect what outlives the session.
    case finish(EndReason)
    /// Undo everything that was made, newest first.
    case tearDown
}

/// What a person in the terminal is told.
package enum Notice: Sendable, Equatable {
    /// This much time is left.
    case timeLeft(Duration)
    /// This much time was added.
    case extended(by: Duration)
    /// This much time, lost to us, was given back.
    case credited(Duration)
    /// The machine is being replaced by a fresh one.
    case reset
    /// The session is paused: the machine sleeps.
    case paused
    /// The machine goes on.
    case resumed
    /// The session is over.
    case ended(EndReason)
}

/// How a machine went away without being told to.
package enum MachineExit: String, Sendable, Codable, CaseIterable {
    /// The guest switched itself off.
    case poweredOff
    /// The emulator died or the guest's kernel panicked.
    case crashed
    /// It is not there any more and nobody knows why, for example after a host restart.
    case vanished
}

/// A call that the present state does not allow.
package struct TransitionDenied: Error, Equatable, CustomStringConvertible {
    /// Where the session stood.
    package let state: SessionState.Kind
    /// What was asked, as it follows "cannot".
    package let action: String
    /// A more precise reason than the state, where there is one.
    package let why: String?

    /// The reason in plain words.
    package var description: String {
        why.map { "the session cannot \(action): \($0)" } ?? "a session that is \(state.rawValue) cannot \(action)"
    }
}

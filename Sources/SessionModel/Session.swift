/// One person's run of one lab under one policy, as the store keeps it.
package struct Session: Sendable, Equatable {
    /// The session's identifier.
    package let id: SessionID
    /// Whose it is.
    package let person: PersonID
    /// The lab it runs.
    package let lab: LabID
    /// The edition of the lab.
    package let labVersion: Int
    /// The lab as it was when the session was asked for; `nil` in the record of a version that did not keep it.
    package var definition: Lab?
    /// What the lab's variables follow from.
    package let seed: UInt64
    /// The policy as it was when the session was asked for.
    package let policy: Policy
    /// When it was asked for.
    package let createdAt: Timestamp
    /// The cohort it belongs to; `nil` when it belongs to none.
    package let cohort: CohortID?
    /// Why an operator let it run without the isolation its policy demands; `nil` when nobody had to.
    package let isolationOverride: String?
    /// How its processors are provided, once known.
    package var acceleration: Acceleration?
    /// Its state and the rules for changing it.
    package var lifecycle: SessionMachine
    /// Its machines.
    package var machines: [Machine]
    /// Grows by one with every stored change; a writer that has an older one is refused.
    package var generation: Int64

    /// Makes a session from its parts.
    package init(
        id: SessionID,
        person: PersonID,
        lab: LabID,
        labVersion: Int,
        definition: Lab? = nil,
        seed: UInt64 = 0,
        policy: Policy,
        createdAt: Timestamp,
        cohort: CohortID? = nil,
        isolationOverride: String? = nil,
        acceleration: Acceleration? = nil,
        lifecycle: SessionMachine,
        machines: [Machine],
        generation: Int64 = 0,
    ) {
        self.id = id
        self.person = person
        self.lab = lab
        self.labVersion = labVersion
        self.definition = definition
        self.seed = seed
        self.policy = policy
        self.createdAt = createdAt
        self.cohort = cohort
        self.isolationOverride = isolationOverride
        self.acceleration = acceleration
        self.lifecycle = lifecycle
        self.machines = machines
        self.generation = generation
    }

    /// Why it may not run on a host with that acceleration; `nil` when it may.
    package func isolationRefusal(on acceleration: Acceleration) -> String? {
        isolationOverride == nil ? policy.isolationRefusal(on: acceleration) : nil
    }
}

/// A row of a list of sessions: what a list shows, without the policy and the machines.
package struct SessionSummary: Sendable, Equatable {
    /// The session's identifier.
    package let id: SessionID
    /// Whose it is.
    package let person: PersonID
    /// The lab it runs.
    package let lab: LabID
    /// The policy's name.
    package let policy: PolicyID
    /// When it was asked for.
    package let createdAt: Timestamp
    /// Its state and the rules for changing it.
    package let lifecycle: SessionMachine

    /// Makes a row from its parts.
    package init(
        id: SessionID,
        person: PersonID,
        lab: LabID,
        policy: PolicyID,
        createdAt: Timestamp,
        lifecycle: SessionMachine,
    ) {
        self.id = id
        self.person = person
        self.lab = lab
        self.policy = policy
        self.createdAt = createdAt
        self.lifecycle = lifecycle
    }
}

/// Which sessions a list shows.
package struct SessionFilter: Sendable, Equatable {
    /// Only this person's; everybody's when `nil`.
    package var person: PersonID?
    /// Only those in one of these states; all when empty.
    package var states: Set<SessionState.Kind>

    /// Makes a filter.
    package init(person: PersonID? = nil, states: Set<SessionState.Kind> = []) {
        self.person = person
        self.states = states
    }
}

/// One page of a list, newest first.
package struct SessionPage: Sendable, Equatable {
    /// The rows.
    package var sessions: [SessionSummary]
    /// Hand this to the next call to get the next page; `nil` on the last.
    package var next: String?

    /// Makes a page.
    package init(sessions: [SessionSummary], next: String?) {
        self.sessions = sessions
        self.next = next
    }
}

/// Body of `POST /api/v1/sessions`.
package struct CreateSessionRequest: Codable, Sendable, Equatable {
    /// The lab to run.
    package var lab: String
    /// The policy to run it under; the lab's own when absent.
    ///
    /// Only operators may ask for another.
    package var policy: String?
    /// A shorter time limit than the policy's, in seconds.
    package var limitSeconds: Int?
    /// The cohort it belongs to: a name of lower-case letters, digits and single dashes.
    package var cohort: String?
    /// What the lab's variables follow from; drawn when absent.
    ///
    /// Only operators may choose it.
    package var seed: UInt64?
    /// Whether the lab's draft is meant; operators only.
    package var draft: Bool?
    /// Why this session may run without the isolation its policy demands.
    ///
    /// Only operators may say so; it is recorded.
    package var isolationOverride: String?

    /// Makes a request.
    package init(
        lab: String,
        policy: String? = nil,
        limitSeconds: Int? = nil,
        cohort: String? = nil,
        seed: UInt64? = nil,
        draft: Bool? = nil,
        isolationOverride: String? = nil,
    ) {
        self.seed = seed
        self.draft = draft
        self.lab = lab
        self.policy = policy
        self.limitSeconds = limitSeconds
        self.cohort = cohort
        self.isolationOverride = isolationOverride
    }
}

/// Body of `POST /api/v1/sessions/{id}/extend`.
package struct ExtendSessionRequest: Codable, Sendable, Equatable {
    /// How much is added, in seconds; one step of the policy when absent.
    package var seconds: Int?

    /// Makes a request.
    package init(seconds: Int? = nil) { self.seconds = seconds }
}

/// A session, as every route answers it.
package struct SessionResource: Codable, Sendable, Equatable {
    /// Its identifier.
    package var id: String
    /// Opaque identifier of the person it belongs to.
    package var person: String
    /// The lab it runs.
    package var lab: String
    /// The policy it runs under.
    package var policy: String
    /// `requested`, `preparing`, `ready`, `running`, `paused`, `finishing`, `ended` or `tornDown`.
    package var state: String
    /// Whether it waits in the queue for capacity.
    package var queued: Bool
    /// Whether its machines are being replaced by fresh ones.
    package var resetting: Bool
    /// Why it ended, once it has.
    package var reason: String?
    /// When it was asked for (RFC 3339, UTC).
    package var createdAt: String
    /// Time left, in seconds; absent unless it has started and is not over.
    package var remainingSeconds: Double?
    /// What extensions have added, in seconds.
    package var extendedSeconds: Double
    /// Details; absent in lists.
    package var detail: Detail?

    /// Makes a session.
    package init(
        id: String,
        person: String,
        lab: String,
        policy: String,
        state: String,
        queued: Bool,
        resetting: Bool = false,
        reason: String?,
        createdAt: String,
        remainingSeconds: Double?,
        extendedSeconds: Double,
        detail: Detail? = nil,
    ) {
        self.id = id
        self.person = person
        self.lab = lab
        self.policy = policy
        self.state = state
        self.queued = queued
        self.resetting = resetting
        self.reason = reason
        self.createdAt = createdAt
        self.remainingSeconds = remainingSeconds
        self.extendedSeconds = extendedSeconds
        self.detail = detail
    }

    /// What only the single session shows.
    package struct Detail: Codable, Sendable, Equatable {
        /// The edition of the lab.
        package var labVersion: Int
        /// The cohort it belongs to; absent when it belongs to none.
        package var cohort: String?
        /// The time limit, in seconds.
        package var limitSeconds: Double
        /// What the time does while the session is paused: `stops` or `runs`; `never` when it may not be paused.
        package var pause: String
        /// `kvm` or `tcg`; absent until it is known.
        package var acceleration: String?
        /// Why it may run without the isolation its policy demands; absent when nobody had to say.
        package var isolationOverride: String?
        /// Its machines.
        package var machines: [MachineResource]

        /// Makes the details.
        package init(
            labVersion: Int,
            cohort: String? = nil,
            limitSeconds: Double,
            pause: String,
            acceleration: String?,
            isolationOverride: String?,
            machines: [MachineResource],
        ) {
            self.labVersion = labVersion
            self.cohort = cohort
            self.limitSeconds = limitSeconds
            self.pause = pause
            self.acceleration = acceleration
            self.isolationOverride = isolationOverride
            self.machines = machines
        }
    }
}

/// A machine of a session.
package struct MachineResource: Codable, Sendable, Equatable {
    /// Its identifier.
    package var id: String
    /// Its name inside the lab.
    package var name: String
    /// The image it stands on.
    package var image: String
    /// Virtual processors.
    package var vcpus: Int
    /// Share of one host core, in per cent.
    package var cpuPercent: Int
    /// Memory, in MiB.
    package var memoryMiB: Int64
    /// Disk size, in MiB; absent when it is the image's.
    package var diskMiB: Int64?
    /// The snapshot it is forked from; absent when it is booted from its image.
    package var forkedFrom: String?

    /// Makes a machine.
    package init(
        id: String,
        name: String,
        image: String,
        vcpus: Int,
        cpuPercent: Int,
        memoryMiB: Int64,
        diskMiB: Int64?,
        forkedFrom: String? = nil,
    ) {
        self.id = id
        self.name = name
        self.image = image
        self.vcpus = vcpus
        self.cpuPercent = cpuPercent
        self.memoryMiB = memoryMiB
        self.diskMiB = diskMiB
        self.forkedFrom = forkedFrom
    }
}

/// Answer of `GET /api/v1/sessions?state=…&person=…&cursor=…&limit=…`, newest first.
package struct SessionList: Codable, Sendable, Equatable {
    /// The rows.
    package var sessions: [SessionResource]
    /// Hand this back as `cursor` to get the next page; absent on the last.
    package var next: String?

    /// Makes a page.
    package init(sessions: [SessionResource], next: String?) {
        self.sessions = sessions
        self.next = next
    }
}

/// One line of a session's timeline.
package struct EventResource: Codable, Sendable, Equatable {
    /// Position among all lines of the store; grows.
    package var sequence: Int64
    /// When (RFC 3339 with milliseconds, UTC).
    package var at: String
    /// What happened; `docs/lifecycle.md` lists the kinds.
    package var kind: String
    /// What there is to say beyond the kind; empty when nothing.
    package var text: String
    /// How long it took or lasts, in milliseconds.
    package var milliseconds: Int64?

    /// Makes a line.
    package init(sequence: Int64, at: String, kind: String, text: String, milliseconds: Int64?) {
        self.sequence = sequence
        self.at = at
        self.kind = kind
        self.text = text
        self.milliseconds = milliseconds
    }
}

/// Answer of `GET /api/v1/sessions/{id}/events?after=…`, oldest first.
///
/// With `Accept: text/event-stream` the same lines come as server-sent events, the stored ones first, then live ones until
/// the session is torn down.
package struct EventList: Codable, Sendable, Equatable {
    /// The lines.
    package var events: [EventResource]

    /// Makes a list.
    package init(events: [EventResource]) { self.events = events }
}

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

extension CreateSessionRequest: Described {
    package static let schema = Schema.object(
        .required("lab", .string.example("first-steps"), "The lab to run."),
        .optional(
            "policy",
            .string,
            "The policy to run it under; the lab's own when absent. Only operators may ask for another.",
        ),
        .optional("limitSeconds", .integer(1...604_800), "A shorter time limit than the policy's, in seconds."),
        .optional(
            "cohort",
            .string,
            "The cohort it belongs to: a name of lower-case letters, digits and single dashes.",
        ),
        .optional(
            "seed",
            .integer(0...),
            "What the lab's variables follow from; drawn when absent. Only operators may choose it.",
        ),
        .optional("draft", .boolean, "Whether the lab's draft is meant; operators only."),
        .optional(
            "isolationOverride",
            .string,
            "Why it may run without the isolation its policy demands; operators only, and recorded.",
        ),
    )
}

/// Body of `POST /api/v1/sessions/{id}/extend`.
package struct ExtendSessionRequest: Codable, Sendable, Equatable {
    /// How much is added, in seconds; one step of the policy when absent.
    package var seconds: Int?

    /// Makes a request.
    package init(seconds: Int? = nil) { self.seconds = seconds }
}

extension ExtendSessionRequest: Described {
    package static let schema = Schema.object(
        .optional(
            "seconds",
            .integer(1...604_800),
            "How much is added, in seconds; one step of the policy when absent.",
        )
    )
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

extension SessionResource: Described {
    package static let schema = Schema.object(
        "A session.",
        .required("id", .string, "Its identifier."),
        .required("person", .string, "Opaque identifier of the person it belongs to."),
        .required("lab", .string, "The lab it runs."),
        .required("policy", .string, "The policy it runs under."),
        .required("state", .sessionState, "Where it is in its life."),
        .required("queued", .boolean, "Whether it waits in the queue for capacity."),
        .required("resetting", .boolean, "Whether its machines are being replaced by fresh ones."),
        .optional("reason", .endReason, "Why it ended, once it has."),
        .required("createdAt", .time, "When it was asked for."),
        .optional("remainingSeconds", .number, "Time left, in seconds; absent unless it has started and is not over."),
        .required("extendedSeconds", .number, "What extensions have added, in seconds."),
        .optional("detail", .of(SessionResource.Detail.self), "Details; absent in lists."),
    )
}

extension SessionResource.Detail: Described {
    package static let schema = Schema.object(
        "What only the single session shows.",
        .required("labVersion", .integer, "The edition of the lab."),
        .optional("cohort", .string, "The cohort it belongs to; absent when it belongs to none."),
        .required("limitSeconds", .number, "The time limit, in seconds."),
        .required(
            "pause",
            .choice("stops", "runs", "never"),
            "What the time does while it is paused; `never` when it may not be.",
        ),
        .optional("acceleration", .acceleration, "How its machines run; absent until it is known."),
        .optional(
            "isolationOverride",
            .string,
            "Why it may run without the isolation its policy demands; absent when nobody had to say.",
        ),
        .required("machines", .array(.of(MachineResource.self)), "Its machines."),
    )
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

extension MachineResource: Described {
    package static let schema = Schema.object(
        "A machine of a session.",
        .required("id", .string, "Its identifier."),
        .required("name", .string, "Its name inside the lab."),
        .required("image", .string, "The image it stands on."),
        .required("vcpus", .integer, "Virtual processors."),
        .required("cpuPercent", .integer, "Share of one host core, in per cent."),
        .required("memoryMiB", .integer, "Memory, in MiB."),
        .optional("diskMiB", .integer, "Disk size, in MiB; absent when it is the image's."),
        .optional("forkedFrom", .string, "The snapshot it is forked from; absent when it is booted from its image."),
    )
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

extension SessionList: Described {
    package static let schema = Schema.object(
        "One page of sessions, newest first.",
        .required("sessions", .array(.of(SessionResource.self)), "The rows."),
        .optional("next", .string, "Hand this back as `cursor` to get the next page; absent on the last."),
    )
}

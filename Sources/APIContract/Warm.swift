/// Answer of `GET /api/v1/warm`.
package struct WarmList: Codable, Sendable, Equatable {
    /// How the labs' machines are kept warm, by lab and machine.
    package var machines: [WarmMachineResource]
    /// The snapshots on disk, oldest first.
    package var snapshots: [SnapshotResource]
    /// Snapshot folders that could not be read, one line each; they are left alone.
    package var problems: [String]

    /// Makes a list.
    package init(machines: [WarmMachineResource], snapshots: [SnapshotResource], problems: [String]) {
        self.machines = machines
        self.snapshots = snapshots
        self.problems = problems
    }
}

extension WarmList: Described {
    package static let schema = Schema.object(
        .required(
            "machines",
            .array(.of(WarmMachineResource.self)),
            "How the labs' machines are kept warm, by lab and machine.",
        ),
        .required("snapshots", .array(.of(SnapshotResource.self)), "The snapshots on disk, oldest first."),
        .required(
            "problems",
            .array(.string),
            "Snapshot folders that could not be read, one line each; they are left alone.",
        ),
    )
}

/// How one machine of a lab is kept warm.
package struct WarmMachineResource: Codable, Sendable, Equatable {
    /// The lab.
    package var lab: String
    /// The machine's name inside the lab.
    package var machine: String
    /// `ready`, `building`, `waiting` or `failed`.
    package var state: String
    /// The step while it is built, or why it failed, in words; absent otherwise.
    package var detail: String?
    /// The snapshot that machines are forked from; absent while there is none.
    package var snapshot: String?
    /// How many spares wait now.
    package var spares: Int
    /// How many the lab wants to wait.
    package var pool: Int

    /// Makes a machine.
    package init(
        lab: String,
        machine: String,
        state: String,
        detail: String?,
        snapshot: String?,
        spares: Int,
        pool: Int,
    ) {
        self.lab = lab
        self.machine = machine
        self.state = state
        self.detail = detail
        self.snapshot = snapshot
        self.spares = spares
        self.pool = pool
    }
}

extension WarmMachineResource: Described {
    package static let schema = Schema.object(
        "How one machine of a lab is kept warm.",
        .required("lab", .string, "The lab."),
        .required("machine", .string, "The machine's name inside the lab."),
        .required("state", .choice("ready", "building", "waiting", "failed"), "How it stands."),
        .optional("detail", .string, "The step while it is built, or why it failed, in words; absent otherwise."),
        .optional("snapshot", .string, "The snapshot that machines are forked from; absent while there is none."),
        .required("spares", .integer, "How many spares wait now."),
        .required("pool", .integer, "How many the lab wants to wait."),
    )
}

/// A warm snapshot.
package struct SnapshotResource: Codable, Sendable, Equatable {
    /// Its identifier, new with every build.
    package var id: String
    /// The lab whose machine it is.
    package var lab: String
    /// The edition of the lab.
    package var labVersion: Int
    /// The machine's name inside the lab.
    package var machine: String
    /// The image it was built from.
    package var image: String
    /// Memory of a machine forked from it, in MiB.
    package var memoryMiB: Int64
    /// Size on the host, in MiB.
    package var fileSizeMiB: Int64
    /// `usable`, or `unusable: ` and why.
    package var health: String
    /// When it was built (RFC 3339, UTC).
    package var createdAt: String
    /// How long building it took.
    package var buildSeconds: Double
    /// Details; absent in lists.
    package var detail: Detail?

    /// Makes a snapshot.
    package init(
        id: String,
        lab: String,
        labVersion: Int,
        machine: String,
        image: String,
        memoryMiB: Int64,
        fileSizeMiB: Int64,
        health: String,
        createdAt: String,
        buildSeconds: Double,
        detail: Detail? = nil,
    ) {
        self.id = id
        self.lab = lab
        self.labVersion = labVersion
        self.machine = machine
        self.image = image
        self.memoryMiB = memoryMiB
        self.fileSizeMiB = fileSizeMiB
        self.health = health
        self.createdAt = createdAt
        self.buildSeconds = buildSeconds
        self.detail = detail
    }

    /// What only the single snapshot shows.
    package struct Detail: Codable, Sendable, Equatable {
        /// Everything that must be the same for a machine to be forked from it, by name.
        package var facts: [String: String]
        /// Whether its guest has an ssh server's host keys, which a fork makes anew.
        package var hasHostKeys: Bool
        /// Services of its guest that hold keys; they are restarted after a fork.
        package var services: [String]

        /// Makes the details.
        package init(facts: [String: String], hasHostKeys: Bool, services: [String]) {
            self.facts = facts
            self.hasHostKeys = hasHostKeys
            self.services = services
        }
    }
}

extension SnapshotResource: Described {
    package static let schema = Schema.object(
        "A warm snapshot.",
        .required("id", .string, "Its identifier, new with every build."),
        .required("lab", .string, "The lab whose machine it is."),
        .required("labVersion", .integer, "The edition of the lab."),
        .required("machine", .string, "The machine's name inside the lab."),
        .required("image", .string, "The image it was built from."),
        .required("memoryMiB", .integer, "Memory of a machine forked from it, in MiB."),
        .required("fileSizeMiB", .integer, "Size on the host, in MiB."),
        .required("health", .string, "`usable`, or `unusable: ` and why."),
        .required("createdAt", .time, "When it was built."),
        .required("buildSeconds", .number, "How long building it took."),
        .optional("detail", .of(SnapshotResource.Detail.self), "Details; absent in lists."),
    )
}

extension SnapshotResource.Detail: Described {
    package static let schema = Schema.object(
        "What only the single snapshot shows.",
        .required("facts", .map(.string), "What must be the same for a machine to be forked from it."),
        .required(
            "hasHostKeys",
            .boolean,
            "Whether its guest has an ssh server's host keys, which a fork makes anew.",
        ),
        .required(
            "services",
            .array(.string),
            "Services of its guest that hold keys; they are restarted after a fork.",
        ),
    )
}

/// Body of `POST /api/v1/warm/build`: builds the snapshots of a lab's machines.
package struct BuildWarmRequest: Codable, Sendable, Equatable {
    /// The lab.
    package var lab: String
    /// Whether snapshots that could be used are built again too.
    package var replacing: Bool

    /// Makes a request.
    package init(lab: String, replacing: Bool = false) {
        self.lab = lab
        self.replacing = replacing
    }
}

extension BuildWarmRequest: Described {
    package static let schema = Schema.object(
        .required("lab", .string, "The lab."),
        .required("replacing", .boolean, "Whether snapshots that could be used are built again too."),
    )
}

/// One line of the answer (`application/x-ndjson`) of `POST /api/v1/warm/build`.
///
/// The last line has `machines` or `problem`.
package struct WarmProgressResource: ProgressReport, Equatable {
    /// What is being done, in words.
    package var step: String?
    /// How the lab's machines are kept warm now.
    package var machines: [WarmMachineResource]?
    /// What went wrong.
    package var problem: Problem?

    /// Makes a line.
    package init(step: String? = nil, machines: [WarmMachineResource]? = nil, problem: Problem? = nil) {
        self.step = step
        self.machines = machines
        self.problem = problem
    }

    package init(problem: Problem) { self.init(step: nil, problem: problem) }

    package var fraction: Double? { nil }
    package var result: [WarmMachineResource]? { machines }
}

extension WarmProgressResource: Described {
    package static let schema = Schema.object(
        "A line; the last has `machines` or `problem`.",
        .optional("step", .string, "What is being done, in words."),
        .optional("machines", .array(.of(WarmMachineResource.self)), "How the lab's machines are kept warm now."),
        .optional("problem", .of(Problem.self), "What went wrong."),
    )
}

/// Answer of `POST /api/v1/warm/gc`.
package struct WarmGarbageResponse: Codable, Sendable, Equatable {
    /// What was removed, one line each.
    package var removed: [String]

    /// Makes an answer.
    package init(removed: [String]) { self.removed = removed }
}

extension WarmGarbageResponse: Described {
    package static let schema = Schema.object(
        .required("removed", .array(.string), "What was removed, one line each.")
    )
}

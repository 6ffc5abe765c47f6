import SessionModel

/// What a policy file says.
enum PolicySchema {
    /// The file.
    static let file = Schema<Policy>.object(
        [
            header.apiVersion, header.kind, id, title, time, resources, network, isolation, concurrency, keep, sharing,
            feedback, hints, reset, recording, retention,
        ],
        later: ["access", "hibernate", "warm"],
    ) { object throws(ObjectReading.Incomplete) in
        Policy(
            id: try object.value(id),
            title: try object.value(title),
            time: try object.value(time),
            resources: try object.value(resources),
            network: try object.value(network),
            isolation: try object.value(isolation),
            concurrency: try object.value(concurrency),
            keep: try object.value(keep) ?? Policy.Keep(disk: false),
            sharing: try object.value(sharing),
            feedback: try object.value(feedback),
            hints: try object.value(hints),
            reset: try object.value(reset),
            recording: try object.value(recording) ?? Policy.Recording(.none),
            retention: try object.value(retention) ?? Policy.Retention(),
        )
    }

    private static let header = DefinitionHeader(.policy)
    private static let id = Field("id", Schema<PolicyID>.id, "The policy's name; the file is called by it.")
    private static let title = Field("title", Schema.title, "What people read.")
    private static let time = Field("time", PolicyTimeSchema.time, "Limits in time.")
    private static let resources = Field(
        "resources",
        PolicyResourcesSchema.resources,
        "Limits of what one machine may use of the host.",
    )
    private static let network = Field(
        "network",
        Schema<NetworkMode>.choice(later: ["lab", "allowlist", "internet"]),
        default: .none,
        "What the machines may reach: none is no network device at all.",
    )
    private static let isolation = Field(
        "isolation",
        Schema<Isolation>.choice(),
        "What must separate a machine from the host: hardware refuses software emulation, any allows it.",
    )
    private static let concurrency = Field(
        "concurrency",
        Schema<Policy.Concurrency>.object([perPerson, host]) { object throws(ObjectReading.Incomplete) in
            if let mine = object.written(perPerson), let all = object.written(host), mine.value > all.value {
                object.report.add(
                    "is \(mine.value): expected no more than on the whole host (concurrency.host: \(all.value))",
                    at: mine.place,
                )
            }
            return Policy.Concurrency(perPerson: try object.value(perPerson), host: try object.value(host))
        },
        "How many sessions under this policy may be alive at once.",
    )
    private static let perPerson = Field("perPerson", .integer(in: 1...1000), "Sessions of one person.")
    private static let host = Field("host", .integer(in: 1...100_000), "Sessions on the host.")
    private static let keep = Field(
        optional: "keep",
        Schema<Policy.Keep>.object([disk], later: ["files"]) {
            object throws(ObjectReading.Incomplete) in
            Policy.Keep(disk: try object.value(disk))
        },
        "What outlives a session besides its record; nothing when absent.",
    )
    private static let sharing = Field(
        "sharing",
        Schema<Sharing>.choice(),
        default: .lab,
        "With which other sessions a machine may share the pages of memory that nobody has written to: those of the"
            + " same lab, those of the same cohort, or none. A neighbour can tell by timing which pages are read.",
    )
    private static let feedback = Field(
        "feedback",
        Schema<Feedback>.choice(),
        default: .live,
        "When people learn what checks of their work found: whenever they ask (live), once the session is over (after),"
            + " or never.",
    )
    private static let hints = Field(
        "hints",
        Schema<Allowance>.choice(),
        default: .allowed,
        "Whether people may be told hints.",
    )
    private static let reset = Field(
        "reset",
        Schema<Allowance>.choice(),
        default: .allowed,
        "Whether people may give their session fresh machines.",
    )
    private static let recording = Field(
        optional: "recording",
        PolicyEvidenceSchema.recording,
        "What is recorded of its terminals; nothing when absent.",
    )
    private static let retention = Field(
        optional: "retention",
        PolicyEvidenceSchema.retention,
        "How long what a session leaves is kept, counted from its end.",
    )
    private static let disk = Field(
        "disk",
        .boolean,
        default: false,
        "Whether the final disk of each machine is kept as evidence.",
    )
}

import SessionModel

/// What a lab file says.
enum LabSchema {
    /// The file.
    static let file = Schema<Lab>.object(
        [
            header.apiVersion, header.kind, id, version, title, about, level, audience, minutes, skills, policy, vars,
            machines, warm, setup, start, ready, tasks, checks, trust, solve, tests, collect,
        ]
    ) { object throws(ObjectReading.Incomplete) in
        Lab(
            id: try object.value(id),
            version: try object.value(version),
            title: try object.value(title),
            policy: try object.value(policy),
            machines: try object.value(machines),
            warm: try object.value(warm) ?? Lab.Warm(),
            variables: try object.value(vars) ?? [],
            setup: try object.value(setup) ?? [],
            start: try object.value(start) ?? [],
            ready: try object.value(ready),
            description: Lab.Description(
                about: try object.value(about),
                level: try object.value(level),
                audience: try object.value(audience),
                minutes: try object.value(minutes),
                skills: try object.value(skills) ?? [],
                trust: try object.value(trust),
            ),
            tasks: try object.value(tasks) ?? [],
            checks: try object.value(checks) ?? Lab.CheckLimits(),
            solve: try object.value(solve) ?? [],
            tests: try object.value(tests) ?? LabTest.allCases,
            collect: try object.value(collect) ?? [],
        )
    }

    private static let header = DefinitionHeader(.lab)
    private static let id = Field("id", Schema<LabID>.id, "The lab's name; its folder is called by it.")
    private static let version = Field(
        "version",
        .integer(in: 1...1_000_000),
        default: 1,
        "Which edition of the lab this is.",
    )
    private static let title = Field("title", Schema.title, "What people read.")
    private static let about = Field(
        optional: "about",
        Schema.text(longest: 2_000),
        "What it shows about a person, for someone who is no engineer.",
    )
    private static let level = Field(optional: "level", Schema<Lab.Level>.choice(), "How hard it is.")
    private static let audience = Field(
        "audience",
        Schema<Lab.Audience>.choice(),
        default: .practice,
        "Whom it is for: whoever wants to learn, or people who are assessed.",
    )
    private static let minutes = Field(
        optional: "minutes",
        .integer(in: 1...1_440),
        "How many minutes someone who can do it needs.",
    )
    private static let skills = Field(
        optional: "skills",
        Schema<[String]>.list(of: .slug, count: 0...20),
        "What it is about, in a word each.",
    )
    private static let policy = Field(
        "policy",
        Schema<PolicyID>.id,
        "The policy its sessions run under unless another is asked for.",
    )
    private static let machines = Field(
        "machines",
        Schema<[MachineShape]>.oneNamed(machine, several: "machines") { name, machine in
            var machine = machine
            machine.name = name
            return machine
        },
        "The machines a session has, by name; one for now.",
    )

    private static let warm = Field(
        optional: "warm",
        Schema<Lab.Warm>.object([pool]) { object throws(ObjectReading.Incomplete) in
            Lab.Warm(pool: try object.value(pool))
        },
        "How its machines are kept warm; without spares when absent.",
    )
    private static let pool = Field(
        "pool",
        .integer(in: 0...100),
        default: 0,
        "How many spares of each machine wait for the next sessions, each in memory; 0 starts machines on demand.",
    )

    private static let vars = Field(
        optional: "vars",
        LabVariableSchema.all,
        "What differs from session to session, by name; scripts of start find it in their environment.",
    )
    private static let setup = Field(
        optional: "setup",
        LabScriptSchema.setup,
        "What is run once, in order, when a snapshot of a machine is built: what all sessions begin with.",
    )
    private static let start = Field(
        optional: "start",
        LabScriptSchema.start,
        "What is run in each session, in order, before anybody is let in, and after a reset.",
    )
    private static let ready = Field(
        optional: "ready",
        LabScriptSchema.ready,
        "What must be true before anybody is let in; a prompt is enough when absent.",
    )

    private static let tasks = Field(
        optional: "tasks",
        LabTaskSchema.all,
        "What people are asked to do, in order.",
    )
    private static let checks = Field(
        optional: "checks",
        LabTaskSchema.limits,
        "How often a person may have tasks checked.",
    )

    private static let trust = Field(
        optional: "trust",
        Schema<Lab.Trust>.choice(),
        "That tasks which score may be checked in the guest alone, in a lab of audience: assessment; reports say so.",
    )
    private static let solve = Field(
        optional: "solve",
        LabTestSchema.solve,
        "How the tasks are done, in order, for tests of the lab; nobody in a session is told.",
    )
    private static let tests = Field(
        optional: "tests",
        Schema<[LabTest]>.list(of: .choice(), count: 0...LabTest.allCases.count),
        "What must be shown of it before it is published; all of it when absent.",
    )

    private static let collect = Field(
        optional: "collect",
        Schema<[LabCollection]>.sequence(of: collection, count: 0...20),
        "Files that outlive a session that is graded, 64 MiB of each machine at most; nothing when absent.",
    )
    private static let collection = Schema<LabCollection>.object([from, paths]) {
        object throws(ObjectReading.Incomplete) in
        LabCollection(machine: try object.value(from), paths: try object.value(paths))
    }
    private static let from = Field("from", .slug, "The machine.")
    private static let paths = Field(
        "paths",
        Schema<[String]>.list(of: .guestPath, count: 1...50),
        "Files and folders in it, such as /etc/nginx; links are kept as links.",
    )

    private static let machine = Schema<MachineShape>.object(
        [image, vcpus, memory, disk, packages],
        later: ["network", "ports"],
    ) { object throws(ObjectReading.Incomplete) in
        MachineShape(
            name: "",
            image: try object.value(image),
            vcpus: try object.value(vcpus),
            memory: try object.value(memory),
            disk: try object.value(disk),
            packages: try object.value(packages),
        )
    }
    private static let packages = Field(
        optional: "packages",
        Schema<[String]>.packages(count: 1...50),
        "Packages that are installed in it beyond what the image has, in an image made of it once for all such machines.",
    )
    private static let image = Field("image", Schema<ImageID>.id, "The image its disk is a copy of.")
    private static let vcpus = Field(
        optional: "vcpus",
        .integer(in: MachineLimits.vcpus),
        "Virtual processors; as many as the policy allows when absent.",
    )
    private static let memory = Field(
        optional: "memory",
        .size(in: MachineLimits.memory),
        "Memory; as much as the policy allows when absent.",
    )
    private static let disk = Field(
        optional: "disk",
        .size(in: MachineLimits.disk),
        "Size of its disk, at least the image's; as much as the policy allows when absent.",
    )
}

import SessionModel

/// What the parts `tasks` and `checks` of a lab say.
enum LabTaskSchema {
    /// All tasks, in order.
    static let all = Schema<[LabTask]>.sequence(of: task, count: 0...50)

    /// How often tasks may be checked.
    static let limits = Schema<Lab.CheckLimits>.object([max, cooldown]) { object throws(ObjectReading.Incomplete) in
        Lab.CheckLimits(max: try object.value(max), cooldown: try object.value(cooldown))
    }

    private static let usual = Lab.CheckLimits()
    private static let max = Field(
        "max",
        .integer(in: 1...1_000),
        default: usual.max,
        "How often in a session; each time counts once, however many tasks are checked.",
    )
    private static let cooldown = Field(
        "cooldown",
        .duration(in: .zero ... .seconds(3_600)),
        default: usual.cooldown,
        "How long from one time to the next.",
    )

    private static let task = Schema<LabTask>.object([id, text, points, needs, check, report, hints]) {
        object throws(ObjectReading.Incomplete) in
        LabTask(
            id: try object.value(id),
            text: try object.value(text),
            points: try object.value(points),
            needs: try object.value(needs) ?? [],
            check: try object.value(check),
            report: try object.value(report),
            hints: try object.value(hints) ?? [],
        )
    }
    private static let id = Field("id", Schema<String>.slug, "The task's name inside the lab.")
    private static let text = Field("text", Schema.text(longest: 4_000), "What is asked, for the person.")
    private static let points = Field("points", .integer(in: 0...1_000), default: 10, "What it is worth.")
    private static let needs = Field(
        optional: "needs",
        Schema<[String]>.list(of: .slug, count: 1...50),
        "Tasks above it that must have passed before it is checked.",
    )
    private static let report = Field(
        optional: "report",
        Schema<LabTask.Report>.object([passed, failed]) { object throws(ObjectReading.Incomplete) in
            LabTask.Report(passed: try object.value(passed), failed: try object.value(failed))
        },
        "What a result means, in plain words for who assesses it.",
    )
    private static let passed = Field("passed", Schema.text(longest: 1_000), "When it passed.")
    private static let failed = Field("failed", Schema.text(longest: 1_000), "When it failed.")

    private static let hints = Field(
        optional: "hints",
        Schema<[LabTask.Hint]>.sequence(of: hint, count: 0...10),
        "What helps with it, told one after the other when the person asks.",
    )
    private static let hint = Schema<LabTask.Hint>.object([help, cost]) { object throws(ObjectReading.Incomplete) in
        LabTask.Hint(text: try object.value(help), cost: try object.value(cost))
    }
    private static let help = Field("text", Schema.text(longest: 2_000), "What is told.")
    private static let cost = Field(
        "cost",
        .integer(in: 0...1_000),
        default: 0,
        "How many of the task's points it costs.",
    )

    private static let check = Field(
        "check",
        Schema<LabCheck>.object(
            [on, run, via, machine, tcp, http, tls, expect, after, timeout, retries]
        ) { object throws(ObjectReading.Incomplete) in
            let (after, retries) = (try object.value(after), try object.value(retries))
            let way = try way(&object)
            if case .disk = way, after != nil {
                object.report.add(
                    "after: reboot goes without on: disk: a disk does not change by a reboot",
                    at: object.place,
                )
                throw ObjectReading.Incomplete()
            }
            return LabCheck(way, retries: retries, afterReboot: after != nil)
        },
        "How it is told whether it was done: what is run in the machine (on, run) ends with 0 when it was, with 1 when it"
            + " was not; anything else means that nobody knows, and costs nothing. Or a port of the machine is looked at"
            + " (via: forward, machine, and tcp, http or tls). Or its disk, in a grader that nobody has ever been in"
            + " (on: disk, machine, run).",
    )

    private static func way(_ object: inout ObjectReading) throws(ObjectReading.Incomplete) -> LabCheck.Way {
        let (script, place) = (try object.value(run), try object.value(on))
        let (way, machine) = (try object.value(via), try object.value(machine))
        let (tcp, http, tls) = (try object.value(tcp), try object.value(http), try object.value(tls))
        let expect = try object.value(expect)
        let limit = try object.value(timeout)
        func refuse(_ message: String) throws(ObjectReading.Incomplete) -> LabCheck.Way {
            object.report.add(message, at: object.place)
            throw ObjectReading.Incomplete()
        }
        if way == nil {
            guard tcp == nil, http == nil, tls == nil, expect == nil else {
                return try refuse("needs via: forward for tcp, http, tls and expect")
            }
            guard let place, let script else { return try refuse("needs on and run, or via: forward") }
            if let machine {
                guard place == "disk" else { return try refuse("machine goes with via: forward or on: disk") }
                return .disk(LabScript(on: machine, script, limit: limit))
            }
            return .run(LabScript(on: place, script, limit: limit))
        }
        guard place == nil, script == nil else { return try refuse("via: forward goes without on and run") }
        guard let machine else { return try refuse("via: forward needs machine") }
        let targets: [LabProbe.Target] = [tcp.map { .tcp($0) }, http.map { .http($0) }, tls.map { .tls($0) }]
            .compactMap(\.self)
        guard targets.count == 1, let target = targets.first else {
            return try refuse("via: forward needs one of tcp, http and tls")
        }
        switch target {
        case .tcp where expect != nil:
            return try refuse("expect goes with http and tls")
        case .http where expect?.name != nil || expect?.days != nil:
            return try refuse("name and days are expected of tls")
        case .tls where expect?.status != nil || expect?.contains != nil:
            return try refuse("status and contains are expected of http")
        case .tcp, .http, .tls:
            return .forward(LabProbe(on: machine, target, expect: expect ?? .init(), limit: limit))
        }
    }

    private enum Via: String, CaseIterable { case forward }
    private enum After: String, CaseIterable { case reboot }

    private static let on = Field(
        optional: "on",
        Schema<String>.slug,
        "The machine in which something is run; disk, where machine stands beside it, for a copy of that one's disk.",
    )
    private static let after = Field(
        optional: "after",
        Schema<After>.choice(),
        "That a machine is looked at which was started from a copy of the disk; the person's own goes on meanwhile.",
    )
    private static let run = Field(
        optional: "run",
        LabScriptSchema.body,
        "What is run there as root: a command for sh, or a file of the lab such as files/check.sh. With on: disk it begins"
            + " in the root of the disk, where no symbolic link leads anywhere and nothing can be run.",
    )
    private static let via = Field(optional: "via", Schema<Via>.choice(), "That a port is looked at.")
    private static let machine = Field(
        optional: "machine",
        Schema<String>.slug,
        "The machine whose port or disk is looked at.",
    )
    private static let tcp = Field(
        optional: "tcp",
        Schema<String>.line(longest: 200),
        "A port where somebody must listen, as localhost:80; variables stand in it as ${name}.",
    )
    private static let http = Field(
        optional: "http",
        Schema<String>.line(longest: 1_000),
        "A page that must be there, as http://localhost:${port}/.",
    )
    private static let tls = Field(
        optional: "tls",
        Schema<String>.line(longest: 200),
        "A port where somebody must speak TLS, as localhost:443; variables stand in it as ${name}.",
    )
    private static let expect = Field(
        optional: "expect",
        Schema<LabProbe.Expectation>.object([status, contains, name, days]) { object throws(ObjectReading.Incomplete) in
            LabProbe.Expectation(
                status: try object.value(status),
                contains: try object.value(contains),
                name: try object.value(name),
                days: try object.value(days),
            )
        },
        "What the page must be, or the certificate; any that is found when absent.",
    )
    private static let name = Field(
        optional: "name",
        Schema<String>.line(longest: 253),
        "A name that the certificate is for; variables stand in it as ${name}.",
    )
    private static let days = Field(
        optional: "days",
        .integer(in: 1...3_650),
        "For how many days from now the certificate must be valid; that it is now when absent.",
    )
    private static let status = Field(
        optional: "status",
        .integer(in: 100...599),
        "Its status; any from 200 to 299 when absent.",
    )
    private static let contains = Field(
        optional: "contains",
        Schema<String>.line(longest: 1_000),
        "A text in its first 64 KiB; variables stand in it as ${name}.",
    )
    private static let timeout = Field(
        "timeout",
        .duration(in: .seconds(1) ... .seconds(600)),
        default: .seconds(30),
        "After how long it is killed; nobody knows then.",
    )
    private static let retries = Field(
        "retries",
        .integer(in: 0...LabCheck.mostRetries),
        default: 0,
        "How often it is run again, a second later, before it counts as failed.",
    )
}

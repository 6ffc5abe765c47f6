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
            [LabScriptSchema.on, LabScriptSchema.run, timeout, retries],
            later: ["after", "expect", "http", "machine", "tcp", "tls", "via"],
        ) { object throws(ObjectReading.Incomplete) in
            LabCheck(
                LabScript(
                    on: try object.value(LabScriptSchema.on),
                    try object.value(LabScriptSchema.run),
                    limit: try object.value(timeout),
                ),
                retries: try object.value(retries),
            )
        },
        "How it is told whether it was done: what is run ends with 0 when it was, with 1 when it was not; anything else"
            + " means that nobody knows, and costs nothing.",
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

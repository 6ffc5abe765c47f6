import SessionModel

/// The part `time` of a policy file.
enum PolicyTimeSchema {
    /// The part.
    static let time = Schema<Policy.TimeLimits>.object(
        [limit, enter, ready, extend, idle, warn, pause]
    ) { object throws(ObjectReading.Incomplete) in
        checkRules(&object)
        let more = try object.value(extend)
        return Policy.TimeLimits(
            limit: try object.value(limit),
            enter: try object.value(enter),
            ready: try object.value(ready),
            extendStep: more?.step ?? .zero,
            extendMax: more?.most ?? .zero,
            idle: try object.value(idle),
            warn: try object.value(warn),
            pause: try object.value(pause),
        )
    }

    private static let week = Duration.seconds(7 * 24 * 3600)
    private static let limit = Field(
        "limit",
        .duration(in: .seconds(10)...week),
        "How long a person may work, counted from Start or the first attach.",
    )
    private static let enter = Field(
        "enter",
        .duration(in: .seconds(10)...week),
        default: .seconds(15 * 60),
        "How long a ready session waits to be entered before it ends.",
    )
    private static let ready = Field(
        "ready",
        .duration(in: .seconds(10)...Duration.seconds(3600)),
        default: .seconds(3 * 60),
        "How long preparation may take before the session counts as failed.",
    )
    private static let extend = Field(
        optional: "extend",
        Schema<Extension>.object([step, most]) { object throws(ObjectReading.Incomplete) in
            if let step = object.written(step), let most = object.written(most), step.value > most.value {
                object.report.add(
                    "is \(step.value.shortText): expected no more than all extensions together"
                        + " (time.extend.max: \(most.value.shortText))",
                    at: step.place,
                )
            }
            return Extension(step: try object.value(step), most: try object.value(most))
        },
        "Whether a person may have more time; not when absent.",
    )
    private static let step = Field("step", .duration(in: .seconds(10)...week), "What one extension adds.")
    private static let most = Field(
        "max",
        .duration(in: .seconds(10)...week),
        "What all extensions together may add.",
    )
    private static let idle = Field(
        optional: "idle",
        .duration(in: .seconds(60)...week),
        "How long a session may see no input before it ends; it never ends for that when absent.",
    )
    private static let warn = Field(
        "warn",
        Schema<[Duration]>.list(of: .duration(in: .seconds(1)...week), count: 0...20),
        default: [],
        "At which remaining times the person is warned.",
    )

    private static let pause = Field(
        "pause",
        Schema<Policy.TimeLimits.Pause>.choice(),
        default: .stops,
        "What the time does while a session is paused: it stops, it runs on, or a session may never be paused.",
    )

    private static func checkRules(_ object: inout ObjectReading) {
        guard let limit = object.written(limit) else { return }
        let shown = "the time limit (time.limit: \(limit.value.shortText))"
        if let idle = object.written(idle), let time = idle.value, time >= limit.value {
            object.report.add("is \(time.shortText): expected less than \(shown)", at: idle.place)
        }
        guard let warn = object.written(warn) else { return }
        for (index, time) in warn.value.enumerated() where time >= limit.value {
            let place = object.report.place(of: warn.place.path(to: index))
            object.report.add("is \(time.shortText): expected less than \(shown)", at: place)
        }
    }

    /// The part `time.extend`.
    private struct Extension {
        let step: Duration
        let most: Duration
    }
}

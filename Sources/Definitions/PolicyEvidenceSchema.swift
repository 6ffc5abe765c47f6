import SessionModel

/// The parts `recording` and `retention` of a policy file.
enum PolicyEvidenceSchema {
    /// What is recorded.
    static let recording = Schema<Policy.Recording>.object([mode, input, limit]) {
        object throws(ObjectReading.Incomplete) in
        if let mode = object.written(mode), mode.value == .none {
            let others = [object.written(input)?.place, object.written(limit)?.place]
            for place in others.compactMap(\.self) {
                object.report.add("goes with recording.mode: output or required; nothing is recorded", at: place)
            }
        }
        return Policy.Recording(
            try object.value(mode),
            input: try object.value(input),
            limit: try object.value(limit),
        )
    }

    private static let mode = Field(
        "mode",
        Schema<Policy.Recording.Mode>.choice(),
        "Whether what terminals show is recorded: no (none), yes (output), or yes and nobody can type while it cannot be"
            + " written (required).",
    )
    private static let input = Field(
        "input",
        .boolean,
        default: false,
        "Whether what is typed is recorded too; not while a password is asked for, as far as that can be seen.",
    )
    private static let limit = Field(
        "limit",
        .size(in: .mebibytes(1) ... .gibibytes(4)),
        default: Policy.Recording.usualLimit,
        "How much the recording of one terminal may have, before it is compressed; it says so when it is full.",
    )

    /// How long what is left is kept.
    static let retention = Schema<Policy.Retention>.object([recordings, files, disks, reason]) {
        object throws(ObjectReading.Incomplete) in
        let usual = Policy.Retention.usual
        let isReasoned = object.written(reason) != nil
        for field in [recordings, files, disks] where !isReasoned {
            guard let days = object.written(field), days.value > usual else { continue }
            object.report.add("is \(days.value): more than \(usual) needs a reason (retention.reason)", at: days.place)
        }
        return Policy.Retention(
            recordings: try object.value(recordings),
            files: try object.value(files),
            disks: try object.value(disks),
            reason: try object.value(reason),
        )
    }

    private static let anyDays = Schema<Days>.days(in: Days(1)...Policy.Retention.longest)
    private static let recordings = Field(
        "recordings",
        anyDays,
        default: Policy.Retention.usual,
        "Recordings of terminals.",
    )
    private static let files = Field("files", anyDays, default: Policy.Retention.usual, "Files that were collected.")
    private static let disks = Field("disks", anyDays, default: Policy.Retention.usual, "Final disks.")
    private static let reason = Field(
        optional: "reason",
        Schema<String>.line(longest: 500),
        "Why something is kept for more than \(Policy.Retention.usual).",
    )
}

/// Answer of `GET /api/v1/sessions/{id}/recordings`: what was recorded of a session's terminals.
package struct RecordingList: Codable, Sendable, Equatable {
    /// The recordings, by machine, terminal and part.
    package var recordings: [RecordingResource]

    /// Makes a list.
    package init(recordings: [RecordingResource]) { self.recordings = recordings }
}

extension RecordingList: Described {
    package static let schema = Schema.object(
        "What was recorded of a session's terminals.",
        .required("recordings", .array(.of(RecordingResource.self)), "The recordings, by machine, terminal and part."),
    )
}

/// One recording of one terminal.
///
/// `GET …/recordings/{machine}/{name}/{file}` answers with one of its files: `cast`, the recording itself, also of one
/// that is being written; `cast.gz`, `chain.gz`, `seal` and `sig` of one that is sealed.
package struct RecordingResource: Codable, Sendable, Equatable {
    /// The machine's name in its lab.
    package var machine: String
    /// The terminal, with the part where it is not the first: `console`, `0`, `0.2`.
    package var name: String
    /// How it stands: `recording`, `unsealed`, `sealed` or `unreadable`.
    package var state: String
    /// Its size in bytes before it is compressed.
    package var bytes: Int64
    /// Lines, header included; absent while it is not known.
    package var lines: Int?
    /// The digest of its last line; absent while it is not sealed.
    package var head: String?
    /// When it began, in RFC 3339.
    package var started: String?
    /// When it was sealed, in RFC 3339; absent while it is not.
    package var sealed: String?

    /// Makes a description.
    package init(
        machine: String,
        name: String,
        state: String,
        bytes: Int64,
        lines: Int? = nil,
        head: String? = nil,
        started: String? = nil,
        sealed: String? = nil,
    ) {
        self.machine = machine
        self.name = name
        self.state = state
        self.bytes = bytes
        self.lines = lines
        self.head = head
        self.started = started
        self.sealed = sealed
    }
}

extension RecordingResource: Described {
    package static let schema = Schema.object(
        "One recording of one terminal.",
        .required("machine", .string, "The machine's name in its lab."),
        .required("name", .string, "The terminal, with the part where it is not the first: `console`, `0`, `0.2`."),
        .required("state", .choice("recording", "unsealed", "sealed", "unreadable"), "How it stands."),
        .required("bytes", .integer, "Its size in bytes before it is compressed."),
        .optional("lines", .integer, "Lines, header included; absent while it is not known."),
        .optional("head", .string, "The digest of its last line; absent while it is not sealed."),
        .optional("started", .time, "When it began."),
        .optional("sealed", .time, "When it was sealed; absent while it is not."),
    )
}

/// A line of what a terminal has shown, one of those in the answer (`application/x-ndjson`) of
/// `GET …/recordings/{machine}/{name}/transcript`.
package struct TranscriptLineResource: Codable, Sendable, Equatable {
    /// When it was written last, in seconds since the recording began.
    package var at: Double
    /// What it says: printable characters.
    package var text: String

    /// Makes a line.
    package init(at: Double, text: String) {
        self.at = at
        self.text = text
    }
}

extension TranscriptLineResource: Described {
    package static let schema = Schema.object(
        "A line of what a terminal has shown.",
        .required("at", .number, "When it was written last, in seconds since the recording began."),
        .required("text", .string, "What it says: printable characters."),
    )
}

/// Answer of `GET …/recordings/{machine}/{name}/commands`: what was run at a terminal, as its machine tells it.
package struct CommandList: Codable, Sendable, Equatable {
    /// Whose word it is: always `guest`, which can say anything.
    package var witness: String
    /// The commands, in the order in which they began.
    package var commands: [CommandResource]
    /// Whether there were more.
    package var isCut: Bool

    /// Makes a list.
    package init(commands: [CommandResource], isCut: Bool) {
        witness = "guest"
        self.commands = commands
        self.isCut = isCut
    }
}

extension CommandList: Described {
    package static let schema = Schema.object(
        "What was run at a terminal, as its machine tells it.",
        .required(
            "witness",
            .choice("guest"),
            "Whose word it is: the machine's, where somebody can make it say anything.",
        ),
        .required("commands", .array(.of(CommandResource.self)), "The commands, in the order in which they began."),
        .required("isCut", .boolean, "Whether there were more."),
    )
}

/// A command that was run at a terminal.
package struct CommandResource: Codable, Sendable, Equatable {
    /// When it began, in seconds since the recording did.
    package var at: Double
    /// What stood at the prompt: printable characters, and line feeds where the shell asked for more.
    package var text: String
    /// Whether more stood there.
    package var isCut: Bool
    /// How long it ran, in seconds; absent when its end was not seen.
    package var seconds: Double?
    /// How it ended, 0 for success; absent when that was not seen.
    package var status: Int?

    /// Describes a command.
    package init(at: Double, text: String, isCut: Bool = false, seconds: Double? = nil, status: Int? = nil) {
        self.at = at
        self.text = text
        self.isCut = isCut
        self.seconds = seconds
        self.status = status
    }
}

extension CommandResource: Described {
    package static let schema = Schema.object(
        "A command that was run at a terminal.",
        .required("at", .number, "When it began, in seconds since the recording did."),
        .required(
            "text",
            .string,
            "What stood at the prompt: printable, and line feeds where the shell asked for more.",
        ),
        .required("isCut", .boolean, "Whether more stood there."),
        .optional("seconds", .number, "How long it ran; absent when its end was not seen."),
        .optional("status", .integer, "How it ended, 0 for success; absent when that was not seen."),
    )
}

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

/// One line of a session's timeline.
package struct EventResource: Codable, Sendable, Equatable {
    /// Position among all lines of the store; grows.
    package var sequence: Int64
    /// When (RFC 3339 with milliseconds, UTC).
    package var at: String
    /// What happened; `docs/lifecycle.md` lists the kinds.
    package var kind: String
    /// What there is to say beyond the kind; empty when nothing.
    package var text: String
    /// How long it took or lasts, in milliseconds.
    package var milliseconds: Int64?

    /// Makes a line.
    package init(sequence: Int64, at: String, kind: String, text: String, milliseconds: Int64?) {
        self.sequence = sequence
        self.at = at
        self.kind = kind
        self.text = text
        self.milliseconds = milliseconds
    }
}

extension EventResource: Described {
    package static let schema = Schema.object(
        "One line of a session's timeline.",
        .required("sequence", .integer, "Position among all lines of the store; grows."),
        .required("at", .time, "When."),
        .required("kind", .string, "What happened; `docs/lifecycle.md` lists the kinds."),
        .required("text", .string, "What there is to say beyond the kind; empty when nothing."),
        .optional("milliseconds", .integer, "How long it took or lasts, in milliseconds."),
    )
}

/// Answer of `GET /api/v1/sessions/{id}/events?after=…`, oldest first.
///
/// With `Accept: text/event-stream` the same lines come as server-sent events, the stored ones first, then live ones until
/// the session is torn down.
package struct EventList: Codable, Sendable, Equatable {
    /// The lines.
    package var events: [EventResource]

    /// Makes a list.
    package init(events: [EventResource]) { self.events = events }
}

extension EventList: Described {
    package static let schema = Schema.object(
        "A session's timeline, oldest first.",
        .required("events", .array(.of(EventResource.self)), "The lines."),
    )
}

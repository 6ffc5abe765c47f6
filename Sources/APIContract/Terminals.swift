/// What the two ends of a session's terminal tell each other beside its bytes, as JSON with exactly one of the fields set
/// unless said otherwise.
///
/// On `GET /api/v1/sessions/{id}/terminals` and `…/watch` (WebSocket) these are *text* frames, and *binary* frames carry the
/// terminal's bytes in both directions. On `POST …/terminals/stream` (server-sent events) they are events `message`, and
/// events `output` carry the terminal's bytes in base64; what the client has to say goes to `POST …/terminals/input` and
/// `…/state`.
///
/// In the query, `terminal` is a number from 0 to 15, or ``console``; without it the service chooses. `machine` is the
/// name of one of the session's machines; without it it is the first. `columns` and `rows` are the window's size. `client` is
/// what the client calls itself, `seen` the position up to which it shows everything already. With `flow=1` it says what it
/// has shown.
package enum TerminalMessage {
    /// What `terminal` is for the serial console.
    package static let console = "console"

    /// From the person's side.
    package struct FromClient: Codable, Sendable, Equatable {
        /// The window has this size.
        package var resize: WindowSize?
        /// Everything up to this position is shown.
        package var shown: Int64?

        /// Makes a message.
        package init(resize: WindowSize? = nil, shown: Int64? = nil) {
            self.resize = resize
            self.shown = shown
        }
    }

    /// From the service's side.
    package struct FromServer: Codable, Sendable, Equatable {
        /// Seconds left; sent on attach, after every change and at least once a minute.
        package var remainingSeconds: Double?
        /// The session is over, and why; the service closes next.
        package var ended: String?
        /// Where the output that follows belongs; sent on attach, and when something is not shown.
        package var output: Output?
        /// So many bytes of this client were typed, counted from 0 in the life of a `client`; sent on attach, and after input.
        package var typed: Int64?
        /// Beside ``typed``: nothing that the client sent before is to be sent again, because the service does not know it
        /// any more, or it was for a machine that is gone.
        package var fresh: Bool?
        /// Who is at the terminal; sent on attach, and when it changes.
        package var presence: Presence?
        /// What of the terminal is recorded: `output`, or `input` for what is typed, too; sent on attach where something is.
        package var recorded: String?
        /// The size of the terminal's window, which is that of whoever typed last; sent on attach, and when it changes.
        package var size: WindowSize?

        /// Makes a message.
        package init(remainingSeconds: Double? = nil, ended: String? = nil) {
            self.remainingSeconds = remainingSeconds
            self.ended = ended
        }

        /// Makes a message about output.
        package init(output: Output) { self.output = output }

        /// Makes a message about input.
        package init(typed: Int64, isFresh: Bool = false) {
            self.typed = typed
            fresh = isFresh ? true : nil
        }

        /// Makes a message about people.
        package init(presence: Presence) { self.presence = presence }

        /// Makes a message about recording.
        package init(recorded: String) { self.recorded = recorded }

        /// Makes a message about the window.
        package init(size: WindowSize) { self.size = size }
    }

    /// Where output belongs.
    package struct Output: Codable, Sendable, Equatable {
        /// Bytes after the next ``redraw`` ones are counted from here; they are what the terminal has shown since it began.
        package var position: Int64
        /// So many bytes bring any screen to what is shown at the position; they are not counted.
        package var redraw: Int
        /// So many bytes are never shown, because the client was too slow; absent when there are none.
        package var skipped: Int64?

        /// Makes a place.
        package init(position: Int64, redraw: Int, skipped: Int64? = nil) {
            self.position = position
            self.redraw = redraw
            self.skipped = skipped
        }
    }

    /// Who is at a terminal: opaque ids of people, each once.
    package struct Presence: Codable, Sendable, Equatable {
        /// Those who look on.
        package var watchers: [String]
        /// Those who may type.
        package var drivers: [String]

        /// Makes a list.
        package init(watchers: [String], drivers: [String]) {
            self.watchers = watchers
            self.drivers = drivers
        }
    }

    /// A terminal window's size in character cells.
    package struct WindowSize: Codable, Sendable, Equatable {
        /// Width, 1 to 1000.
        package var columns: Int
        /// Height, 1 to 1000.
        package var rows: Int

        /// Makes a size.
        package init(columns: Int, rows: Int) {
            self.columns = columns
            self.rows = rows
        }
    }
}

extension TerminalMessage.FromClient: Described {
    package static let schema = Schema.object(
        "A text frame, or a body: exactly one of the fields is set.",
        .optional("resize", .of(TerminalMessage.WindowSize.self), "The window has this size."),
        .optional("shown", .integer, "Everything up to this position is shown."),
    )
}

extension TerminalMessage.FromServer: Described {
    package static let schema = Schema.object(
        "A text frame or event: one of the fields is set, beside `typed` perhaps `fresh`.",
        .optional("remainingSeconds", .number, "Seconds left; sent on attach, after every change and each minute."),
        .optional("ended", .string, "The session is over, and why; the service closes next."),
        .optional("output", .of(TerminalMessage.Output.self), "Where the output that follows belongs."),
        .optional("typed", .integer, "So many bytes of this client were typed; sent on attach, and after input."),
        .optional("fresh", .boolean, "Nothing that the client sent before is to be sent again."),
        .optional(
            "presence",
            .of(TerminalMessage.Presence.self),
            "Who is at it; sent on attach, and when it changes.",
        ),
        .optional(
            "recorded",
            .choice("output", "input"),
            "What of it is recorded: the output, or what is typed, too.",
        ),
        .optional(
            "size",
            .of(TerminalMessage.WindowSize.self),
            "The size of its window, which is that of whoever typed last.",
        ),
    )
}

extension TerminalMessage.Output: Described {
    package static let schema = Schema.object(
        "Where output belongs.",
        .required("position", .integer, "Bytes after the next `redraw` ones are counted from here."),
        .required("redraw", .integer, "So many bytes bring any screen to what is shown at the position."),
        .optional("skipped", .integer, "So many bytes are never shown, because the client was too slow."),
    )
}

extension TerminalMessage.Presence: Described {
    package static let schema = Schema.object(
        "Who is at a terminal: opaque ids of people, each once.",
        .required("watchers", .array(.string), "Those who look on."),
        .required("drivers", .array(.string), "Those who may type."),
    )
}

extension TerminalMessage.WindowSize: Described {
    package static let schema = Schema.object(
        "A terminal window's size in character cells.",
        .required("columns", .integer(1...1000), "Width."),
        .required("rows", .integer(1...1000), "Height."),
    )
}

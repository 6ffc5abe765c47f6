/// What the two ends of `GET /api/v1/sessions/{id}/terminals` (WebSocket) tell each other in *text* frames, as JSON
/// with exactly one of the fields set.
///
/// *Binary* frames carry the terminal's bytes in both directions.
///
/// The query's `terminal` is a number from 0 to 15, or ``console``; without it the service chooses. `columns` and `rows` are
/// the window's size.
package enum TerminalMessage {
    /// What `terminal` is for the serial console.
    package static let console = "console"

    /// From the person's side.
    package struct FromClient: Codable, Sendable, Equatable {
        /// The window has this size.
        package var resize: WindowSize?

        /// Makes a message.
        package init(resize: WindowSize? = nil) { self.resize = resize }
    }

    /// From the service's side.
    package struct FromServer: Codable, Sendable, Equatable {
        /// Seconds left; sent on attach, after every change and at least once a minute.
        package var remainingSeconds: Double?
        /// The session is over, and why; the service closes next.
        package var ended: String?

        /// Makes a message.
        package init(remainingSeconds: Double? = nil, ended: String? = nil) {
            self.remainingSeconds = remainingSeconds
            self.ended = ended
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

package import SessionModel

/// What somebody at a terminal gets to know, in order.
package enum TerminalEvent: Sendable, Equatable {
    /// What the terminal shows next.
    case output([UInt8])
    /// Output is counted from `position` on, after `redraw` has brought any screen to what is shown there; `skipped` bytes
    /// are never shown.
    case screen(position: Int64, redraw: [UInt8], skipped: Int64)
    /// So many bytes of this client were accepted; when fresh, nothing that it sent before is to be sent again.
    case typed(Int64, isFresh: Bool)
    /// What is done here is recorded.
    case recorded(Recorded)
    /// Who is there.
    case presence(Presence)
    /// The terminal's window has this size.
    case size(WindowSize)

    /// What a recording has.
    package enum Recorded: String, Sendable {
        /// What the terminal shows.
        case output
        /// And what is typed.
        case input
    }
}

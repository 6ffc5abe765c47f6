import SessionModel

/// All that a terminal shows and how it behaves, as a value.
struct ScreenContents: Sendable, Equatable {
    /// A place on the screen, counted from 0.
    struct Position: Sendable, Equatable {
        var row = 0
        var column = 0
    }

    /// One character's place.
    struct Cell: Sendable, Equatable {
        static let blank = Cell()
        /// A character with what combines with it.
        var text = " "
        /// Whether it takes the next place too, which then is left out of the row.
        var isWide = false
        var style = ScreenStyle()
    }

    /// A cursor that a program put aside.
    struct SavedCursor: Sendable, Equatable {
        var position: Position
        var style: ScreenStyle
    }

    /// The main screen while the alternate one shows.
    struct Hidden: Sendable, Equatable {
        var rows: [[Cell]]
        var saved: SavedCursor?
    }

    var size: WindowSize
    /// What is shown, without blanks at the ends of rows.
    var rows: [[Cell]]
    var cursor = Position()
    var pen = ScreenStyle()
    var saved: SavedCursor?
    var hidden: Hidden?
    var modes = ScreenModes()
    /// Printable, and at most ``TerminalScreen/titleLimit`` characters; `nil` when none was set.
    var title: String?

    /// Plain text, one line per row, without blanks at the ends.
    var lines: [String] { rows.map(Self.text) }

    /// The text of one row, likewise.
    static func text(of row: [Cell]) -> String {
        let text = row.map(\.text).joined()
        return String(text[..<(text.lastIndex { $0 != " " }.map(text.index(after:)) ?? text.startIndex)])
    }
}

/// A position in a text, counted as YAML counts: lines and columns from 1, a column is a Unicode scalar.
struct TextPosition: Sendable, Equatable {
    private(set) var line = 1
    private(set) var column = 1
    private var afterReturn = false

    /// The beginning of a text.
    init() {}

    /// Steps over one scalar.
    mutating func advance(over scalar: Unicode.Scalar) {
        switch scalar {
        case "\n" where afterReturn: afterReturn = false
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
            line += 1
            column = 1
            afterReturn = scalar == "\r"
        default:
            column += 1
            afterReturn = false
        }
    }

    /// The index in a text of a line and column; `nil` when the text has no such place.
    static func index(ofLine line: Int, column: Int, in text: String) -> String.Index? {
        var position = TextPosition()
        for index in text.unicodeScalars.indices {
            if position.line == line, position.column == column { return index }
            guard position.line <= line else { return nil }
            position.advance(over: text.unicodeScalars[index])
        }
        return nil
    }
}

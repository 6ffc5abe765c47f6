/// Text from elsewhere made safe to show: titles, file names and messages must not steer the terminal.
enum PlainText {
    /// The text with control characters replaced by a visible sign; line feeds may stay.
    static func clean(_ text: String, keepingLines: Bool = false) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if keepingLines && scalar == "\n" {
                result.append(scalar)
            } else {
                result.append(isControl(scalar) ? "\u{FFFD}" : scalar)
            }
        }
        return String(result)
    }

    /// JSON with what may stand in it and steers a terminal written as escapes: to programs it says the same.
    static func json(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { isControl($0) && $0 != "\n" }) else { return text }
        return text.unicodeScalars.map { scalar in
            // A line feed is between values: in them it is an escape already.
            guard isControl(scalar), scalar != "\n" else { return String(scalar) }
            return String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }.joined()
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        // Format characters include those that turn the direction of text round.
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

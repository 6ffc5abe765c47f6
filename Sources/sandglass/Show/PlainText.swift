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

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        // Format characters include those that turn the direction of text round.
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

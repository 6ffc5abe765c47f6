/// Text from a screen as it may leave the service: nothing in it steers a terminal or turns the direction of text.
enum ShownText {
    /// The text with a sign in place of each control character, and without characters that have no shape.
    static func safe(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { sign(for: $0) != $0 }) else { return text }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: text.unicodeScalars.compactMap(sign))
        return String(result)
    }

    /// The beginning of a text that has at most so many bytes of UTF-8.
    static func prefix(_ text: String, _ limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: limit)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }

    private static func sign(for scalar: Unicode.Scalar) -> Unicode.Scalar? {
        guard scalar.value >= 0x7F || scalar.value < 0x20 else { return scalar }
        return switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: "\u{FFFD}"
        case .format: nil
        default: scalar
        }
    }
}

/// Texts for people, made to fit what a lab may say.
enum Prose {
    /// A text without what a lab may not hold: control characters, byte order marks, empty lines around it.
    static func clean(_ text: String) -> String {
        let plain = text.unicodeScalars.filter { scalar in
            scalar.value >= 0x20 && scalar.value != 0x7F && scalar.value != 0xFEFF || scalar == "\n" || scalar == "\t"
        }
        let lines = String(String.UnicodeScalarView(plain)).split(separator: "\n", omittingEmptySubsequences: false)
        let isBlank = { (line: Substring) in line.allSatisfy(\.isWhitespace) }
        let rest = lines.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        var clean = rest.joined(separator: "\n")
        while clean.last?.isWhitespace == true { clean.removeLast() }
        return clean
    }

    /// A text on one line.
    static func line(_ text: String, longest: Int) -> String {
        let words = clean(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return String(String.UnicodeScalarView(words.unicodeScalars.prefix(longest)))
            .split(separator: " ").joined(separator: " ")
    }

    /// The beginning of a text that is too long, cut at the end of a line where there is one.
    static func cut(_ text: String, longest: Int) -> String {
        guard text.unicodeScalars.count > longest else { return text }
        let beginning = String(String.UnicodeScalarView(text.unicodeScalars.prefix(longest)))
        guard let end = beginning.lastIndex(of: "\n"), end > beginning.startIndex else { return clean(beginning) }
        return clean(String(beginning[..<end]))
    }
}

/// Where something stands in a definition file, and under which key.
struct SourcePlace: Sendable, Equatable {
    /// Line, from 1.
    var line: Int
    /// Column, from 1.
    var column: Int
    /// Path of keys from the top; empty for the file as a whole.
    var path: String

    /// The beginning of a file.
    static let start = SourcePlace(line: 1, column: 1, path: "")

    /// The path of a key under this place.
    func path(to key: String) -> String {
        let shown = key.displayed
        return path.isEmpty ? shown : "\(path).\(shown)"
    }

    /// The path of an item of the list at this place.
    func path(to index: Int) -> String { "\(path)[\(index)]" }
}

extension String {
    /// The text as it may be printed on a terminal: no control characters, not longer than a line.
    var displayed: String {
        var text = ""
        for scalar in unicodeScalars.prefix(60) {
            if Self.hidden.contains(scalar.properties.generalCategory) {
                text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return unicodeScalars.dropFirst(60).isEmpty ? text : text + "…"
    }

    private static let hidden: Set<Unicode.GeneralCategory> = [
        .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned,
    ]

    /// The text in quotation marks, as it may be printed.
    var quoted: String { "\"\(displayed)\"" }
}

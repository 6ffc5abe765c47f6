import Yams

/// Keys that stand more than once beside each other.
///
/// The parser gives up at the first such pair, which would hide every other error of the file. So the earlier key of
/// the pair has its first character replaced by one that nobody writes (from Unicode's private use area; no position
/// moves) and the text is parsed again; whoever walks the tree reads the keys through ``original(_:)``.
struct RepeatedKeys {
    private static let first: UInt32 = 0xF0000
    private static let most = 20
    private var replaced: [Unicode.Scalar] = []

    /// Marks the key at a position.
    ///
    /// - Returns: The text to parse next; `nil` when that cannot be done or was done too often.
    mutating func marking(at mark: Mark, in text: String) -> String? {
        guard replaced.count < Self.most,
            let stand = Unicode.Scalar(Self.first + UInt32(replaced.count)),
            var index = TextPosition.index(ofLine: mark.line, column: mark.column, in: text)
        else { return nil }
        if text.unicodeScalars[index] == "\"" || text.unicodeScalars[index] == "'" {
            index = text.unicodeScalars.index(after: index)
        }
        guard index < text.endIndex, text.unicodeScalars[index].properties.isAlphabetic else { return nil }
        replaced.append(text.unicodeScalars[index])
        var marked = String.UnicodeScalarView(text.unicodeScalars[..<index])
        marked.append(stand)
        marked.append(contentsOf: text.unicodeScalars[text.unicodeScalars.index(after: index)...])
        return String(marked)
    }

    /// The key as it is written in the file.
    func original(_ key: String) -> String {
        guard let stand = key.unicodeScalars.first, stand.value >= Self.first,
            replaced.indices.contains(Int(stand.value - Self.first))
        else { return key }
        return String(replaced[Int(stand.value - Self.first)]) + String(key.unicodeScalars.dropFirst())
    }
}

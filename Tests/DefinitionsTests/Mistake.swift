import Testing

/// A change to a text that is right, and what must be said about it.
struct Mistake: Sendable, CustomTestStringConvertible {
    /// What is taken out.
    let original: String
    /// What is put in its place.
    let replacement: String
    /// What must be reported, in order, without the name of the file.
    let expected: [String]

    init(_ original: String, _ replacement: String, _ expected: String...) {
        self.original = original
        self.replacement = replacement
        self.expected = expected
    }

    /// The text with the mistake in it; the original must be there exactly once.
    func text(of right: String) throws -> String {
        try #require(right.ranges(of: original).count == 1, "\"\(original)\" must be in the text exactly once")
        return right.replacing(original, with: replacement)
    }

    var testDescription: String { "\"\(original)\" → \"\(replacement)\"" }
}

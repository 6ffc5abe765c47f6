import SessionModel

/// What the part `vars` of a lab says.
enum LabVariableSchema {
    /// All variables, by name.
    static let all = Schema<[LabVariable]>.named(
        kind,
        key: Shape.TextRule(
            words: "lower-case letters, digits and _, beginning with a letter, 32 at most",
            pattern: "^[a-z][a-z0-9_]*$",
            longest: 32,
        ),
        isName: isName,
        count: 0...50,
    ) { name, kind in LabVariable(name, kind) }

    private static let kind = Schema<LabVariable.Kind>.object([random, oneOf, length, from, to]) {
        object throws(ObjectReading.Incomplete) in
        let (random, texts) = (try object.value(random), try object.value(oneOf))
        let (length, from, to) = (try object.value(length), try object.value(from), try object.value(to))
        func refuse(_ message: String) throws(ObjectReading.Incomplete) -> LabVariable.Kind {
            object.report.add(message, at: object.place)
            throw ObjectReading.Incomplete()
        }
        switch (random, texts) {
        case (nil, nil), (.some, .some): return try refuse("needs either random or oneOf")
        case (nil, let texts?):
            guard length == nil, from == nil, to == nil else { return try refuse("oneOf goes with no other key") }
            return .oneOf(texts)
        case (.hex, nil):
            guard let length, from == nil, to == nil else {
                return try refuse("random: hex needs length and nothing else")
            }
            return .hex(length: length)
        case (.number, nil):
            guard let from, let to, length == nil else { return try refuse("random: number needs from and to") }
            guard from <= to else { return try refuse("from must not be more than to") }
            return .number(from...to)
        case (.port, nil), (.username, nil):
            guard length == nil, from == nil, to == nil else {
                return try refuse("random: port and username need no other key")
            }
            return random == .port ? .port : .username
        }
    }

    private enum Source: String, CaseIterable { case port, username, hex, number }

    private static let random = Field(
        optional: "random",
        Schema<Source>.choice(),
        "What is drawn: a port from 20000 to 29999, a name for an account, hexadecimal digits, or a number.",
    )
    private static let oneOf = Field(
        optional: "oneOf",
        Schema<[String]>.list(of: .line(longest: 200), count: 2...100),
        "One of these is drawn.",
    )
    private static let length = Field(optional: "length", .integer(in: 1...64), "How many digits; for hex.")
    private static let numbers = -1_000_000_000...1_000_000_000
    private static let from = Field(optional: "from", .integer(in: numbers), "The smallest number.")
    private static let to = Field(optional: "to", .integer(in: numbers), "The largest number.")

    @Sendable
    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 32 else { return false }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        return letters.contains(first)
            && text.utf8.allSatisfy { byte in
                letters.contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "_")
            }
    }
}

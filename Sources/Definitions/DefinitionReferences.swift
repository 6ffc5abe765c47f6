package import SessionModel

/// The references of definition files for people, made from the same values that check the files.
package enum DefinitionReferences {
    /// The reference of a kind of files, in Markdown; the same text every time, with a final line break.
    package static func markdown(for kind: DefinitionKind) -> String {
        let introduction = """
            # Keys of \(kind.article) \(kind.noun)

            \(kind.purpose): `\(kind.place)`. All keys are here; any other is an error. How they are used:
            [\(kind.guide)](\(kind.guide)).

            A name is \(Schema<String>.slugRule.words). In headings `[]` stands for each item of a
            list, and `NAME` for a key that you choose.

            This page is made from the code that checks the files, and a test compares the two.
            """
        let groups = Group.all(in: kind.shape, at: "").map(\.section)
        return ([introduction] + groups).joined(separator: "\n\n") + "\n"
    }
}

extension DefinitionKind {
    fileprivate var article: String {
        switch self {
        case .policy, .lab: "a"
        case .image: "an"
        }
    }

    /// The page that tells how its files are written.
    fileprivate var guide: String {
        switch self {
        case .policy: "policies.md"
        case .lab: "writing-labs.md"
        case .image: "images.md"
        }
    }
}

/// The keys of one object, which are one table.
private struct Group {
    /// Where it stands; empty for the file itself.
    let path: String
    let keys: [Shape.Key]

    /// All groups of a shape: each before those inside it, in the order in which keys are checked.
    static func all(in shape: Shape, at path: String) -> [Group] {
        switch shape {
        case .object where shape.translation != nil: []
        case .object(let keys):
            [Group(path: path, keys: keys)] + keys.flatMap { all(in: $0.shape, at: $0.path(below: path)) }
        case .list(let item, _, _): all(in: item, at: Shape.item(of: path))
        case .map(let value, _, _): all(in: value, at: Shape.member(of: path))
        case .constant, .choice, .text, .integer, .boolean: []
        }
    }

    /// The table, under the path as a heading.
    var section: String {
        let heading = path.isEmpty ? [] : ["## `\(path)`", ""]
        let head = ["| Key | What it is | Value | When absent |", "|---|---|---|---|"]
        return (heading + head + keys.map(row)).joined(separator: "\n")
    }

    private func row(_ key: Shape.Key) -> String {
        let value = [key.shape.words(at: key.path(below: path)), key.limits].filter { !$0.isEmpty }
        let cells = ["`\(key.name)`", key.meaning, value.joined(separator: ". "), key.absence]
        return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }
}

extension Shape.Key {
    fileprivate func path(below path: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    fileprivate var absence: String {
        switch fallback {
        case nil: isRequired ? "an error" : "–"
        case .string(let text): "`\(text)`"
        case .some(let value): "`\(value.text)`"
        }
    }
}

extension Shape {
    fileprivate static func item(of path: String) -> String { "\(path)[]" }

    fileprivate static func member(of path: String) -> String { "\(path).NAME" }

    /// What both languages of a text are, where the shape is that of one: it is said in one cell.
    fileprivate var translation: Shape? {
        guard case .object(let keys) = self, keys.map(\.name) == Lab.languages else { return nil }
        return keys.first?.shape
    }

    /// What a value is; a group is a link to its table.
    fileprivate func words(at path: String) -> String {
        switch self {
        case .constant(let text): return "`\(text)`"
        case .choice(let texts):
            let quoted = texts.map { "`\($0)`" }
            guard let last = quoted.last, quoted.count > 1 else { return quoted.joined() }
            return "\(quoted.dropLast().joined(separator: ", ")) or \(last)"
        case .text(let rule): return rule.sentence
        case .integer(let range): return "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: return "`true` or `false`"
        case .list(let item, let count, let unique):
            let items = unique ? "different items" : "items"
            return "\(count.lowerBound) to \(count.upperBound) \(items), each \(item.words(at: Self.item(of: path)))"
        case .map(let value, let key, let count):
            let (keys, each) =
                count == 1...1 ? ("one key", "it") : ("\(count.lowerBound) to \(count.upperBound) keys", "each")
            return "\(keys): \(key.sentence), with \(value.words(at: Self.member(of: path))) under \(each)"
        case .object:
            if let translation { return "`en` and, if you like, `fr`: \(translation.words(at: path))" }
            let anchor = path.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "-" }
            return "[a group](#\(anchor))"
        }
    }
}

extension Shape.TextRule {
    /// The words with the longest length, unless they tell it; what a name is, is told once.
    fileprivate var sentence: String {
        guard pattern != Schema<String>.slugRule.pattern else { return "a name" }
        guard let longest, !words.hasSuffix("at most") else { return words }
        return "\(words), \(longest) characters at most"
    }
}

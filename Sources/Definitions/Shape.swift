/// What a value must look like: the part of a schema that can be written down for editors.
indirect enum Shape: Sendable {
    /// Exactly this text.
    case constant(String)
    /// One of these texts.
    case choice([String])
    /// Text.
    case text(TextRule)
    /// A whole number.
    case integer(ClosedRange<Int>)
    /// `true` or `false`.
    case boolean
    /// A list.
    case list(of: Shape, count: ClosedRange<Int>, unique: Bool)
    /// An object whose keys are names chosen by the author.
    case map(of: Shape, key: TextRule, count: ClosedRange<Int>)
    /// An object with the given keys and no others.
    case object([Key])

    /// What a text must look like.
    struct TextRule: Sendable {
        /// The same in words that go after "expected"; empty where they are said elsewhere.
        var words = ""
        /// A regular expression in the dialect of JSON Schema; `nil` when any text does.
        var pattern: String?
        /// Scalars at least.
        var shortest = 1
        /// Scalars at most.
        var longest: Int?
    }

    /// A key of an object.
    struct Key: Sendable {
        /// Its name.
        var name: String
        /// What it means, in a sentence or two.
        var meaning: String
        /// Whether it must be there.
        var isRequired: Bool
        /// What holds when it is absent; `nil` when nothing does.
        var fallback: JSONText?
        /// What its value must be, beyond the shape, in words; empty when there is nothing to add.
        var limits: String
        /// What its value must look like.
        var shape: Shape
    }

    /// The shape as a JSON Schema (draft 2020-12).
    var schema: JSONText { .object(members) }

    private var members: [(key: String, value: JSONText)] {
        switch self {
        case .constant(let text): [("const", .string(text))]
        case .choice(let texts): [("enum", .array(texts.map(JSONText.string)))]
        case .text(let rule): [("type", .string("string"))] + rule.members
        case .integer(let range):
            [
                ("type", .string("integer")), ("minimum", .integer(range.lowerBound)),
                ("maximum", .integer(range.upperBound)),
            ]
        case .boolean: [("type", .string("boolean"))]
        case .list(let item, let count, let unique):
            [
                ("type", .string("array")), ("items", item.schema), ("minItems", .integer(count.lowerBound)),
                ("maxItems", .integer(count.upperBound)), ("uniqueItems", .boolean(unique)),
            ]
        case .map(let value, let key, let count):
            [
                ("type", .string("object")), ("propertyNames", .object(key.members)),
                ("additionalProperties", value.schema), ("minProperties", .integer(count.lowerBound)),
                ("maxProperties", .integer(count.upperBound)),
            ]
        case .object(let keys):
            [
                ("type", .string("object")), ("properties", .object(keys.map { ($0.name, $0.schema) })),
                ("required", .array(keys.filter(\.isRequired).map { .string($0.name) })),
                ("additionalProperties", .boolean(false)),
            ]
        }
    }
}

extension Shape.TextRule {
    fileprivate var members: [(key: String, value: JSONText)] {
        var members: [(key: String, value: JSONText)] = []
        if let pattern { members.append(("pattern", .string(pattern))) }
        members.append(("minLength", .integer(shortest)))
        if let longest { members.append(("maxLength", .integer(longest))) }
        return members
    }
}

extension Shape.Key {
    fileprivate var schema: JSONText {
        let words = limits.isEmpty ? meaning : "\(meaning) \(limits)"
        var members: [(key: String, value: JSONText)] = [("description", .string(words))]
        if let fallback { members.append(("default", fallback)) }
        guard case .object(let rest) = shape.schema else { return .object(members) }
        return .object(members + rest)
    }
}

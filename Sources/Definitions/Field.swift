/// A key of an object: its name, whether it must be there, what its value must be, and what it means.
struct Field<Value: Sendable>: Sendable {
    /// The key as it is written in files and shown to editors.
    let key: Shape.Key
    /// What holds when the key is absent; `nil` when it must be there.
    let fallback: Value?
    /// Reads its value.
    let read: @Sendable (Element, inout Report) -> Value?
    /// What its value must be, in words.
    let expected: String

    /// A key that must be there.
    init(_ name: String, _ schema: Schema<Value>, _ meaning: String) {
        self.init(name, schema, meaning, isRequired: true, fallback: nil, written: nil, read: schema.read)
    }

    /// A key that may be absent and then has a value all the same.
    init(_ name: String, _ schema: Schema<Value>, default value: Value, _ meaning: String) where Value: Writable {
        self.init(
            name,
            schema,
            meaning,
            isRequired: false,
            fallback: value,
            written: value.written,
            read: schema.read,
        )
    }

    /// A key that may be absent; what that means is part of what the key means.
    init<Inner>(optional name: String, _ schema: Schema<Inner>, _ meaning: String) where Value == Inner? {
        self.init(name, schema, meaning, isRequired: false, fallback: .some(nil), written: nil) { element, report in
            schema.read(element, &report).map { .some($0) }
        }
    }

    private init<Inner>(
        _ name: String,
        _ schema: Schema<Inner>,
        _ meaning: String,
        isRequired: Bool,
        fallback: Value?,
        written: JSONText?,
        read: @escaping @Sendable (Element, inout Report) -> Value?,
    ) {
        key = Shape.Key(
            name: name,
            meaning: meaning,
            isRequired: isRequired,
            fallback: written,
            limits: schema.limits,
            shape: schema.shape,
        )
        self.fallback = fallback
        self.read = read
        expected = schema.expected
    }
}

/// A field, whatever its value is.
protocol AnyField: Sendable {
    /// The key as it is written in files and shown to editors.
    var key: Shape.Key { get }
    /// What its value must be, in words.
    var expected: String { get }
    /// Reads its value; `nil` when it is wrong, and then the report says why.
    func readAny(_ element: Element, report: inout Report) -> (any Sendable)?
}

extension Field: AnyField {
    func readAny(_ element: Element, report: inout Report) -> (any Sendable)? {
        read(element, &report).map { $0 as any Sendable }
    }
}

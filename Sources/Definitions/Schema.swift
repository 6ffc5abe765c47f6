/// What one part of a definition must be.
///
/// One value holds its shape, which editors are told, and the reading of a node, which yields the value or says what is
/// wrong. Whoever makes a schema makes both from the same arguments, so that they cannot disagree.
struct Schema<Value: Sendable>: Sendable {
    /// What it must look like.
    let shape: Shape
    /// What is expected, in words that go after "expected".
    let expected: String
    /// What it must be beyond its shape, as a sentence for editors; empty when there is nothing to add.
    let limits: String
    /// Reads a node; what is wrong is added to the report, and then there is no value.
    let read: @Sendable (Element, inout Report) -> Value?

    /// Makes a schema.
    init(
        _ shape: Shape,
        expected: String,
        limits: String = "",
        read: @escaping @Sendable (_ element: Element, _ report: inout Report) -> Value?,
    ) {
        self.shape = shape
        self.expected = expected
        self.limits = limits
        self.read = read
    }

    /// Makes a schema of something that is written as text.
    ///
    /// - Parameters:
    ///   - rule: What the text must look like.
    ///   - expected: What is expected, in words that go after "expected".
    ///   - limits: What it must be beyond that, as a sentence for editors.
    ///   - parse: Turns the text into the value, or says what is wrong with it, in words that go after it.
    /// - Returns: The schema.
    static func written(
        _ rule: Shape.TextRule,
        expected: String,
        limits: String = "",
        parse: @escaping @Sendable (_ text: String) -> Parsed<Value>,
    ) -> Schema {
        var rule = rule
        rule.words = expected
        return Schema(.text(rule), expected: expected, limits: limits) { element, report in
            guard case .text(let text) = element.content else {
                element.refuse(expected: expected, isText: true, report: &report)
                return nil
            }
            switch parse(text) {
            case .value(let value): return value
            case .wrong(let why):
                report.add("\(text.quoted) \(why)", at: element.place)
                return nil
            }
        }
    }
}

/// What became of a text.
enum Parsed<Value: Sendable>: Sendable {
    /// Its value.
    case value(Value)
    /// What is wrong with it.
    case wrong(String)
}

extension Element {
    /// Reports that the content is not what was expected.
    func refuse(expected: String, isText: Bool = false, report: inout Report) {
        var advice = ""
        switch content {
        case .integer, .number, .boolean: advice = isText ? "; if it is meant, put it in quotation marks" : ""
        case .nothing, .text, .list, .object, .tagged: break
        }
        report.add("\(content.words): expected \(expected)\(advice)", at: place)
    }
}

/// One XML element as a value.
///
/// Names are ours and written as they are; attribute values and text are data and escaped.
///
/// Characters that XML 1.0 cannot carry at all (most control characters) are written as they are, so that whoever reads
/// the document refuses it instead of reading something else.
struct Markup: Sendable {
    private let name: String
    private let attributes: KeyValuePairs<String, String>
    private let text: String?
    private let children: [Markup]

    /// Makes an element that holds other elements, or nothing.
    init(
        _ name: String,
        _ attributes: KeyValuePairs<String, String> = [:],
        @MarkupBuilder children: () -> [Markup] = { [] },
    ) {
        self.name = name
        self.attributes = attributes
        self.text = nil
        self.children = children()
    }

    /// Makes an element that holds text.
    init(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: some CustomStringConvertible) {
        self.name = name
        self.attributes = attributes
        self.text = text.description
        self.children = []
    }

    /// The element as a document: one element per line, indented by two spaces, ending in a line break.
    var document: String {
        var output = ""
        write(to: &output, indentation: "")
        return output
    }

    private func write(to output: inout String, indentation: String) {
        output += "\(indentation)<\(name)"
        for (key, value) in attributes { output += " \(key)=\"\(Self.escaped(value))\"" }
        if let text {
            output += ">\(Self.escaped(text))</\(name)>\n"
        } else if children.isEmpty {
            output += "/>\n"
        } else {
            output += ">\n"
            for child in children { child.write(to: &output, indentation: indentation + "  ") }
            output += "\(indentation)</\(name)>\n"
        }
    }

    private static func escaped(_ text: String) -> String {
        var output = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&apos;"
            // A parser turns these into plain spaces inside an attribute unless they are written as numbers.
            case "\t", "\n", "\r": output += "&#\(character.value);"
            default: output.unicodeScalars.append(character)
            }
        }
        return output
    }
}

/// Lets the children of an element be written one below the other, with `if`, `switch` and `for` among them.
@resultBuilder
enum MarkupBuilder {
    static func buildExpression(_ element: Markup) -> [Markup] { [element] }
    static func buildExpression(_ elements: [Markup]) -> [Markup] { elements }
    static func buildBlock(_ parts: [Markup]...) -> [Markup] { parts.flatMap(\.self) }
    static func buildOptional(_ part: [Markup]?) -> [Markup] { part ?? [] }
    static func buildEither(first part: [Markup]) -> [Markup] { part }
    static func buildEither(second part: [Markup]) -> [Markup] { part }
    static func buildArray(_ parts: [[Markup]]) -> [Markup] { parts.flatMap(\.self) }
}

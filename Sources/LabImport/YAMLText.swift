import SessionModel
import Yams

/// Writes texts as YAML that people can go on with.
enum YAMLText {
    /// A name of letters, digits and dashes, in quotation marks where it would be taken for something else.
    static func word(_ name: String) -> String {
        let isPlain = name.first?.isLetter == true && !["true", "false", "null"].contains(name)
        return isPlain ? name : "\"\(name)\""
    }

    /// A key and its text, as lines: a block that looks as the text does, or in quotation marks where it is short or has
    /// something in it that a block cannot hold.
    ///
    /// - Throws: ``Failure`` with `internal` when the emitter refuses the text.
    static func field(_ key: String, _ text: String, indent: Int) throws(Failure) -> [String] {
        let spaces = String(repeating: " ", count: indent)
        let scalars = text.unicodeScalars
        // The emitter writes characters beyond the first 65536 as numbers, which nobody could edit.
        let isBlock = (scalars.contains("\n") || scalars.contains { $0.value > 0xFFFF }) && fitsBlock(text)
        guard isBlock else { return ["\(spaces)\(key): \(try quoted(text))"] }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let indicator = text.hasPrefix(" ") ? "2" : ""
        return ["\(spaces)\(key): |\(indicator)-"] + lines.map { $0.isEmpty ? "" : "\(spaces)  \($0)" }
    }

    /// Whether a block gives back exactly the text.
    private static func fitsBlock(_ text: String) -> Bool {
        guard let first = text.first, first != "\n", first != "\t", text.last?.isWhitespace == false else {
            return false
        }
        return text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x09, 0x0A, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
                0x10000...:
                true
            default: false
            }
        }
    }

    private static func quoted(_ text: String) throws(Failure) -> String {
        do {
            let scalar = Node.Scalar(text, Tag(.str), .doubleQuoted)
            let written = try serialize(node: .scalar(scalar), width: -1, allowUnicode: true)
            return String(written.prefix { $0 != "\n" })
        } catch {
            throw Failure(.internal, "a text of the lab cannot be written as YAML", cause: error)
        }
    }
}

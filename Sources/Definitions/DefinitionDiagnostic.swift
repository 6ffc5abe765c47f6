/// One thing that is wrong in a definition file, and where.
package struct DefinitionDiagnostic: Sendable, Hashable {
    /// The file, as it was named by whoever asked.
    package let file: String
    /// Line in the file, from 1.
    package let line: Int
    /// Column in the line, from 1, counted in Unicode scalars.
    package let column: Int
    /// The key it is about, as a path from the top (`time.warn[2]`); empty when it is about the file as a whole.
    package let key: String
    /// What is wrong and what was expected, in plain words.
    package let message: String

    /// Makes a diagnostic from its parts.
    package init(file: String, line: Int, column: Int, key: String, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.message = message
    }
}

extension DefinitionDiagnostic: CustomStringConvertible {
    /// `file:line:column: key: message`, without the key when there is none.
    package var description: String {
        "\(file):\(line):\(column): \(key.isEmpty ? "" : "\(key): ")\(message)"
    }
}

extension DefinitionDiagnostic: Comparable {
    /// Whether the left one stands before the right one.
    package static func < (left: Self, right: Self) -> Bool {
        (left.file, left.line, left.column, left.key, left.message)
            < (right.file, right.line, right.column, right.key, right.message)
    }
}

package import SessionModel

/// Everything that is wrong with a definition; at least one diagnostic, in the order of the file.
package struct DefinitionErrors: Error, Sendable, Equatable {
    /// More than this many are counted, not listed.
    static let most = 100

    /// What is wrong.
    package let diagnostics: [DefinitionDiagnostic]

    /// Collects diagnostics: sorts them and drops repetitions; those beyond the hundredth are replaced by their number.
    ///
    /// - Parameters:
    ///   - diagnostics: What is wrong.
    ///   - unlisted: How much more is wrong.
    package init(_ diagnostics: [DefinitionDiagnostic], unlisted: Int = 0) {
        let sorted = Set(diagnostics).sorted()
        let left = sorted.count - Self.most + unlisted
        guard left > 0, let last = sorted.prefix(Self.most).last else {
            self.diagnostics = sorted
            return
        }
        let rest = DefinitionDiagnostic(
            file: last.file,
            line: last.line,
            column: last.column,
            key: "",
            message: "and \(left) more errors",
        )
        self.diagnostics = sorted.prefix(Self.most) + [rest]
    }

    /// The same as the failure that crosses ports: code `invalidDefinition`, one line for each diagnostic.
    package var failure: Failure { Failure(.invalidDefinition, description) }
}

extension DefinitionErrors: CustomStringConvertible {
    /// One line for each diagnostic.
    package var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}

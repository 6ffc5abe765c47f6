/// What became of every part of a source.
package struct ImportReport: Sendable, Equatable {
    /// What has a place in the lab, and which.
    package var mapped: [Part]
    /// What has none, and why.
    package var left: [Part]
    /// What an author should look at.
    package var notes: [String]

    /// A file of the source, or a key in it.
    package struct Part: Sendable, Equatable {
        /// The file's path below the source.
        package let file: String
        /// The key, as a path from the top; empty for the file as a whole.
        package let key: String
        /// What became of it, or why nothing did.
        package let outcome: String
    }

    /// The report as a Markdown text.
    func text(title: String, format: LabFormat) -> String {
        var lines = [
            "# Import of \(title)", "", "From \(format.noun). Nothing of it was dropped without a line here.", "",
        ]
        lines += ["## To look at", ""] + notes.map { "- \($0)" }
        lines += ["", "## What has no place in the lab", ""] + Self.list(left)
        lines += ["", "## What became of the rest", ""] + Self.list(mapped)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func list(_ parts: [Part]) -> [String] {
        guard !parts.isEmpty else { return ["Nothing."] }
        return parts.map { part in
            let key = part.key.isEmpty ? "" : " `\(part.key)`"
            return "- `\(part.file)`\(key): \(part.outcome)"
        }
    }
}

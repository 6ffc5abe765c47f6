import SessionModel

/// What one definition file says, and what is wrong with it.
struct DefinitionReading<Value: Sendable> {
    /// What it says; `nil` when something is wrong.
    private(set) var value: Value?
    /// What is wrong, and where everything stands.
    private(set) var report: Report

    /// Reads a text.
    ///
    /// - Parameters:
    ///   - schema: What it must be.
    ///   - text: The file's text.
    ///   - file: The file, as it is named in diagnostics.
    ///   - kind: What it should describe.
    ///   - name: What the place of the file says its id must be; `nil` when it says nothing.
    init(_ schema: Schema<Value>, text: String, file: String, kind: DefinitionKind, name: DefinitionName?) {
        report = Report(file: file)
        value = Self.read(schema, text: text, kind: kind, name: name, report: &report)
    }

    /// Everything that is wrong; only for readings that have no value or to which something was added.
    var errors: DefinitionErrors {
        if let errors = report.errors { return errors }
        var report = report
        report.add("the file cannot be read, and why is not known: this is a defect of Sandglass", at: .start)
        return DefinitionErrors(report.diagnostics)
    }

    /// Adds what only shows when the definition is held against others.
    mutating func add(_ message: String, at path: String) {
        report.add(message, at: report.place(of: path))
    }

    /// Puts in the place of the value what has become of it.
    mutating func replace(with value: Value) { self.value = value }

    /// The value.
    ///
    /// - Throws: ``DefinitionErrors`` when anything is wrong.
    func checked() throws(DefinitionErrors) -> Value {
        guard let value, report.errors == nil else { throw errors }
        return value
    }

    private static func read(
        _ schema: Schema<Value>,
        text: String,
        kind: DefinitionKind,
        name: DefinitionName?,
        report: inout Report,
    ) -> Value? {
        guard let document = YAMLDocument(text, report: &report) else { return nil }
        let expected = "a \(kind.word) that begins with \"apiVersion: \(DefinitionHeader.version)\""
        guard let node = document.root else {
            report.add("the file is empty: expected \(expected)", at: .start)
            return nil
        }
        let root = Element(root: node, repeatedKeys: document.repeatedKeys)
        guard case .object(let mapping) = root.content else {
            report.add("the file \(root.content.words): expected \(expected)", at: root.place)
            return nil
        }
        var known = Report(file: report.file)
        let members = root.members(of: mapping, report: &known)
        guard DefinitionHeader.admits(members, as: kind, report: &report) else { return nil }
        let value = schema.read(root, &report)
        if let name, let id = members.first(where: { $0.key == "id" })?.element, case .text(let text) = id.content {
            if let objection = name.objection(to: text) { report.add(objection, at: id.place) }
        }
        return report.diagnostics.isEmpty ? value : nil
    }
}

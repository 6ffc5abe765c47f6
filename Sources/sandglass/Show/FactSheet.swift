/// Names and values below each other: what there is to say about one thing.
struct FactSheet: Sendable {
    private var facts: [(name: String, value: String)] = []

    /// Adds a fact; one without a value is left out.
    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        facts.append((name, PlainText.clean(value)))
    }

    /// The sheet as lines.
    func lines() -> [String] {
        let width = facts.map { Table.width($0.name) }.max() ?? 0
        return facts.map { name, value in
            name + String(repeating: " ", count: width - Table.width(name) + 2) + value
        }
    }

    /// Prints the sheet as a result.
    func print() throws {
        for line in lines() { try Output.line(line) }
    }
}

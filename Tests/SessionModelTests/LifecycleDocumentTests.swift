import Foundation
import SessionModel
import Testing

@Suite("docs/lifecycle.md")
struct LifecycleDocumentTests {
    private static let document = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/lifecycle.md")

    /// The table as people read it: a row per call, a column per state.
    private static var table: String {
        let states = ExampleState.allCases
        var lines = ["| | " + states.map { "`\($0.rawValue)`" }.joined(separator: " | ") + " |"]
        lines.append("|---|" + String(repeating: "---|", count: states.count))
        for call in Call.allCases {
            let verdicts = states.map { LifecycleTable.verdict($0, call)?.description ?? "?" }
            lines.append("| **\(call.rawValue)** | " + verdicts.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n")
    }

    @Test("The table in the document is the one the state machine is tested against")
    func same() throws {
        let text = try String(contentsOf: Self.document, encoding: .utf8)
        let start = try #require(text.range(of: "<!-- table -->\n"))
        let end = try #require(text.range(of: "\n<!-- /table -->"))
        let found = start.upperBound <= end.lowerBound ? String(text[start.upperBound..<end.lowerBound]) : ""
        #expect(found == Self.table, "replace it by:\n\(Self.table)")
    }

    @Test("Every end reason and every kind of timeline line is explained", arguments: EndReason.allCases)
    func reasons(reason: EndReason) throws {
        let text = try String(contentsOf: Self.document, encoding: .utf8)
        #expect(text.contains("`\(reason.rawValue)`"))
    }
}

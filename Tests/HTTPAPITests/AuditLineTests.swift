import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("The audit log says what came of requests", .timeLimit(.minutes(1)))
struct AuditLineTests {
    @Test(
        "What ends badly leaves a line that says so, of what was asked for: at its end, where an answer goes on",
        arguments: [
            Ending("warm/build", #"{"lab":"first-steps","replacing":false}"#, ["warm.build", "first-steps", "done"]),
            Ending(
                "warm/build",
                #"{"lab":"first-steps","replacing":true}"#,
                ["warm.build", "first-steps", "failed", "snapshotUnusable"],
            ),
            Ending(
                "warm/build",
                #"{"lab":"second-steps","replacing":true}"#,
                ["warm.build", "second-steps", "failed", "notFound"],
            ),
            Ending("warm/build", "{}", nil),
            Ending("images/debian-13/build", #"{"replace":false}"#, ["image.build", "debian-13", "done"]),
            Ending("sessions/aaaaaaaaaa/end", "", ["session.end", "aaaaaaaaaa", "failed", "notFound"]),
            Ending("sessions/aaaaaaaaaa/terminals/stream", "", nil),
            Ending("sessions", #"{"lab":"nope"}"#, ["session.create", "failed", "notFound"]),
        ],
    )
    func ends(_ ending: Ending) async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let answer = try await served.answer("POST", "/api/v1/\(ending.path)", ending.body)
            let lines = try await served.people.entries(before: nil, limit: 10).entries.map { line in
                [line.action, line.object, line.outcome.rawValue, line.detail].filter { !$0.isEmpty }
            }
            #expect(lines == (ending.line.map { [$0] } ?? []), "\(answer.status): \(answer.body)")
        }
    }

    /// What is asked for, and the line that it leaves.
    struct Ending: Sendable {
        let path: String
        let body: String
        let line: [String]?

        init(_ path: String, _ body: String, _ line: [String]?) {
            (self.path, self.body, self.line) = (path, body, line)
        }
    }
}

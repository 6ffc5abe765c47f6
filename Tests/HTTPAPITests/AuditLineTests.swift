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
            Ending("warm/build", #"{"lab":"second-steps","replacing":true}"#, nil),
            Ending("warm/build", "{}", nil),
            Ending("images/debian-13/build", #"{"replace":false}"#, ["image.build", "debian-13", "done"]),
            Ending("sessions/aaaaaaaaaa/end", "", nil),
            Ending("sessions/aaaaaaaaaa/terminals/stream", "", nil),
            Ending("sessions", #"{"lab":"nope"}"#, nil),
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

    @Test("Nobody fills the log with what they may not do or what fails, however often they ask and for however much")
    func vain() async throws {
        try await ServedAPI.serving { served in
            let others = (0...VainRequests.perPerson).map { "nope\($0)" }
            for name in ["nope", "nope"] + others {
                #expect(try await served.answer("DELETE", "/api/v1/images/\(name)").status == 403)
            }
            #expect(try await served.answer("POST", "/api/v1/sessions/aaaaaaaaaa/end").status == 404)
            let lines = try await served.people.entries(before: nil, limit: 500).entries
            #expect(lines.count == VainRequests.perPerson)
            #expect(lines.count { $0.object == "nope" } == 1)
        }
    }

    @Test("What is asked for in vain is news once a minute; others, other things and other reasons are news beside it")
    func news() {
        let vain = VainRequests()
        func record(_ person: String, _ object: String, _ code: String, at seconds: Int64) -> AuditRecord {
            AuditRecord(
                at: Timestamp(milliseconds: seconds * 1000),
                actor: PersonID(person),
                origin: Origin(.token),
                action: .endSession,
                object: object,
                detail: code,
                outcome: .failed,
            )
        }
        #expect(vain.news(record("a", "x", "wrongState", at: 0)) != nil)
        #expect(vain.news(record("a", "x", "wrongState", at: 59)) == nil)
        #expect(vain.news(record("a", "y", "wrongState", at: 59)) != nil)
        #expect(vain.news(record("a", "x", "storage", at: 59)) != nil)
        #expect(vain.news(record("b", "x", "wrongState", at: 59)) != nil)
        #expect(vain.news(record("a", "x", "wrongState", at: 60)) != nil)
        let others = (0..<100).compactMap { vain.news(record("a", "\($0)", "wrongState", at: 60)) }
        #expect(others.count == VainRequests.perPerson - 1)
        let details = others.map(\.detail)
        #expect(details.last == "wrongState; more of this minute is left out")
        #expect(details.dropLast().allSatisfy { $0 == "wrongState" })
        #expect(vain.news(record("b", "x", "wrongState", at: 60)) != nil)
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

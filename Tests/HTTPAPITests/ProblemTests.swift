import APIContract
import Foundation
import SessionModel
import Testing

@testable import HTTPAPI

@Suite("Problems", .timeLimit(.minutes(1)))
struct ProblemTests {
    private static let document = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/errors.md")

    @Test("Every code has the status that docs/errors.md gives it", arguments: FailureCode.allCases)
    func status(of code: FailureCode) throws {
        let text = try String(contentsOf: Self.document, encoding: .utf8)
        let row = try #require(text.split(separator: "\n").first { $0.hasPrefix("| `\(code.rawValue)` |") })
        let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(Int(cells[2]) == code.status)
        #expect(Problem(Failure(code, "why")).status == code.status)
    }

    @Test("What is not ours to tell stays in the log")
    func foreign() {
        struct Secret: Error { let password = "hunter2" }
        let problem = Problem(Secret())
        #expect(problem.code == "internal")
        #expect(!problem.detail.contains("hunter2"))
        let wrapped = Problem(Failure(.storage, "the record cannot be written", cause: Secret()))
        #expect(wrapped.detail == "the record cannot be written")
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var method = "POST"
        var path = "/api/v1/sessions"
        var body = ""
        var role = Role.trainee
        let status: Int
        let code: FailureCode
        let says: String
    }

    static let mistakes = [
        Mistake(testDescription: "no route", path: "/api/v1/x", status: 404, code: .notFound, says: "no route has"),
        Mistake(
            testDescription: "no JSON",
            body: "{",
            status: 422,
            code: .invalidInput,
            says: "the body is not valid",
        ),
        Mistake(
            testDescription: "a key is missing",
            body: "{}",
            status: 422,
            code: .invalidInput,
            says: "lacks \"lab\"",
        ),
        Mistake(
            testDescription: "a key has the wrong type",
            body: #"{"lab":1}"#,
            status: 422,
            code: .invalidInput,
            says: "\"lab\" has the wrong type",
        ),
        Mistake(
            testDescription: "a body is too large",
            body: #"{"lab":""# + String(repeating: "x", count: 1 << 20) + #""}"#,
            status: 413,
            code: .invalidInput,
            says: "more than 1024 KiB",
        ),
        Mistake(
            testDescription: "a limit is out of range",
            method: "GET",
            path: "/api/v1/sessions?limit=501",
            status: 422,
            code: .invalidInput,
            says: "1 to 500",
        ),
        Mistake(
            testDescription: "a state does not exist",
            method: "GET",
            path: "/api/v1/sessions?state=asleep",
            status: 422,
            code: .invalidInput,
            says: "there is no state \"asleep\"",
        ),
        Mistake(
            testDescription: "a parameter is misspelt",
            method: "GET",
            path: "/api/v1/sessions?stat=ended",
            status: 422,
            code: .invalidInput,
            says: "the query says \"stat\", which nothing here is called; there are state, person, cursor, limit",
        ),
        Mistake(
            testDescription: "a filter is nobody",
            method: "GET",
            path: "/api/v1/sessions?person=nobody",
            role: .operator,
            status: 422,
            code: .invalidInput,
            says: "there is no person \"nobody\"",
        ),
    ]

    @Test("A request that is wrong is answered with a problem that says how", arguments: mistakes)
    func mistake(_ mistake: Mistake) async throws {
        try await ServedAPI.serving(as: mistake.role) { served in
            let answer = try await served.answer(mistake.method, mistake.path, mistake.body)
            #expect(answer.status == mistake.status)
            let problem = try answer.problem()
            #expect(problem.code == mistake.code.rawValue)
            #expect(problem.status == mistake.status)
            #expect(problem.detail.contains(mistake.says))
        }
    }
}

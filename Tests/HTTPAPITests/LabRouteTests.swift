import APIContract
import Foundation
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Labs and grading over HTTP", .timeLimit(.minutes(1)))
struct LabRouteTests {
    @Test(
        "Drafts, tests, publication and grading again are for operators",
        arguments: [
            ("PUT", "drafts/x", #"{"files":{}}"#), ("POST", "drafts/x/tests", ""), ("POST", "labs/x/tests", ""),
            ("POST", "drafts/x/publication", ""), ("POST", "sessions/abcdefgh23/grade", #"{"why":"w"}"#),
        ],
    )
    func forbidden(_ method: String, _ path: String, _ body: String) async throws {
        try await ServedAPI.serving(as: .trainee) { served in
            let answer = try await served.answer(method, "/api/v1/\(path)", body)
            #expect(answer.status == 403)
            #expect(try answer.problem().code == "forbidden")
        }
    }

    @Test("A draft of a lab that does not exist is not found, and one that was not proven is not published")
    func absent() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            for path in ["drafts/none/publication", "drafts/No%20Name/publication"] {
                let answer = try await served.answer("POST", "/api/v1/\(path)", "")
                #expect(answer.status == 404)
            }
            let tests = try await served.answer("POST", "/api/v1/labs/none/tests", "")
            #expect(tests.body.contains(#""code":"notFound""#))
            let session = try await served.readySession()
            let unproven = try await served.answer("POST", "/api/v1/drafts/\(session.lab)/publication", "")
            #expect(try unproven.problem().code == "wrongState")
            let kept = try await served.answer("PUT", "/api/v1/drafts/\(session.lab)", #"{"files":{"lab.yaml":""}}"#)
            #expect(kept.status == 200 && kept.body.contains("\"id\":\"\(session.lab)\""))
        }
    }

    @Test("A session that goes on is not graded again, and an edition must be one")
    func grade() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let session = try await served.readySession()
            let path = "/api/v1/sessions/\(session.id)/grade"
            #expect(try await served.answer("POST", path, #"{"why":"w"}"#).body.contains(#""code":"wrongState""#))
            let wrong = try await served.answer("POST", path, #"{"why":"w","edition":"last"}"#)
            #expect(wrong.status == 422)
        }
    }
}

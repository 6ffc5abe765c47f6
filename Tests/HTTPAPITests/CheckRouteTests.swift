import APIContract
import Foundation
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Checks over HTTP", .timeLimit(.minutes(1)))
struct CheckRouteTests {
    private func lines(_ body: String) throws -> [CheckProgressResource] {
        // Chunked: what is no JSON is the length of a chunk.
        try body.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("{") }
            .map { try JSONDecoder().decode(CheckProgressResource.self, from: Data($0.utf8)) }
    }

    @Test("A check tells each result, then how the session stands; what it said is for those who write labs")
    func check() async throws {
        for role in [Role.trainee, .author, .operator] {
            try await ServedAPI.serving(as: role) { served in
                let session = try await served.readySession()
                let path = "/api/v1/sessions/\(session.id)"
                await served.agents.endScripts(.exited(1))
                let found = try lines(try await served.answer("POST", "\(path)/checks", #"{"tasks":["serve"]}"#).body)
                #expect(found.map(\.checked?.verdict) == ["failed", nil])
                #expect(found.first?.checked?.output == (role == .trainee ? nil : "it broke"))
                let standing = try #require(found.last?.standing)
                #expect(standing.points == 0 && standing.total == 10 && standing.tasks.map(\.verdict) == ["failed"])
                #expect(try await served.value("GET", "\(path)/tasks") == standing)
            }
        }
    }

    @Test("What cannot be checked is a problem in the last line", arguments: [#"{"tasks":["x"]}"#])
    func refused(_ body: String) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            let answer = try await served.answer("POST", "/api/v1/sessions/\(session.id)/checks", body)
            #expect(try lines(answer.body).last?.problem?.code == "notFound")
        }
    }
}

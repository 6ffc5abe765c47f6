import SessionEngine
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Answers that go on", .timeLimit(.minutes(1)))
struct LongAnswerTests {
    @Test("A timeline is sent from where it was asked for, goes on live, and ends with its last line")
    func timeline() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            let first = try #require(await served.store.timeline(of: session.id, after: 0).first)
            try await RawConnection.connected(to: served.socket) { connection in
                let path = "/api/v1/sessions/\(session.id)/events?after=\(first.sequence)"
                try await connection.ask("GET", path, "", ["accept": "text/event-stream"])
                #expect(try await connection.head() == 200)
                let stored = try await connection.text(until: "event: ready\n")
                #expect(!stored.contains("event: requested"))
                #expect(stored.contains("event: admitted"))
                _ = try await served.commands.end(session.id, by: ServedAPI.me)
                try await connection.text(until: "event: ended\n")
                try await connection.text(until: "event: tornDown\n")
                try await connection.text(until: "0\r\n\r\n")
            }
        }
    }

    @Test("Who has the last line already gets an end and no line")
    func over() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            _ = try await served.commands.end(session.id, by: ServedAPI.me)
            try await eventually("it is not torn down") { try await served.state(of: session.id) == .tornDown }
            let last = try #require(await served.store.timeline(of: session.id, after: 0).last)
            let path = "/api/v1/sessions/\(session.id)/events?after=\(last.sequence)"
            let answer = try await served.answer("GET", path, headers: ["accept": "text/event-stream"])
            #expect(answer.status == 200)
            #expect(!answer.body.contains("event:"))
        }
    }

    @Test("Work on an image is stopped when nobody waits for it any more, at once and in the middle of a long step")
    func vanished() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            try await RawConnection.connected(to: served.socket) { connection in
                let body = #"{"path":"/disk.qcow2","title":"endless"}"#
                try await connection.ask("POST", "/api/v1/images/other/import", body, [:])
                try await connection.text(until: "testing")
            }
            try await eventually("the import goes on") { await served.images.cancelled == 1 }
        }
    }
}

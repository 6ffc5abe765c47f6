import APIContract
import Foundation
import SessionEngine
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Programs over WebSocket", .timeLimit(.minutes(1)))
struct ProgramRouteTests {
    /// Runs `body` at the route for programs of a session of mine that was ready before.
    private static func connected(
        _ body: (inout RawConnection, Session, ServedAPI) async throws -> Void
    ) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            try await RawConnection.connected(to: served.socket) { connection in
                try #require(try await connection.offerWebSocket("/api/v1/sessions/\(session.id)/exec") == 101)
                try await body(&connection, session, served)
            }
        }
    }

    @Test("What is written reaches the program, what it says comes back, and then how it ended")
    func cat() async throws {
        try await Self.connected { connection, session, served in
            #expect(try await served.state(of: session.id) == .ready)
            try await connection.send(
                .text,
                Array(#"{"run":{"arguments":["cat","-"],"environment":{"A":"b"},"timeoutSeconds":1.5}}"#.utf8),
            )
            try await connection.send(.binary, [0] + Array("hello".utf8))
            #expect(try await connection.next(.binary) == [1] + Array("hello".utf8))
            #expect(try await served.state(of: session.id) == .running)
            try await connection.send(.text, Array(#"{"endOfInput":true}"#.utf8))
            #expect(try await connection.heard { (message: ProgramMessage.FromServer) in message.ended }.status == 0)
            #expect(try await connection.next(.close) == [0x03, 0xE8])
            let program = try #require(await served.agents.started.first)
            #expect(
                program
                    == GuestProgram(["cat", "-"], environment: ["A": "b"], timeLimit: .milliseconds(1_500))
            )
        }
    }

    @Test("Errors come apart from output, and a status is told")
    func fail() async throws {
        try await Self.connected { connection, _, _ in
            try await connection.send(.text, Array(#"{"run":{"arguments":["fail"]}}"#.utf8))
            #expect(try await connection.next(.binary) == [2] + Array("oops".utf8))
            #expect(try await connection.heard { (message: ProgramMessage.FromServer) in message.ended }.status == 3)
        }
    }

    @Test(
        "What cannot be run is a problem, and the connection is closed",
        arguments: [
            (#"{"run":{"arguments":["nonsense"]}}"#, "notFound"), (#"{"run":{"arguments":[]}}"#, "invalidInput"),
            (#"{"run":{"arguments":["cat"],"machine":"attic"}}"#, "notFound"), ("{", "invalidInput"),
            (#"{"run":{"arguments":["cat"],"timeoutSeconds":-1}}"#, "invalidInput"),
            (#"{"endOfInput":true}"#, "invalidInput"),
        ],
    )
    func refused(_ message: String, _ code: String) async throws {
        try await Self.connected { connection, _, _ in
            try await connection.send(.text, Array(message.utf8))
            #expect(try await connection.heard { (message: ProgramMessage.FromServer) in message.problem }.code == code)
            _ = try await connection.next(.close)
        }
    }

    @Test("Bytes for another channel than the input end the program")
    func wrongChannel() async throws {
        try await Self.connected { connection, _, served in
            try await connection.send(.text, Array(#"{"run":{"arguments":["sleep"]}}"#.utf8))
            try await connection.send(.binary, [1, 0x78])
            let problem = try await connection.heard { (message: ProgramMessage.FromServer) in message.problem }
            #expect(problem.code == "invalidInput")
            #expect(await served.agents.closed == 1)
        }
    }

    @Test(
        "Who goes away, with a word or without, ends the program, also one that does not read what it was sent",
        arguments: ["sleep", "deaf"],
        [true, false],
    )
    func gone(program: String, politely: Bool) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            try await RawConnection.connected(to: served.socket) { connection in
                try #require(try await connection.offerWebSocket("/api/v1/sessions/\(session.id)/exec") == 101)
                try await connection.send(.text, Array(#"{"run":{"arguments":["\#(program)"]}}"#.utf8))
                for _ in 0..<8 {
                    try await connection.send(.binary, [UInt8](repeating: 0, count: 60_000))
                }
                try await eventually("it was not started") { await !served.agents.started.isEmpty }
                if politely { try await connection.send(.close, [0x03, 0xE8]) }
            }
            try await eventually("the program goes on") { await served.agents.closed == 1 }
        }
    }

    @Test("A session that is not ready has no programs, nor does a request that is no WebSocket")
    func notNow() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.runningSession()
            let path = "/api/v1/sessions/\(session.id)/exec"
            #expect(try await served.answer("GET", path).status == 422)
            _ = try await served.commands.end(session.id, by: ServedAPI.me)
            #expect(try await served.answer("GET", path, headers: HTTPAnswer.webSocketOffer).status == 409)
        }
    }
}

import APIContract
import SessionEngine
import SessionModel
import Terminal
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Terminals over WebSocket", .timeLimit(.minutes(1)))
struct TerminalRouteTests {
    /// Runs `body` at the terminal of a session of mine that was ready before.
    private static func attached(
        _ body: (inout RawConnection, Session, ServedAPI) async throws -> Void
    ) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            try await RawConnection.connected(to: served.socket) { connection in
                let status = try await connection.offerWebSocket(path(session) + "?columns=100&rows=30")
                try #require(status == 101)
                try await body(&connection, session, served)
            }
        }
    }

    private static func path(_ session: Session) -> String { "/api/v1/sessions/\(session.id)/terminals" }

    @Test(
        "A request that cannot become a terminal starts no deadline",
        arguments: [
            ("", [:]), ("?columns=0&rows=10", HTTPAnswer.webSocketOffer),
            ("?columns=wide&rows=10", HTTPAnswer.webSocketOffer),
            ("?terminal=16", HTTPAnswer.webSocketOffer), ("?terminal=serial", HTTPAnswer.webSocketOffer),
        ],
    )
    func refused(_ query: String, _ headers: [String: String]) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            let answer = try await served.answer("GET", Self.path(session) + query, headers: headers)
            #expect(answer.status == 422)
            #expect(try await served.state(of: session.id) == .ready)
        }
    }

    @Test("No more than 256 look at one terminal, and who is refused starts nothing")
    func full() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            let machine = try #require(session.machines.first).id
            for _ in 0..<TerminalHub.viewerLimit {
                let watcher = Visitor(ServedAPI.stranger.person, as: .watcher, isOwner: false)
                _ = try await served.terminals.attach(.init(machine, .shell(0)), as: watcher)
            }
            let answer = try await served.answer("GET", Self.path(session), headers: HTTPAnswer.webSocketOffer)
            #expect(answer.status == 503)
            #expect(try await served.state(of: session.id) == .ready)
        }
    }

    @Test("What is typed reaches the machine, what it says comes back, and the record has who was there")
    func typed() async throws {
        try await Self.attached { connection, session, served in
            #expect(try await served.state(of: session.id) == .running)
            try await connection.send(.binary, Array("hello\r".utf8))
            try await connection.shown("you said hello")
            try await connection.send(.close, [0x03, 0xE8])
            _ = try await connection.next(.close)
            try await eventually("the record does not say that they left") {
                let kinds = await served.store.timeline(of: session.id, after: 0).map(\.kind)
                return kinds.contains("attached") && kinds.contains("detached")
            }
        }
    }

    @Test(
        "A terminal is asked for by number or as the console",
        arguments: [("3", "agent$ "), ("console", "student@")],
    )
    func choice(_ name: String, _ prompt: String) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            try await RawConnection.connected(to: served.socket) { connection in
                let path = Self.path(session) + "?terminal=\(name)&columns=100&rows=30"
                try #require(try await connection.offerWebSocket(path) == 101)
                try await connection.send(.binary, Array("\r".utf8))
                try await connection.shown(prompt)
                let machine = try #require(session.machines.first).id
                #expect(await served.agents.sizes(at: 3, of: machine).isEmpty == (name == "console"))
            }
        }
    }

    @Test("Without an agent the console is taken and a line says so; a number is refused and starts nothing")
    func fallback() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            await served.agents.keepSilent()
            let refused = try await served.answer(
                "GET",
                Self.path(session) + "?terminal=0",
                headers: HTTPAnswer.webSocketOffer,
            )
            #expect(refused.status >= 400)
            #expect(try await served.state(of: session.id) == .ready)
            try await RawConnection.connected(to: served.socket) { connection in
                try #require(try await connection.offerWebSocket(Self.path(session)) == 101)
                try await connection.shown("serial console")
                try await connection.send(.binary, Array("\r".utf8))
                try await connection.shown("student@")
            }
        }
    }

    @Test("The time left is told at once, and an extension shows at once")
    func timeLeft() async throws {
        try await Self.attached { connection, session, served in
            #expect(try await connection.told(\.remainingSeconds) == 600)
            _ = try await served.commands.extend(session.id, by: .seconds(60), by: ServedAPI.me)
            while try await connection.told(\.remainingSeconds) != 660 {}
        }
    }

    @Test("The end is told with its reason before the connection is closed")
    func end() async throws {
        try await Self.attached { connection, session, served in
            _ = try await connection.told(\.remainingSeconds)
            _ = try await served.commands.end(session.id, by: ServedAPI.me)
            #expect(try await connection.told(\.ended) == "stopped")
            #expect(try await connection.next(.close) == [0x03, 0xE8])
        }
    }

    @Test("A record that cannot be written keeps nobody out of a session that runs, and no view is left behind")
    func unwritableRecord() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.runningSession()
            let machine = try #require(session.machines.first).id
            await served.store.refuseWrites(with: Failure(.storage, "the disk is full"))
            for _ in 0..<20 {
                try await RawConnection.connected(to: served.socket) { connection in
                    #expect(try await connection.offerWebSocket(Self.path(session)) == 101)
                    try await connection.send(.binary, Array("x\r".utf8))
                    try await connection.shown("you said x")
                    try await connection.send(.close, [0x03, 0xE8])
                    _ = try await connection.next(.close)
                }
            }
            try await eventually("views are left behind") {
                do { _ = try await served.terminals.place(at: machine) } catch { return false }
                return true
            }
        }
    }

    @Test("Pings are answered; a message is some 128 KiB at most, in one piece or in many; nonsense ends the stay")
    func limits() async throws {
        try await Self.attached { connection, _, _ in
            try await connection.send(.ping, Array("mark".utf8))
            #expect(try await connection.next(.pong) == Array("mark".utf8))
            try await connection.send(.binary, Array("in two ".utf8), isFinal: false)
            try await connection.send(.continuation, Array("pieces\r".utf8))
            try await connection.shown("you said in two pieces")
        }
        try await Self.attached { connection, _, _ in
            try await connection.send(.binary, [UInt8](repeating: 0x78, count: 131_137))
            #expect(try await connection.next(.close) == [0x03, 0xF1])
        }
        try await Self.attached { connection, _, _ in
            for opcode in [RawConnection.Opcode.binary, .continuation, .continuation] {
                try await connection.send(opcode, [UInt8](repeating: 0x78, count: 60_000), isFinal: false)
            }
            _ = try await connection.next(.close)
        }
        try await Self.attached { connection, _, _ in
            try await connection.send(.text, Array("{".utf8))
            #expect(try await connection.next(.close) == [0x03, 0xE8])
        }
    }
}

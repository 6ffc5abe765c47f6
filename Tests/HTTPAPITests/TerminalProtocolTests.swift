import APIContract
import Foundation
import SessionModel
import Terminal
import TestKit
import Testing

@testable import HTTPAPI

/// What a client that counts what it shows and types can rely on.
@Suite("Terminals that are left and come back to", .timeLimit(.minutes(1)))
struct TerminalProtocolTests {
    private static let client = "0123456789abcdef"

    private static func path(_ session: Session, _ rest: String) -> String {
        "/api/v1/sessions/\(session.id)/\(rest)"
    }

    /// Reads output from a place on, and what was said beside it, until something was shown.
    private static func shown(
        _ connection: inout RawConnection,
        until text: String,
    ) async throws -> (position: Int64, bytes: [UInt8], typed: Int64?) {
        let output = try await connection.told(\.output)
        var bytes: [UInt8] = []
        var typed: Int64?
        while !String(decoding: bytes, as: UTF8.self).contains(text) {
            let frame = try await connection.frame()
            switch frame.opcode {
            case .binary: bytes += frame.content
            case .text:
                let message = try JSONDecoder().decode(TerminalMessage.FromServer.self, from: Data(frame.content))
                typed = message.typed ?? typed
            default: break
            }
        }
        return (output.position - Int64(output.redraw), bytes, typed)
    }

    @Test("Who comes back after a cut misses nothing, sees nothing twice, and knows what was typed")
    func cut() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            let path = Self.path(session, "terminals?client=\(Self.client)&columns=80&rows=24")
            let before = try await RawConnection.connected(to: served.socket) { connection in
                try #require(try await connection.offerWebSocket(path) == 101)
                try await connection.send(.binary, Array("one\r".utf8))
                return try await Self.shown(&connection, until: "you said one")
            }
            let seen = before.position + Int64(before.bytes.count)
            let machine = try #require(session.machines.first).id
            await served.agents.say(Array("meanwhile".utf8), at: 0, of: machine)
            try await eventually("it is not shown") {
                await served.terminals.screen(of: .init(machine, .shell(0))).contains { $0.contains("meanwhile") }
            }
            try await RawConnection.connected(to: served.socket) { connection in
                try #require(try await connection.offerWebSocket(path + "&seen=\(seen)") == 101)
                #expect(try await connection.told(\.typed) == 4)
                let output = try await connection.told(\.output)
                #expect(output.position == seen && output.redraw == 0 && output.skipped == nil)
                var bytes: [UInt8] = []
                while !String(decoding: bytes, as: UTF8.self).contains("meanwhile") {
                    bytes += try await connection.next(.binary)
                }
                #expect(!String(decoding: bytes, as: UTF8.self).contains("you said one"))
            }
        }
    }

    @Test("Somebody who watches types nothing, starts no deadline, and is seen; who may not is not let in")
    func watch() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let session = try await served.readySession(of: ServedAPI.stranger)
            try await RawConnection.connected(to: served.socket) { connection in
                try #require(try await connection.offerWebSocket(Self.path(session, "watch")) == 101)
                let presence = try await connection.told(\.presence)
                #expect(presence == .init(watchers: [ServedAPI.person.description], drivers: []))
                try await connection.send(.binary, Array("mine\r".utf8))
                try await connection.send(.text, Array(#"{"resize":{"columns":5,"rows":5}}"#.utf8))
                let place = TerminalHub.Place(try #require(session.machines.first).id, .shell(0))
                let owner = Visitor(ServedAPI.stranger.person, isOwner: true)
                let viewer = try await served.terminals.attach(place, as: owner)
                await served.terminals.type(Array("yours\r".utf8), at: viewer)
                var shown = ""
                while !shown.contains("you said yours") {
                    shown += String(decoding: try await connection.next(.binary), as: UTF8.self)
                }
                #expect(!shown.contains("mine"))
                #expect(try await served.state(of: session.id) == .ready)
                await served.terminals.detach(viewer)
            }
        }
    }

    @Test("Machines are chosen by name; there is none of another name")
    func machines() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            let missing = try await served.answer(
                "GET",
                Self.path(session, "terminals?machine=other"),
                headers: HTTPAnswer.webSocketOffer,
            )
            #expect(missing.status == 404)
            try await RawConnection.connected(to: served.socket) { connection in
                #expect(try await connection.offerWebSocket(Self.path(session, "terminals?machine=box")) == 101)
                try await connection.shown("agent$ ")
            }
        }
    }

    @Test(
        "What is no number, no client and no position is refused and starts nothing",
        arguments: [
            "terminals?client=short", "terminals?seen=-1", "terminals?seen=x", "terminals/stream",
        ],
    )
    func refused(_ rest: String) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            let answer = try await served.answer(
                rest.hasSuffix("stream") ? "POST" : "GET",
                Self.path(session, rest),
                headers: rest.hasSuffix("stream") ? [:] : HTTPAnswer.webSocketOffer,
            )
            #expect(answer.status == 422)
            #expect(try await served.state(of: session.id) == .ready)
        }
    }

    @Test("Without WebSockets, events bring the terminal and requests type; what is sent twice is typed once")
    func stream() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            let input = Self.path(session, "terminals/input?client=\(Self.client)&at=")
            try await RawConnection.connected(to: served.socket) { connection in
                try await connection.ask(
                    "POST",
                    Self.path(session, "terminals/stream?client=\(Self.client)"),
                    "",
                    [:],
                )
                #expect(try await connection.head() == 200)
                try await connection.text(until: #""output":"#)
                for _ in 0..<2 {
                    let typed: TerminalMessage.FromServer = try await served.value("POST", input + "0", "hello\r")
                    #expect(typed == .init(typed: 6))
                }
                let gap = try await served.answer("POST", input + "9", "x")
                #expect(try gap.problem().code == "conflict" && gap.problem().detail.contains("6"))
                let state = Self.path(session, "terminals/state?client=\(Self.client)")
                let resize = #"{"resize":{"columns":70,"rows":20}}"#
                #expect(try await served.answer("POST", state, resize).status == 204)
                #expect(try await served.answer("POST", state, #"{"resize":{"columns":0,"rows":20}}"#).status == 422)
                var shown = ""
                while !shown.contains("you said hello") {
                    try await connection.text(until: "event: output\ndata: ")
                    let data = try await connection.text(until: "\n\n").trimmingCharacters(in: .newlines)
                    shown += String(decoding: try #require(Data(base64Encoded: data)), as: UTF8.self)
                }
                #expect(shown.components(separatedBy: "you said hello").count == 2)
                let machine = try #require(session.machines.first).id
                #expect(await served.agents.sizes(at: 0, of: machine).last == .init(columns: 70, rows: 20))
            }
            try await eventually("the client is still there when its stream is not") {
                try await served.answer("POST", input + "6", "x").status == 409
            }
        }
    }
}

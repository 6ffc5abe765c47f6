import Foundation
import NIOCore
import NIOEmbedded
import NIOWebSocket
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("WebSockets of who means no good, over TLS", .timeLimit(.minutes(5)))
struct TerminalAbuseTests {
    /// Runs `body` for a session of ann's, with a way to its terminal.
    private static func stage(
        _ body: (_ attach: Attach, _ served: ServedAPI) async throws -> Void
    ) async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let (ann, token) = try await served.person("ann", .trainee)
            let session = try await served.readySession(of: ann.principal)
            let attach = Attach(
                port: served.port.value,
                path: "/api/v1/sessions/\(session.id)/terminals?columns=100&rows=30",
                token: token.secret,
            )
            try await body(attach, served)
        }
    }

    private struct Attach {
        let port: Int
        let path: String
        let token: String

        /// Runs `body` at the terminal.
        func callAsFunction<Result: Sendable>(
            _ body: (inout RawConnection) async throws -> Result
        ) async throws -> Result {
            try await RawConnection.connected(toPort: port) { connection in
                let headers = HTTPAnswer.webSocketOffer.merging(["authorization": "Bearer \(token)"]) { $1 }
                try await connection.ask("GET", path, "", headers)
                try #require(try await connection.head() == 101)
                return try await body(&connection)
            }
        }

        /// Whether somebody else is served at the terminal.
        func isServed() async throws -> Bool {
            try await self { connection in
                try await connection.send(.binary, Array("still here\r".utf8))
                try await connection.shown("you said still here")
                return true
            }
        }
    }

    @Test("What breaks the protocol ends the connection, at its head and with the reason, and nobody else's")
    func broken() async throws {
        let mask: [UInt8] = [0, 0, 0, 0]
        let hundred = [UInt8](repeating: 0x78, count: 100)
        let tooBig: UInt16 = 1009
        let wrong: UInt16 = 1002
        // Of those that promise much, nothing but the head is sent.
        let frames: [(what: String, bytes: [UInt8], code: UInt16)] = [
            ("4 EiB", [0x82, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0] + mask, tooBig),
            (
                "more than there are numbers", [0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] + mask,
                tooBig,
            ),
            ("a byte too many", [0x82, 0xFF, 0, 0, 0, 0, 0, 2, 0, 65] + mask, tooBig),
            ("a large piece", [0x02, 0xFF, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF] + mask, tooBig),
            ("a long ping", [0x89, 0xFE, 0x01, 0x00] + mask + hundred + hundred + hundred, wrong),
            ("a ping in pieces", [0x09, 0x81] + mask + [0x78], wrong),
            ("a piece of nothing", [0x80, 0x81] + mask + [0x78], wrong),
            ("a message within another", [0x02, 0x81] + mask + [0x78] + [0x82, 0x81] + mask + [0x78], wrong),
            ("a frame without a mask", [0x82, 0x01, 0x78], wrong),
            ("a kind that is none", [0x83, 0x81] + mask + [0x78], wrong),
            ("a bit that means nothing", [0xC2, 0x81] + mask + [0x78], wrong),
        ]
        try await Self.stage { attach, served in
            for (what, bytes, code) in frames {
                let close = try await attach { connection in
                    try await connection.send(bytes)
                    return try await connection.next(.close)
                }
                #expect(close == [UInt8(code >> 8), UInt8(code & 0xFF)], "\(what)")
            }
            #expect(try await attach.isServed())
        }
    }

    @Test(
        "A message in pieces that never ends is not gathered for ever",
        // As many as break the limit, and none that would be on its way when the connection ends.
        arguments: [(0, 64), (1, 64), (4_000, 33)],
    )
    func endless(_ size: Int, _ count: Int) async throws {
        try await Self.stage { attach, _ in
            let close = try await attach { connection in
                try await connection.send(.binary, [0x78], isFinal: false)
                for _ in 0..<count {
                    try await connection.send(.continuation, [UInt8](repeating: 0x78, count: size), isFinal: false)
                }
                return try await connection.next(.close)
            }
            #expect(close == [0x03, 0xEA] || close == [0x03, 0xF1])
            #expect(try await attach.isServed())
        }
    }

    @Test("Whoever sends pings without end and reads no answer has none kept for them")
    func pings() throws {
        let channel = EmbeddedChannel(handler: WebSocketPartCodec())
        let ping = WebSocketFrame(fin: true, opcode: .ping, maskKey: [1, 2, 3, 4], data: ByteBuffer(string: "x"))
        for (isWritable, answered) in [(true, true), (false, false), (true, true)] {
            channel.isWritable = isWritable
            for _ in 0..<100 {
                try channel.writeInbound(ping)
                #expect((try channel.readOutbound(as: WebSocketFrame.self)?.opcode == .pong) == answered)
            }
        }
    }

    @Test("Text that is no message of the terminal's ends the stay, whatever it is instead")
    func nonsense() async throws {
        let deep = 60_000
        let texts: [[UInt8]] =
            [
                "{", "[]", "nul", "\"x\"", "7", "", #"{"resize":7}"#, #"{"resize":{"columns":-1,"rows":-1}}"#,
                #"{"resize":{"columns":1e99,"rows":1}}"#, #"{"resize":{"columns":99999999999999999999,"rows":1}}"#,
                #"{"shown":9223372036854775808}"#, #"{"shown":"x"}"#, #"{"resize":{"columns":80}}"#,
                String(repeating: "[", count: deep), String(repeating: #"{"resize":"#, count: deep / 10),
            ].map { Array($0.utf8) } + [[0xFF, 0xFE, 0x00], [0xC3, 0x28], [0xED, 0xA0, 0x80]]
        try await Self.stage { attach, served in
            for text in texts {
                try await attach { connection in
                    try await connection.send(.text, text)
                    #expect(
                        try await connection.next(.close).count == 2,
                        "\(String(decoding: text.prefix(40), as: UTF8.self))",
                    )
                }
            }
            #expect(try await attach.isServed())
        }
    }

    @Test("Numbers that no window has are taken for what they are, and break nothing")
    func positions() async throws {
        try await Self.stage { attach, served in
            for text in [
                #"{"shown":-9223372036854775808}"#, #"{"shown":9223372036854775807}"#,
                #"{"resize":{"columns":1,"rows":1}}"#, "{}",
            ] {
                try await attach { connection in
                    try await connection.send(.text, Array(text.utf8))
                    try await connection.send(.close, [0x03, 0xE8])
                    _ = try await connection.next(.close)
                }
            }
            #expect(try await attach.isServed())
        }
    }
}

import APIContract
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing

/// One connection to a local socket, byte by byte, so that a test may send what no client would.
struct RawConnection: ~Copyable {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var received: [UInt8] = []

    /// Runs `body` with a connection that is closed when it returns.
    static func connected<Result: Sendable>(
        to socket: String,
        _ body: (inout RawConnection) async throws -> Result,
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(unixDomainSocketPath: socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = RawConnection(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&connection)
        }
    }

    /// The same over TLS to a port of this host, whoever's certificate it shows; `isPlain` leaves TLS out.
    static func connected<Result: Sendable>(
        toPort port: Int,
        isPlain: Bool = false,
        _ body: (inout RawConnection) async throws -> Result,
    ) async throws -> Result {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        let tls = isPlain ? nil : try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: nil)
                        )
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = RawConnection(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&connection)
        }
    }

    private init(
        inbound: consuming NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    // MARK: HTTP

    mutating func ask(_ method: String, _ path: String, _ body: String = "", _ headers: [String: String]) async throws {
        var text = "\(method) \(path) HTTP/1.1\r\nhost: localhost\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if !body.isEmpty { text += "content-length: \(body.utf8.count)\r\n" }
        try await send(Array((text + "\r\n" + body).utf8))
    }

    /// Offers to become a WebSocket and returns the status.
    mutating func offerWebSocket(_ path: String) async throws -> Int {
        try await ask("GET", path, "", HTTPAnswer.webSocketOffer)
        return try await head()
    }

    /// Reads the head of an answer and returns its status.
    mutating func head() async throws -> Int { try HTTPAnswer.status(of: await text(until: "\r\n\r\n")) }

    /// Reads everything up to the end of the connection as an answer.
    mutating func answer() async throws -> HTTPAnswer {
        let head = try await text(until: "\r\n\r\n")
        while try await more() {}
        return HTTPAnswer(
            status: try HTTPAnswer.status(of: head),
            body: String(decoding: received, as: UTF8.self),
            head: head,
        )
    }

    /// Reads up to the next occurrence of a text and returns all of it.
    @discardableResult
    mutating func text(until end: String) async throws -> String {
        while true {
            let text = String(decoding: received, as: UTF8.self)
            if let range = text.range(of: end) {
                received.removeFirst(text[..<range.upperBound].utf8.count)
                return String(text[..<range.upperBound])
            }
            try #require(await more(), "the connection ended before \"\(end)\": \(text)")
        }
    }

    // MARK: WebSocket

    enum Opcode: UInt8 { case continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 }

    mutating func send(_ opcode: Opcode, _ content: [UInt8], isFinal: Bool = true) async throws {
        var frame: [UInt8] = [(isFinal ? 0x80 : 0) | opcode.rawValue]
        switch content.count {
        case ..<126: frame.append(0x80 | UInt8(content.count))
        case ..<65_536: frame += [0x80 | 126, UInt8(content.count >> 8), UInt8(content.count & 0xFF)]
        default: frame += [0x80 | 127, 0, 0, 0, 0] + (0..<4).reversed().map { UInt8(content.count >> ($0 * 8) & 0xFF) }
        }
        // A mask of zeros leaves the content as it is.
        try await send(frame + [0, 0, 0, 0] + content)
    }

    mutating func frame() async throws -> (opcode: Opcode, content: [UInt8]) {
        let head = try await bytes(2)
        var length = Int(head[1] & 0x7F)
        if length == 126 { length = try await bytes(2).reduce(0) { $0 << 8 | Int($1) } }
        if length == 127 { length = try await bytes(8).reduce(0) { $0 << 8 | Int($1) } }
        return (try #require(Opcode(rawValue: head[0] & 0x0F)), try await bytes(length))
    }

    /// Reads frames up to the next one of a kind.
    mutating func next(_ opcode: Opcode) async throws -> [UInt8] {
        while true {
            let frame = try await frame()
            if frame.opcode == opcode { return frame.content }
        }
    }

    /// Reads up to the next message of the service for which there is a value.
    mutating func told<Value>(_ value: (TerminalMessage.FromServer) -> Value?) async throws -> Value {
        try await heard(value)
    }

    /// Reads up to the next message, of whatever kind the route speaks, for which there is a value.
    mutating func heard<Message: Decodable, Value>(_ value: (Message) -> Value?) async throws -> Value {
        while true {
            let message = try JSONDecoder().decode(Message.self, from: Data(await next(.text)))
            if let value = value(message) { return value }
        }
    }

    /// Reads terminal output until it has a text.
    mutating func shown(_ text: String) async throws {
        var shown: [UInt8] = []
        while !String(decoding: shown, as: UTF8.self).contains(text) { shown += try await next(.binary) }
    }

    // MARK: Bytes

    mutating func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    mutating func bytes(_ count: Int) async throws -> [UInt8] {
        while received.count < count { try #require(await more(), "the connection ended") }
        defer { received.removeFirst(count) }
        return Array(received.prefix(count))
    }

    /// Everything that comes until the other side closes the connection, or breaks it.
    mutating func rest() async -> String {
        // A connection that breaks is at its end too.
        while (try? await more()) == true {}
        return String(decoding: received, as: UTF8.self)
    }

    private mutating func more() async throws -> Bool {
        guard let part = try await inbound.next(isolation: #isolation) else { return false }
        received += Array(buffer: part)
        return true
    }
}

/// What came back.
struct HTTPAnswer: Sendable {
    let status: Int
    let body: String
    let head: String

    /// The values of a header, in order.
    func headers(_ name: String) -> [String] {
        head.split(separator: "\r\n").dropFirst().compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return parts.count == 2 && parts[0].lowercased() == name
                ? parts[1].trimmingCharacters(in: .whitespaces) : nil
        }
    }

    static let webSocketOffer = [
        "connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ]

    func problem() throws -> Problem { try JSONDecoder().decode(Problem.self, from: Data(body.utf8)) }

    static func status(of head: String) throws -> Int {
        try #require(head.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    }
}

import NIOCore
import NIOEmbedded
import NIOHTTP1
package import SessionModel

extension AgentSwitchboard {
    /// Asks a web server in the guest for a page.
    ///
    /// - Throws: ``Failure``, `portClosed` when nobody listens there.
    package func fetch(_ page: GuestPage, in machine: MachineID, within limit: Duration) async throws -> GuestAnswer {
        let line = try await connect(to: page.port, in: machine)
        do {
            let answer = try await withThrowingTaskGroup(of: GuestAnswer.self) { group in
                group.addTask { try await Self.ask(for: page, over: line) }
                group.addTask {
                    try await Task.sleep(for: limit)
                    return .late
                }
                defer { group.cancelAll() }
                return try await group.next() ?? .late
            }
            await line.close()
            return answer
        } catch {
            await line.close()
            throw error
        }
    }

    private static func ask(for page: GuestPage, over line: RunningProgram) async throws -> GuestAnswer {
        var exchange = PageExchange()
        try await line.write(try exchange.request(for: page))
        do {
            for try await bytes in line.output {
                if try exchange.take(bytes) { break }
            }
            return try exchange.end()
        } catch is HTTPParserError {
            return .noPage
        }
    }
}

/// One page asked for and answered, in bytes.
private struct PageExchange {
    private let channel = EmbeddedChannel(handlers: [
        HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder()),
    ])
    private var status: Int?
    private var body: [UInt8] = []
    private var isWhole = false

    /// What is sent to the server.
    mutating func request(for page: GuestPage) throws -> [UInt8] {
        let headers: HTTPHeaders = [
            "host": page.host, "user-agent": "sandglass", "accept": "*/*", "connection": "close",
        ]
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: page.path, headers: headers)
        try channel.writeOutbound(HTTPClientRequestPart.head(head))
        try channel.writeOutbound(HTTPClientRequestPart.end(nil))
        var bytes: [UInt8] = []
        while let part = try channel.readOutbound(as: ByteBuffer.self) { bytes += Array(buffer: part) }
        return bytes
    }

    /// Takes what came.
    ///
    /// - Returns: Whether nothing more is wanted.
    mutating func take(_ bytes: [UInt8]) throws -> Bool {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        return try look()
    }

    /// The answer, once nothing more comes.
    mutating func end() throws -> GuestAnswer {
        // An answer may have no other end than this; one that was cut off is judged by what came.
        if !isWhole { _ = try? channel.finish() }
        _ = try look()
        guard let status else { return .noPage }
        return .page(status: status, body: body)
    }

    private mutating func look() throws -> Bool {
        while let part = try channel.readInbound(as: HTTPClientResponsePart.self) {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let bytes): body += Array(buffer: bytes).prefix(GuestAnswer.limit - body.count)
            case .end: isWhole = true
            }
        }
        return isWhole || body.count == GuestAnswer.limit
    }
}

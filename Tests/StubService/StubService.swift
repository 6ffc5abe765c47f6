package import APIContract
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A stand-in for the service on a local socket: answers what a test tells it to answer.
package struct StubService: Sendable {
    /// Where it is served.
    package let socket: String

    /// Serves while `body` runs.
    ///
    /// - Parameters:
    ///   - answer: Answers every request that does not become a WebSocket.
    ///   - terminal: Serves WebSockets; none are accepted when `nil`.
    ///   - tellsTyped: Whether a client with a name is told at once that nothing of it is known.
    ///   - body: Uses the service.
    /// - Returns: What `body` returned.
    /// - Throws: What `body` threw, or why no socket can be served.
    package static func serving<Result: Sendable>(
        _ answer: @escaping @Sendable (StubRequest) async -> StubAnswer,
        terminal: (@Sendable (_ target: String, StubTerminal) async throws -> Void)? = nil,
        tellsTyped: Bool = true,
        _ body: (StubService) async throws -> Result,
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.path + "/stub-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let socket = folder + "/service.sock"
        let connections = Connections()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                connections.add(channel)
                return prepare(channel, answer, terminal, tellsTyped)
            }
            .bind(unixDomainSocketPath: socket)
            .get()
        let outcome: Swift.Result<Result, any Error>
        do {
            outcome = .success(try await body(StubService(socket: socket)))
        } catch {
            outcome = .failure(error)
        }
        try await channel.close()
        connections.closeAll()
        try FileManager.default.removeItem(atPath: folder)
        return try outcome.get()
    }

    private static func prepare(
        _ channel: any Channel,
        _ answer: @escaping @Sendable (StubRequest) async -> StubAnswer,
        _ terminal: (@Sendable (String, StubTerminal) async throws -> Void)?,
        _ tellsTyped: Bool,
    ) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let handler = StubHandler(answer)
            let upgrader = NIOWebSocketServerUpgrader(
                maxFrameSize: 1 << 20,
                shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(terminal == nil ? nil : [:]) },
                upgradePipelineHandler: { channel, head in
                    channel.eventLoop.makeCompletedFuture {
                        let frames = try NIOAsyncChannel<WebSocketFrame, WebSocketFrame>(
                            wrappingChannelSynchronously: channel
                        )
                        Task {
                            // That the client is gone ends a terminal; tests look at the client's side.
                            try? await frames.executeThenClose { inbound, outbound in
                                let stub = StubTerminal(channel: channel, inbound: inbound, outbound: outbound)
                                if tellsTyped && head.uri.contains("client=") {
                                    try await stub.tell(.init(typed: 0, isFresh: true))
                                }
                                try await terminal?(head.uri, stub)
                            }
                        }
                    }
                },
            )
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline(
                withServerUpgrade: (
                    upgraders: [upgrader],
                    completionHandler: { $0.pipeline.syncOperations.removeHandler(handler, promise: nil) },
                )
            )
            try pipeline.addHandler(handler)
        }
    }
}

/// A request as a test sees it.
package struct StubRequest: Sendable {
    /// `GET`, `PUT`, `POST` or `DELETE`.
    package let method: String
    /// Path and query as sent.
    package let target: String
    /// The header `accept`.
    package let accept: String
    /// The body.
    package let body: [UInt8]

    /// Method and target: `GET /api/v1/host`.
    package var line: String { "\(method) \(target)" }

    /// The body as a value of the API.
    package func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body))
    }
}

/// What a test answers.
package enum StubAnswer: Sendable {
    /// A whole body.
    case whole(status: Int, type: String, body: [UInt8])
    /// A body in parts; it breaks off instead of ending when `isComplete` is not set.
    case parts(type: String, AsyncStream<String>, isComplete: Bool)
    /// Nothing, ever.
    case silence
    /// The connection is closed without an answer.
    case hangUp

    /// A value of the API.
    package static func json(_ value: some Encodable, status: Int = 200) -> StubAnswer {
        do {
            return .whole(status: status, type: "application/json", body: Array(try JSONEncoder().encode(value)))
        } catch {
            return .whole(status: 500, type: "text/plain", body: Array("\(error)".utf8))
        }
    }

    /// A problem.
    package static func problem(_ code: String, status: Int = 409, _ detail: String) -> StubAnswer {
        json(Problem(title: code, status: status, detail: detail, code: code), status: status)
    }

    /// Values of the API, one object per line.
    package static func lines(_ values: [some Encodable], isComplete: Bool = true) -> StubAnswer {
        .parts(type: "application/x-ndjson", stream(values.map { "\(text($0))\n" }), isComplete: isComplete)
    }

    /// Lines of a timeline as server-sent events.
    package static func events(_ events: [EventResource], isComplete: Bool = true) -> StubAnswer {
        let parts = events.map { "id: \($0.sequence)\nevent: \($0.kind)\ndata: \(text($0))\n\n" }
        return .parts(type: "text/event-stream", stream(parts), isComplete: isComplete)
    }

    /// A stream of what is there already.
    package static func stream(_ parts: [String]) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream<String>.makeStream()
        for part in parts { continuation.yield(part) }
        continuation.finish()
        return stream
    }

    private static func text(_ value: some Encodable) -> String {
        do { return String(decoding: try JSONEncoder().encode(value), as: UTF8.self) } catch { return "\(error)" }
    }
}

import AsyncAlgorithms
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import SessionModel

/// Answers a request by becoming a WebSocket.
struct WebSocketExchange {
    private let accept: String
    private let messages: Messages
    private let channel: any Channel

    /// Takes the request's offer.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - channel: The connection it came by.
    /// - Throws: ``Failure`` with `invalidInput` when the request does not offer a WebSocket.
    init(_ request: Request, on channel: any Channel) throws {
        guard request.headers[.upgrade]?.lowercased() == "websocket", let key = request.headers[.secWebSocketKey],
            request.headers[.secWebSocketVersion] == "13"
        else {
            throw Failure(.invalidInput, "this route is a WebSocket: send Upgrade: websocket with version 13")
        }
        // RFC 6455, section 4.2.2.
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        accept = Data(digest).base64EncodedString()
        self.channel = channel
        messages = request.body.compactMap { WebSocketPart(bodyPart: $0) }
    }

    /// The answer that turns the connection into a WebSocket and then runs `body`, which reads the request's messages
    /// and writes with `send`.
    ///
    /// The connection is closed when it returns. When the other side closes it, `body` is cancelled at once: it may wait
    /// for something else than a message.
    func response(
        _ body:
            @escaping @Sendable (
                _ messages: Messages,
                _ send: @escaping Send,
            ) async throws -> Void
    ) -> Response {
        Response(
            status: .switchingProtocols,
            headers: [.upgrade: "websocket", .connection: "upgrade", .secWebSocketAccept: accept],
            body: ResponseBody { [messages, channel] writer in
                // One task writes; senders wait for it, so nothing piles up.
                let outgoing = AsyncChannel<WebSocketPart>()
                channel.closeFuture.whenComplete { _ in outgoing.finish() }
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        defer { outgoing.finish() }
                        try await body(messages) { await outgoing.send($0) }
                    }
                    do {
                        for await part in outgoing { try await writer.write(part.bodyPart) }
                    } catch {
                        // The other side is gone. Senders are let go and what reads is ended.
                        outgoing.finish()
                        group.cancelAll()
                        throw error
                    }
                    // It is over, or nobody is there any more.
                    group.cancelAll()
                }
                try await writer.finish(nil)
            },
        )
    }

    /// Sends a message, waiting until the one before has been written.
    typealias Send = @Sendable (WebSocketPart) async throws -> Void

    /// What the other side sends.
    typealias Messages = AsyncCompactMapSequence<RequestBody, WebSocketPart>
}

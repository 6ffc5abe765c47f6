import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// Lets an ordinary route become a WebSocket.
///
/// It sits between the HTTP codec and the server.
///
/// ```text
///  GET with Upgrade: websocket ─▶ the request's end is withheld, so its body stays open
///     route answers 101  ─▶ the HTTP codec gives way to a WebSocket codec; frames travel as body parts, see WebSocketPart
///     any other answer   ─▶ the end is delivered and HTTP goes on
/// ```
///
/// Middleware therefore applies to WebSockets as to every request.
final class WebSocketUpgradeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        case http
        case offered(end: HTTPRequestPart?)
        case webSocket
    }

    private var state = State.http

    /// Makes a handler for one connection.
    init() {}

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (state, unwrapInboundIn(data)) {
        case (.http, .head(var head)) where head.isWebSocketOffer:
            state = .offered(end: nil)
            // After the answer this connection is never HTTP again.
            head.headerFields[.connection] = "close"
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case (.offered, .end(let trailer)):
            state = .offered(end: .end(trailer))
        case (.http, let part), (.offered, let part), (.webSocket, let part):
            context.fireChannelRead(wrapInboundOut(part))
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch (state, unwrapOutboundIn(data)) {
        case (.offered, .head(let head)) where head.status == .switchingProtocols:
            state = .webSocket
            context.writeAndFlush(data, promise: promise)
            do {
                try Self.replaceCodec(in: context)
            } catch {
                context.fireErrorCaught(error)
                context.close(promise: nil)
            }
        case (.offered(let end), .head):
            state = .http
            context.write(data, promise: promise)
            if let end { context.fireChannelRead(wrapInboundOut(end)) }
        case (.http, _), (.offered, _), (.webSocket, _):
            context.write(data, promise: promise)
        }
    }

    private static func replaceCodec(in context: ChannelHandlerContext) throws {
        let pipeline = context.pipeline.syncOperations
        let position = ChannelPipeline.SynchronousOperations.Position.before(context.handler)
        try pipeline.addHandlers(
            [
                WebSocketFrameEncoder(),
                ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: WebSocketPart.limit)),
                WebSocketFrameGuard(),
                NIOWebSocketFrameAggregator(
                    minNonFinalFragmentSize: 0,
                    maxAccumulatedFrameCount: 64,
                    maxAccumulatedFrameSize: WebSocketPart.limit,
                ),
                WebSocketPartCodec(),
            ],
            position: position,
        )
        for old in [
            try pipeline.context(handlerType: HTTPResponseEncoder.self),
            try pipeline.context(handlerType: HTTP1ToHTTPServerCodec.self),
            try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self),
        ] {
            pipeline.removeHandler(context: old, promise: nil)
        }
    }
}

extension HTTPRequest {
    /// Whether whoever sends it wants to go on as a WebSocket.
    var isWebSocketOffer: Bool {
        method == .get && headerFields[.upgrade]?.lowercased() == "websocket" && headerFields[.secWebSocketKey] != nil
            && headerFields[.secWebSocketVersion] == "13"
    }
}

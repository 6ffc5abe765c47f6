import NIOCore
import NIOWebSocket

/// Refuses frames that RFC 6455 lets no client send, before they are put together: those without a mask (5.1), of no known kind
/// (5.2), and those that mean something by an extension that nobody has agreed on.
final class WebSocketFrameGuard: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    private var isBroken = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isBroken else { return }
        let frame = unwrapInboundIn(data)
        guard frame.maskKey != nil, Self.known.contains(frame.opcode), !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            isBroken = true
            context.fireErrorCaught(WebSocketBreach())
            return
        }
        context.fireChannelRead(data)
    }

    private static let known: [WebSocketOpcode] = [.continuation, .text, .binary, .connectionClose, .ping, .pong]
}

/// The other side does not keep to the protocol.
struct WebSocketBreach: Error {}

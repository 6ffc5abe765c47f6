import Foundation
import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOWebSocket

/// A WebSocket message as it travels through the server's request and response bodies: one byte that names the kind, then
/// the message.
enum WebSocketPart: Sendable, Equatable {
    /// What is received is at most this long.
    static let limit = (1 << 17) + 64
    /// No more than this of anything is sent in one message.
    private static let piece = 1 << 17

    case binary(ByteBuffer)
    case text(ByteBuffer)

    private var opcode: WebSocketOpcode {
        switch self {
        case .binary: .binary
        case .text: .text
        }
    }

    private var content: ByteBuffer {
        switch self {
        case .binary(let content), .text(let content): content
        }
    }

    /// Bytes as messages, each with the same bytes before its own.
    static func binaries(_ bytes: [UInt8], after prefix: [UInt8] = []) -> [WebSocketPart] {
        stride(from: 0, to: bytes.count, by: piece).map { start in
            let piece = bytes[start..<min(start + piece, bytes.count)]
            var message = ByteBufferAllocator().buffer(capacity: prefix.count + piece.count)
            message.writeBytes(prefix)
            message.writeBytes(piece)
            return .binary(message)
        }
    }

    /// A value of the API as a message.
    static func json(_ value: some Encodable) throws -> WebSocketPart {
        .text(ByteBuffer(bytes: try JSONEncoder().encode(value)))
    }

    /// The message as a body part.
    var bodyPart: ByteBuffer {
        var buffer = ByteBuffer(integer: UInt8(webSocketOpcode: opcode))
        buffer.writeImmutableBuffer(content)
        return buffer
    }

    /// Reads a body part; `nil` when it is none of ours.
    init?(bodyPart: ByteBuffer) {
        var buffer = bodyPart
        switch buffer.readInteger(as: UInt8.self).flatMap(WebSocketOpcode.init(encodedWebSocketOpcode:)) {
        case .binary: self = .binary(buffer)
        case .text: self = .text(buffer)
        default: return nil
        }
    }
}

/// Turns frames into body parts and back.
///
/// Answers pings and the closing handshake itself.
final class WebSocketPartCodec: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = WebSocketFrame

    private enum State { case open, closing, closed }

    private var state = State.open

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .binary where state == .open:
            context.fireChannelRead(wrapInboundOut(.body(WebSocketPart.binary(frame.unmaskedData).bodyPart)))
        case .text where state == .open:
            context.fireChannelRead(wrapInboundOut(.body(WebSocketPart.text(frame.unmaskedData).bodyPart)))
        // Who does not read answers gets none: they would only pile up here.
        case .ping where context.channel.isWritable:
            send(.pong, frame.unmaskedData, context)
        case .connectionClose:
            switch state {
            case .open:
                send(.connectionClose, frame.unmaskedData, context)
                state = .closing
                context.fireChannelRead(wrapInboundOut(.end(nil)))
            case .closing:
                state = .closed
                context.close(promise: nil)
            case .closed:
                break
            }
        default:
            break
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .body(let part):
            guard state == .open, let message = WebSocketPart(bodyPart: part) else {
                promise?.fail(ChannelError.ioOnClosedChannel)
                return
            }
            let frame =
                switch message {
                case .binary(let content): WebSocketFrame(fin: true, opcode: .binary, data: content)
                case .text(let content): WebSocketFrame(fin: true, opcode: .text, data: content)
                }
            context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
        case .end:
            let wasOpen = state == .open
            state = .closed
            promise?.succeed()
            guard wasOpen else { return context.close(promise: nil) }
            // 1000: normal closure.
            closeAfterSending(1000, context)
        case .head:
            promise?.fail(ChannelError.inappropriateOperationForState)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard state == .open else { return context.close(promise: nil) }
        // 1002: protocol error; 1009: message too big.
        let code: UInt16 = (error as? NIOWebSocketError) == .invalidFrameLength ? 1009 : 1002
        state = .closed
        closeAfterSending(code, context)
    }

    /// Closes once everything that was written before has left: closing at once would drop it.
    private func closeAfterSending(_ code: UInt16, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: ByteBuffer(integer: code))
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(frame)).whenComplete { _ in channel.close(promise: nil) }
    }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: data)), promise: nil)
    }
}

import Foundation
import NIOCore
import NIOWebSocket

/// A message of the service's.
enum WebSocketMessage: Sendable {
    case binary(ByteBuffer)
    case text(ByteBuffer)
}

/// What comes over a WebSocket, in order.
///
/// It ends when the connection does, however that came about. Pings are answered while it is read.
struct WebSocketMessages: AsyncSequence, Sendable {
    typealias Element = WebSocketMessage

    let frames: NIOAsyncChannelInboundStream<WebSocketFrame>
    let writer: WebSocketWriter

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(frames: frames.makeAsyncIterator(), writer: writer) }

    /// Reads one message after the other.
    ///
    /// While nobody reads, the service is held up and nothing piles up here.
    struct AsyncIterator: AsyncIteratorProtocol {
        private var frames: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator
        private let writer: WebSocketWriter

        init(frames: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator, writer: WebSocketWriter) {
            self.frames = frames
            self.writer = writer
        }

        mutating func next() async throws -> WebSocketMessage? {
            while true {
                let frame: WebSocketFrame?
                do {
                    frame = try await frames.next(isolation: #isolation)
                } catch is CancellationError {
                    throw CancellationError()
                } catch {
                    // A connection that breaks is a connection that ends.
                    return nil
                }
                guard let frame else { return nil }
                switch frame.opcode {
                case .binary: return .binary(frame.unmaskedData)
                case .text: return .text(frame.unmaskedData)
                case .ping: await writer.answerPing(frame.unmaskedData)
                case .connectionClose: return nil
                default: continue
                }
            }
        }
    }
}

/// The way to the service over a WebSocket.
///
/// Each method waits until the connection can take more.
struct WebSocketWriter: Sendable {
    /// How long the last words may take.
    private static let patience: Duration = .seconds(5)
    /// Longer runs of bytes are sent in several messages.
    private static let messageLimit = 1 << 17

    let frames: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    let channel: any Channel

    /// Sends bytes in as many messages as it takes, each with the same bytes before its own.
    ///
    /// - Throws: ``ConnectionFailure`` with `lost` when the connection is over.
    func send(_ bytes: [UInt8], after prefix: [UInt8] = []) async throws {
        for start in stride(from: 0, to: bytes.count, by: Self.messageLimit) {
            let end = min(start + Self.messageLimit, bytes.count)
            try await send(.binary, ByteBuffer(bytes: prefix + bytes[start..<end]))
        }
    }

    /// Sends a value of the API.
    ///
    /// - Throws: ``ConnectionFailure`` with `lost` when the connection is over.
    func send(json value: some Encodable) async throws {
        try await send(.text, ByteBuffer(bytes: try JSONEncoder().encode(value)))
    }

    /// Says good-bye, and returns when all that was sent before is on its way: closing drops what is not.
    ///
    /// An error means that the other side is gone already.
    func close() async {
        // 1000: normal closure.
        let data = ByteBuffer(integer: UInt16(1000))
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: data)
        let timer = channel.eventLoop.scheduleTask(in: TimeAmount(Self.patience)) { [channel] in
            channel.close(promise: nil)
        }
        // The other side may be gone already.
        try? await channel.writeAndFlush(frame)
        timer.cancel()
    }

    /// An error means that the other side is gone, which reading finds out too.
    func answerPing(_ data: ByteBuffer) async { try? await send(.pong, data) }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer) async throws {
        do {
            try await frames.write(WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ConnectionFailure(.lost, "the connection to the service was lost", cause: error)
        }
    }
}

package import APIContract
import Foundation
import NIOCore
import NIOWebSocket

/// What comes from a session's terminal.
package enum TerminalOutput: Sendable, Equatable {
    /// Bytes to show.
    case bytes([UInt8])
    /// How much time is left.
    case remaining(seconds: Double)
    /// The session is over, and why. The service closes the connection next.
    case ended(reason: String)
}

/// What comes from a session's terminal, in order.
///
/// It ends when the connection does, however that came about: whether the session is over is told by
/// ``TerminalOutput/ended(reason:)`` and by nothing else.
package struct TerminalOutputs: AsyncSequence, Sendable {
    package typealias Element = TerminalOutput

    let frames: NIOAsyncChannelInboundStream<WebSocketFrame>
    let writer: TerminalWriter

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(frames: frames.makeAsyncIterator(), writer: writer)
    }

    /// Reads one message after the other.
    ///
    /// While nobody reads, the service is held up and nothing piles up here.
    package struct AsyncIterator: AsyncIteratorProtocol {
        private var frames: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator
        private let writer: TerminalWriter

        init(frames: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator, writer: TerminalWriter) {
            self.frames = frames
            self.writer = writer
        }

        package mutating func next() async throws -> TerminalOutput? {
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
                case .binary: return .bytes(Array(frame.unmaskedData.readableBytesView))
                case .text: if let output = try Self.message(frame.unmaskedData) { return output }
                case .ping: await writer.answerPing(frame.unmaskedData)
                case .connectionClose: return nil
                default: continue
                }
            }
        }

        private static func message(_ text: ByteBuffer) throws -> TerminalOutput? {
            let message: TerminalMessage.FromServer
            do {
                message = try JSONDecoder().decode(TerminalMessage.FromServer.self, from: Data(text.readableBytesView))
            } catch {
                throw ConnectionFailure(
                    .unexpectedAnswer,
                    "the terminal sent a message this version does not understand",
                    cause: error,
                )
            }
            if let reason = message.ended { return .ended(reason: reason) }
            return message.remainingSeconds.map { .remaining(seconds: $0) }
        }
    }
}

/// The way to a session's terminal.
///
/// Each method waits until the connection can take more.
package struct TerminalWriter: Sendable {
    /// Longer input is sent in several messages.
    private static let messageLimit = 16 * 1024

    /// How long the last words may take.
    private static let patience: Duration = .seconds(5)

    let frames: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    let channel: any Channel

    /// Types bytes.
    ///
    /// - Throws: ``ConnectionFailure`` with `lost` when the connection is over.
    package func type(_ bytes: [UInt8]) async throws {
        for start in stride(from: 0, to: bytes.count, by: Self.messageLimit) {
            let end = min(start + Self.messageLimit, bytes.count)
            try await send(.binary, ByteBuffer(bytes: bytes[start..<end]))
        }
    }

    /// Tells the window's size.
    ///
    /// - Throws: ``ConnectionFailure`` with `lost` when the connection is over.
    package func resize(to size: TerminalMessage.WindowSize) async throws {
        let message = TerminalMessage.FromClient(resize: size)
        try await send(.text, ByteBuffer(bytes: try JSONEncoder().encode(message)))
    }

    /// Says good-bye, and returns when all that was typed before is on its way: closing drops what is not.
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
            throw ConnectionFailure(.lost, "the connection to the terminal was lost", cause: error)
        }
    }
}

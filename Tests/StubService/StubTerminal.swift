package import APIContract
import Foundation
import NIOCore
import NIOWebSocket

/// A terminal's far side as a test plays it.
package struct StubTerminal: Sendable {
    /// What the client sent.
    package enum Message: Sendable, Equatable {
        case bytes([UInt8])
        case resize(TerminalMessage.WindowSize)
        case close
    }

    let channel: any Channel
    let inbound: NIOAsyncChannelInboundStream<WebSocketFrame>
    let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>

    /// Calls `each` with every message until it returns `false` or the client is gone.
    package func read(_ each: (Message) async throws -> Bool) async throws {
        for try await frame in inbound {
            switch frame.opcode {
            case .binary:
                guard try await each(.bytes(Array(frame.unmaskedData.readableBytesView))) else { return }
            case .text:
                let message = try JSONDecoder().decode(
                    TerminalMessage.FromClient.self,
                    from: Data(frame.unmaskedData.readableBytesView),
                )
                if let size = message.resize, try await !each(.resize(size)) { return }
            case .connectionClose:
                _ = try await each(.close)
                return
            default:
                continue
            }
        }
    }

    /// Shows bytes.
    package func show(_ bytes: [UInt8]) async throws {
        try await outbound.write(WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: bytes)))
    }

    /// Shows text.
    package func show(_ text: String) async throws { try await show(Array(text.utf8)) }

    /// Tells something.
    package func tell(_ message: TerminalMessage.FromServer) async throws {
        let text = ByteBuffer(bytes: try JSONEncoder().encode(message))
        try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: text))
    }

    /// Tells what nobody understands.
    package func tellNonsense() async throws {
        try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: "{")))
    }

    /// Sends a ping.
    package func ping() async throws {
        try await outbound.write(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer(string: "?")))
    }

    /// Says good-bye as the service does, and returns when all that was said before is on its way.
    package func close() async throws {
        let data = ByteBuffer(integer: UInt16(1000))
        try await channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
    }

    /// Breaks the connection without a word.
    package func hangUp() async throws { try await channel.close().get() }
}

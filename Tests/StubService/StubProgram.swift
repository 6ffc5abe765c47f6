package import APIContract
import Foundation
import NIOCore
import NIOWebSocket

// A program's far side as a test plays it.
extension StubTerminal {
    /// What the client sent.
    package enum ProgramInput: Sendable, Equatable {
        case run(ProgramMessage.Request)
        case copy(ProgramMessage.Copy)
        case connect(ProgramMessage.Connect)
        case bytes([UInt8])
        case endOfInput
        case close
    }

    /// Calls `each` with every message until it returns `false` or the client is gone.
    package func readProgram(_ each: (ProgramInput) async throws -> Bool) async throws {
        for try await frame in inbound {
            switch frame.opcode {
            case .binary:
                // The first byte is the channel.
                guard try await each(.bytes(Array(frame.unmaskedData.readableBytesView.dropFirst()))) else { return }
            case .text:
                let message = try JSONDecoder().decode(
                    ProgramMessage.FromClient.self,
                    from: Data(frame.unmaskedData.readableBytesView),
                )
                if let request = message.run, try await !each(.run(request)) { return }
                if let request = message.copy, try await !each(.copy(request)) { return }
                if let request = message.connect, try await !each(.connect(request)) { return }
                if message.endOfInput == true, try await !each(.endOfInput) { return }
            case .connectionClose:
                _ = try await each(.close)
                return
            default:
                continue
            }
        }
    }

    /// Says something as the program.
    package func say(_ text: String, on channel: ProgramMessage.Channel) async throws {
        try await say(Array(text.utf8), on: channel)
    }

    /// Says something as the program.
    package func say(_ bytes: [UInt8], on channel: ProgramMessage.Channel) async throws {
        try await show([channel.rawValue] + bytes)
    }

    /// Tells something about the program.
    package func tell(_ message: ProgramMessage.FromServer) async throws {
        let text = ByteBuffer(bytes: try JSONEncoder().encode(message))
        try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: text))
    }
}

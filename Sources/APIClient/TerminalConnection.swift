package import APIContract
import Foundation
import NIOCore

/// What comes from a session's terminal.
package enum TerminalOutput: Sendable, Equatable {
    /// Bytes to show.
    case bytes([UInt8])
    /// Where the bytes that follow belong.
    case place(TerminalMessage.Output)
    /// So many bytes of this client were typed; it comes on attaching and after input, to clients with a name.
    ///
    /// Where it is fresh, nothing that was sent before is to be sent again.
    case typed(Int64, isFresh: Bool)
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

    let messages: WebSocketMessages

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(messages: messages.makeAsyncIterator()) }

    /// Reads one message after the other.
    ///
    /// While nobody reads, the service is held up and nothing piles up here.
    package struct AsyncIterator: AsyncIteratorProtocol {
        private var messages: WebSocketMessages.AsyncIterator

        init(messages: WebSocketMessages.AsyncIterator) { self.messages = messages }

        package mutating func next() async throws -> TerminalOutput? {
            while let message = try await messages.next() {
                switch message {
                case .binary(let bytes): return .bytes(Array(bytes.readableBytesView))
                case .text(let text): if let output = try Self.output(text) { return output }
                }
            }
            return nil
        }

        private static func output(_ text: ByteBuffer) throws -> TerminalOutput? {
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
            if let place = message.output { return .place(place) }
            if let count = message.typed { return .typed(count, isFresh: message.fresh ?? false) }
            return message.remainingSeconds.map { .remaining(seconds: $0) }
        }
    }
}

/// The way to a session's terminal.
///
/// Each method waits until the connection can take more.
package struct TerminalWriter: Sendable {
    let messages: WebSocketWriter

    /// Types bytes.
    ///
    /// - Throws: ``ConnectionFailure`` with `lost` when the connection is over.
    package func type(_ bytes: [UInt8]) async throws { try await messages.send(bytes) }

    /// Tells the window's size.
    ///
    /// - Throws: ``ConnectionFailure`` with `lost` when the connection is over.
    package func resize(to size: TerminalMessage.WindowSize) async throws {
        try await messages.send(json: TerminalMessage.FromClient(resize: size))
    }

    /// Says that everything up to a position is shown.
    ///
    /// - Throws: ``ConnectionFailure`` with `lost` when the connection is over.
    package func shown(upTo position: Int64) async throws {
        try await messages.send(json: TerminalMessage.FromClient(shown: position))
    }
}

/// Counts what is shown, so that it can be said how far that is.
package struct ShownPosition: Sendable, Equatable {
    private var position: Int64?
    private var redraw = 0

    /// Begins before anything was shown.
    package init() {}

    /// The bytes that follow belong there.
    package mutating func begin(at place: TerminalMessage.Output) {
        position = place.position
        redraw = place.redraw
    }

    /// So many more bytes are shown.
    ///
    /// - Returns: Up to where everything is; `nil` while a screen is being drawn, or when nobody told where it begins.
    package mutating func advance(by count: Int) -> Int64? {
        let drawn = min(redraw, count)
        redraw -= drawn
        position = position.map { $0 + Int64(count - drawn) }
        return redraw == 0 ? position : nil
    }
}

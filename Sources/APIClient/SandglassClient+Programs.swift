package import APIContract
import Foundation
import NIOCore

extension SandglassClient {
    /// Runs a program in one of a session's guests.
    ///
    /// In a session that is ready this starts its time. The program is killed when `body` returns before its end.
    ///
    /// - Parameters:
    ///   - request: The program.
    ///   - id: The session.
    ///   - body: Reads what the program says and writes what it reads.
    /// - Returns: What `body` returned.
    /// - Throws: `Problem` when it cannot be run, also from reading; for example with `guestSilent` when the guest has no
    ///   agent.
    package func withProgram<Result: Sendable>(
        _ request: ProgramMessage.Request,
        in id: String,
        _ body: (ProgramOutputs, ProgramInput) async throws -> Result,
    ) async throws -> Result {
        try await withRunning("exec", ProgramMessage.FromClient(run: request), in: id, body)
    }

    /// Copies out of one of a session's guests; see ``withProgram(_:in:_:)``.
    ///
    /// - Parameters:
    ///   - request: What to copy.
    ///   - id: The session.
    ///   - body: Reads what comes out.
    /// - Returns: What `body` returned.
    /// - Throws: `Problem` when it cannot be copied, also from reading.
    package func withCopy<Result: Sendable>(
        _ request: ProgramMessage.Copy,
        in id: String,
        _ body: (ProgramOutputs, ProgramInput) async throws -> Result,
    ) async throws -> Result {
        try await withRunning("copy", ProgramMessage.FromClient(copy: request), in: id, body)
    }

    /// Connects to a port of one of a session's guests; see ``withProgram(_:in:_:)``.
    ///
    /// - Parameters:
    ///   - request: The port.
    ///   - id: The session.
    ///   - body: Reads and writes.
    /// - Returns: What `body` returned.
    /// - Throws: `Problem` when it cannot be connected to, also from reading.
    package func withConnection<Result: Sendable>(
        to request: ProgramMessage.Connect,
        in id: String,
        _ body: (ProgramOutputs, ProgramInput) async throws -> Result,
    ) async throws -> Result {
        try await withRunning("forward", ProgramMessage.FromClient(connect: request), in: id, body)
    }

    private func withRunning<Result: Sendable>(
        _ route: String,
        _ first: ProgramMessage.FromClient,
        in id: String,
        _ body: (ProgramOutputs, ProgramInput) async throws -> Result,
    ) async throws -> Result {
        try await withWebSocket(ServiceAddress.target(["sessions", id, route])) { messages, writer in
            do {
                try await writer.send(json: first)
            } catch let failure as ConnectionFailure where failure.code == .lost {
                // Reading finds out why.
            }
            return try await body(ProgramOutputs(messages: messages), ProgramInput(messages: writer))
        }
    }
}

/// What comes from a program.
package enum ProgramOutput: Sendable, Equatable {
    /// Bytes of its output.
    case output([UInt8])
    /// Bytes of its error output.
    case errors([UInt8])
    /// It has ended, and how. Nothing follows.
    case ended(ProgramMessage.End)
}

/// What comes from a program, in order; each output for itself is complete.
///
/// It ends when the connection does, however that came about: whether the program has ended is told by
/// ``ProgramOutput/ended(_:)`` and by nothing else.
package struct ProgramOutputs: AsyncSequence, Sendable {
    package typealias Element = ProgramOutput

    let messages: WebSocketMessages

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(messages: messages.makeAsyncIterator()) }

    /// Reads one message after the other.
    ///
    /// While nobody reads, the program is held up and nothing piles up here.
    package struct AsyncIterator: AsyncIteratorProtocol {
        private var messages: WebSocketMessages.AsyncIterator

        init(messages: WebSocketMessages.AsyncIterator) { self.messages = messages }

        package mutating func next() async throws -> ProgramOutput? {
            while let message = try await messages.next() {
                switch message {
                case .binary(var bytes):
                    let channel = bytes.readInteger(as: UInt8.self).flatMap(ProgramMessage.Channel.init(rawValue:))
                    switch channel {
                    case .output: return .output(Array(bytes.readableBytesView))
                    case .errors: return .errors(Array(bytes.readableBytesView))
                    case .input, nil: continue
                    }
                case .text(let text):
                    let said = try Self.said(text)
                    if let problem = said.problem { throw problem }
                    if let end = said.ended { return .ended(end) }
                }
            }
            return nil
        }

        private static func said(_ text: ByteBuffer) throws -> ProgramMessage.FromServer {
            do {
                return try JSONDecoder().decode(ProgramMessage.FromServer.self, from: Data(text.readableBytesView))
            } catch {
                throw ConnectionFailure(
                    .unexpectedAnswer,
                    "the service sent a message this version does not understand",
                    cause: error,
                )
            }
        }
    }
}

/// The way to a program's input.
///
/// Each method waits until the connection can take more.
package struct ProgramInput: Sendable {
    let messages: WebSocketWriter

    /// Writes bytes.
    ///
    /// - Throws: ``ConnectionFailure`` with `lost` when the connection is over.
    package func write(_ bytes: [UInt8]) async throws {
        try await messages.send(bytes, after: [ProgramMessage.Channel.input.rawValue])
    }

    /// Says that nothing more comes.
    ///
    /// - Throws: ``ConnectionFailure`` with `lost` when the connection is over.
    package func finish() async throws { try await messages.send(json: ProgramMessage.FromClient(endOfInput: true)) }
}

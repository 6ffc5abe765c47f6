import APIContract
import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import SessionEngine
import SessionModel

extension API {
    /// Runs a program in one of a session's guests over a WebSocket.
    ///
    /// What to run is the first message, not part of the address: arguments may hold secrets, and addresses are logged.
    func exec(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await execution(request, context) { message, id, principal in
            guard let run = message.run else { return nil }
            return try await commands.run(GuestProgram(run), on: run.machine, of: id, by: principal)
        }
    }

    /// Runs over a WebSocket what its first message asks for.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - context: Who asks.
    ///   - start: Starts it; `nil` when the message asks for something else.
    /// - Returns: The answer that becomes the WebSocket.
    /// - Throws: `Failure` when nobody could work in the session now.
    func execution(
        _ request: Request,
        _ context: APIRequestContext,
        _ start: @escaping Execution.Start,
    ) async throws -> Response {
        let (id, principal) = (try context.sessionID(), try context.requirePrincipal())
        let exchange = try WebSocketExchange(request, on: context.channel)
        try await commands.requireEnterable(id, by: principal)
        let execution = Execution(
            commands: commands,
            session: id,
            principal: principal,
            logger: context.logger,
            start: start,
        )
        return exchange.response { messages, send in
            // A daemon that is shut down ends programs: nobody could be told how they end.
            try await cancelWhenGracefulShutdown { try await execution.serve(messages, send) }
        }
    }
}

/// One person's run of one program, or of what is held as one.
struct Execution: Sendable {
    typealias Start =
        @Sendable (ProgramMessage.FromClient, SessionID, Principal) async throws -> RunningProgram?

    let commands: SessionCommands
    let session: SessionID
    let principal: Principal
    let logger: Logger
    let start: Start

    func serve(_ messages: WebSocketExchange.Messages, _ send: @escaping WebSocketExchange.Send) async throws {
        do {
            let (end, mode) = try await run(messages, send)
            try await send(.json(ProgramMessage.FromServer(ended: .init(end, mode: mode))))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let problem = Problem(await commands.explained(error, in: session, for: principal))
            if problem.status >= 500 { logger.error("A program failed", metadata: ["error": "\(error)"]) }
            try await send(.json(ProgramMessage.FromServer(problem: problem)))
        }
    }

    private func run(
        _ messages: WebSocketExchange.Messages,
        _ send: @escaping WebSocketExchange.Send,
    ) async throws -> (ProgramEnd, mode: UInt32?) {
        let (programs, starter) = AsyncStream<RunningProgram>.makeStream()
        return try await withThrowingTaskGroup { (group: inout ThrowingTaskGroup<ProgramEnd, any Error>) in
            defer { group.cancelAll() }
            group.addTask {
                defer { starter.finish() }
                try await hear(messages) { starter.yield($0) }
                throw CancellationError()  // The connection is over, and nobody waits for the program any more.
            }
            var started = programs.makeAsyncIterator()
            let program = await started.next()
            if let program { group.addTask { try await follow(program, send) } }
            do {
                guard let end = try await group.next() else { throw CancellationError() }
                return (end, program?.mode)
            } catch {
                await program?.close()
                throw error
            }
        }
    }

    /// Starts what the first message asks for and hands it the rest, until the connection is over.
    private func hear(
        _ messages: WebSocketExchange.Messages,
        _ started: (RunningProgram) -> Void,
    ) async throws {
        var running: RunningProgram?
        for try await part in messages {
            if let running {
                try await hand(part, to: running)
            } else {
                let program = try await start(part)
                running = program
                started(program)
            }
        }
    }

    /// Sends what a program says until it has ended.
    private func follow(
        _ program: RunningProgram,
        _ send: @escaping WebSocketExchange.Send,
    ) async throws -> ProgramEnd {
        async let output: Void = show(program.output, .output, send)
        async let errors: Void = show(program.errors, .errors, send)
        _ = try await (output, errors)
        return try await program.end()
    }

    private func hand(_ part: WebSocketPart, to program: RunningProgram) async throws {
        switch part {
        case .binary(var bytes):
            guard bytes.readInteger(as: UInt8.self) == ProgramMessage.Channel.input.rawValue else {
                throw Failure(.invalidInput, "bytes are for the program's input, channel 0")
            }
            try await program.write(Array(buffer: bytes))
        case .text(let text):
            if try message(text).endOfInput == true { await program.finishInput() }
        }
    }

    private func start(_ part: WebSocketPart) async throws -> RunningProgram {
        guard case .text(let text) = part, let running = try await start(try message(text), session, principal) else {
            throw Failure(.invalidInput, "the first message says what this route is asked for")
        }
        return running
    }

    private func show(
        _ bytes: AsyncThrowingStream<[UInt8], any Error>,
        _ channel: ProgramMessage.Channel,
        _ send: WebSocketExchange.Send,
    ) async throws {
        for try await piece in bytes {
            for part in WebSocketPart.binaries(piece, after: [channel.rawValue]) { try await send(part) }
        }
    }

    private func message(_ text: ByteBuffer) throws -> ProgramMessage.FromClient {
        do {
            return try JSONDecoder().decode(ProgramMessage.FromClient.self, from: Data(text.readableBytesView))
        } catch let error as DecodingError {
            throw Failure(.invalidInput, error.plainText)
        }
    }
}

extension SessionCommands {
    /// The error, or that the session is over, which has taken the guest from under what was done in it.
    func explained(_ error: any Error, in session: SessionID, for principal: Principal) async -> any Error {
        // Whoever may not see the session gets the error itself.
        guard let reason = try? await self.session(session, for: principal).lifecycle.state.endReason else {
            return error
        }
        return Failure(.wrongState, "session \(session) is over: \(reason.rawValue)", cause: error)
    }
}

extension GuestProgram {
    /// What a message asks for.
    fileprivate init(_ request: ProgramMessage.Request) throws {
        let limit = try request.timeoutSeconds.map { seconds in
            guard seconds > 0, seconds <= Self.longestTimeLimit / .seconds(1) else {
                throw Failure(.invalidInput, "timeoutSeconds must lie between 0 and \(7 * 86_400), not \(seconds)")
            }
            return Duration.seconds(seconds)
        }
        self.init(
            request.arguments,
            environment: request.environment ?? [:],
            user: request.asPerson == true ? nil : request.user ?? "root",
            directory: request.directory,
            timeLimit: limit,
        )
    }
}

extension ProgramMessage.End {
    /// An end as it is told.
    fileprivate init(_ end: ProgramEnd, mode: UInt32?) {
        switch end {
        case .exited(let status): self.init(status: status, mode: mode)
        case .signalled(let signal): self.init(signal: signal)
        case .timedOut: self.init(timedOut: true)
        }
    }
}

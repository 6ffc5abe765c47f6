import APIContract
import AsyncAlgorithms
import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import SessionEngine
import SessionModel
import Terminal

extension API {
    /// Attaches a WebSocket to a terminal of a session's first machine: the one of the agent that `terminal` names, or
    /// its serial console; without it the agent's first, or the console where no agent answers.
    ///
    /// Entering a ready session starts its deadline.
    func attach(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        guard let terminals else { throw Failure(.hostUnfit, "guests of this service have no terminal") }
        let (id, principal) = (try context.sessionID(), try context.requirePrincipal())
        // What can be refused is refused before the deadline starts.
        let exchange = try WebSocketExchange(request, on: context.channel)
        let size = try windowSize(request)
        guard let machine = try await commands.session(id, for: principal).machines.first?.id else {
            throw Failure(.wrongState, "the session has no machine")
        }
        let place = try await terminals.place(at: machine, try terminalName(request))
        _ = try await commands.enter(id, by: principal)
        let attachment = Attachment(
            commands: commands,
            terminals: terminals,
            session: id,
            place: place,
            size: size,
            principal: principal,
            logger: context.logger,
        )
        return exchange.response { messages, send in
            // A daemon that is shut down lets go of terminals; guests run on.
            try await cancelWhenGracefulShutdown { try await attachment.serve(messages, send) }
        }
    }

    private func windowSize(_ request: Request) throws -> WindowSize? {
        let query = request.uri.queryParameters
        guard let columns = query.get("columns"), let rows = query.get("rows") else { return nil }
        guard let columns = Int(columns), let rows = Int(rows) else {
            throw Failure(.invalidInput, "columns and rows must be numbers")
        }
        return try WindowSize(TerminalMessage.WindowSize(columns: columns, rows: rows))
    }

    private func terminalName(_ request: Request) throws -> TerminalName? {
        switch request.uri.queryParameters.get("terminal") {
        case nil: return nil
        case TerminalMessage.console: return .console
        case let text?:
            guard let number = Int(text) else {
                throw Failure(.invalidInput, "terminal must be a number or \"\(TerminalMessage.console)\"")
            }
            return .shell(number)
        }
    }
}

extension WindowSize {
    /// A size that was told, when it is one.
    fileprivate init(_ size: TerminalMessage.WindowSize) throws {
        self.init(columns: size.columns, rows: size.rows)
        try check()
    }
}

/// One person attached to one terminal.
private struct Attachment: Sendable {
    /// How often the time left is sent without a cause.
    static let interval: Duration = .seconds(20)

    let commands: SessionCommands
    let terminals: TerminalHub
    let session: SessionID
    let place: TerminalHub.Place
    let size: WindowSize?
    let principal: Principal
    let logger: Logger

    func serve(_ messages: WebSocketExchange.Messages, _ send: @escaping WebSocketExchange.Send) async throws {
        let viewer = try await terminals.attach(place, size: size)
        await note(.attached(principal.person))
        await withTaskGroup { group in
            group.addTask { try? await self.hear(messages, at: viewer) }  // An error here is the connection's end.
            group.addTask { try? await self.show(viewer, send) }  // Likewise.
            group.addTask { try? await self.keepTelling(send) }  // Likewise, or cancelled.
            // Whichever direction ends first ends the attachment.
            await group.next()
            group.cancelAll()
        }
        await terminals.detach(viewer)
        await note(.detached(principal.person))
    }

    /// Adds a line to the record, also when the connection is gone.
    ///
    /// That it cannot be written keeps nobody from working.
    private func note(_ record: TimelineRecord) async {
        let noting = Task {
            do {
                try await commands.note(record, of: session)
            } catch {
                logger.error(
                    "The record lacks a line",
                    metadata: ["session.id": "\(session)", "line": "\(record.kind)", "error": "\(error)"],
                )
            }
        }
        await noting.value
    }

    private func hear(_ messages: WebSocketExchange.Messages, at viewer: TerminalViewer) async throws {
        var lastNoted = ContinuousClock.now - .seconds(10)
        for try await message in messages {
            switch message {
            case .binary(let bytes):
                await terminals.type(Array(buffer: bytes), at: viewer)
                guard lastNoted.duration(to: .now) >= .seconds(1) else { continue }
                lastNoted = .now
                commands.inputSeen(in: session)
            case .text(let text):
                let message = try JSONDecoder().decode(
                    TerminalMessage.FromClient.self,
                    from: Data(text.readableBytesView),
                )
                if let size = message.resize { await terminals.resize(viewer, to: try WindowSize(size)) }
            }
        }
    }

    private func show(_ viewer: TerminalViewer, _ send: WebSocketExchange.Send) async throws {
        while let bytes = await viewer.next() {
            for part in WebSocketPart.binaries(bytes) { try await send(part) }
        }
        let state = try await commands.session(session, for: principal).lifecycle.state
        if let reason = state.endReason { try await send(.json(TerminalMessage.FromServer(ended: reason.rawValue))) }
    }

    /// Tells the time left at once, after every line of the session's record that moves it, and now and then.
    private func keepTelling(_ send: WebSocketExchange.Send) async throws {
        while !Task.isCancelled {
            // The tail is opened before the session is read, so that no change falls between the two.
            let tail = try await commands.tail(of: session, for: principal)
            var lifecycle = try await commands.session(session, for: principal).lifecycle
            try await tell(lifecycle, send)
            let lines = tail.filter { $0.session == session && Self.movesTime.contains($0.kind) }.map { _ in Cue.change
            }
            let ticks = AsyncTimerSequence(interval: Self.interval, clock: .continuous).map { _ in Cue.time }
            following: for await cue in merge(chain(lines, [Cue.tailLost].async), ticks) {
                switch cue {
                case .change: lifecycle = try await commands.session(session, for: principal).lifecycle
                case .time: break
                case .tailLost: break following
                }
                try await tell(lifecycle, send)
            }
        }
    }

    private static let movesTime: Set = ["entered", "extended", "paused", "resumed", "credited"]

    private enum Cue { case change, time, tailLost }

    private func tell(_ lifecycle: SessionMachine, _ send: WebSocketExchange.Send) async throws {
        guard let left = lifecycle.remaining(at: commands.now().service) else { return }
        try await send(.json(TerminalMessage.FromServer(remainingSeconds: left.seconds)))
    }
}

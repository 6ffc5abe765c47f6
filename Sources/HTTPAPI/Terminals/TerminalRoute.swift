import APIContract
import Foundation
import Hummingbird
import NIOCore
import ServiceLifecycle
import SessionEngine
import SessionModel
import Terminal

extension API {
    /// Attaches a WebSocket to a terminal of one of a session's machines: the one of the agent that `terminal` names, or
    /// its serial console; without it the agent's first, or the console where no agent answers.
    ///
    /// Driving a ready session starts its deadline; watching it does not.
    func attach(_ request: Request, _ context: APIRequestContext, as part: Visitor.Part) async throws -> Response {
        // What can be refused is refused before the deadline starts.
        let exchange = try WebSocketExchange(request, on: context.channel)
        let visit = try await visit(request, context, as: part)
        return exchange.response { messages, send in
            let line = TerminalVisit.Line(
                show: { bytes in for part in WebSocketPart.binaries(bytes) { try await send(part) } },
                tell: { try await send(.json($0)) },
            )
            // A daemon that is shut down lets go of terminals; guests run on.
            try await cancelWhenGracefulShutdown {
                try await visit.stay(line) { try await visit.hear(messages, at: $0) }
            }
        }
    }

    /// Prepares a visit, whatever it is to be carried by.
    func visit(_ request: Request, _ context: APIRequestContext, as part: Visitor.Part) async throws -> TerminalVisit {
        let terminals = try requireTerminals()
        let (id, principal) = (try context.sessionID(), try context.requirePrincipal())
        let wanted = try TerminalRequest(request)
        let session = try await commands.session(id, for: principal)
        let place = try await terminals.place(at: wanted.machine(of: session), wanted.terminal)
        if part == .driver { _ = try await commands.enter(id, by: principal) }
        return TerminalVisit(
            commands: commands,
            terminals: terminals,
            session: id,
            place: place,
            visitor: Visitor(
                principal.person,
                as: part,
                isOwner: session.person == principal.person,
                client: wanted.client,
            ),
            request: wanted,
            principal: principal,
            logger: context.logger,
        )
    }

    /// The terminals of guests, where there are any.
    func requireTerminals() throws -> TerminalHub {
        guard let terminals else { throw Failure(.hostUnfit, "guests of this service have no terminal") }
        return terminals
    }
}

extension TerminalVisit {
    /// Types what comes by a WebSocket, and takes what it tells.
    fileprivate func hear(_ messages: WebSocketExchange.Messages, at viewer: TerminalViewer) async throws {
        var lastNoted = ContinuousClock.now - .seconds(10)
        for try await message in messages {
            switch message {
            case .binary(let bytes):
                guard visitor.part == .driver else { continue }
                await terminals.type(Array(buffer: bytes), at: viewer)
                guard lastNoted.duration(to: .now) >= .seconds(1) else { continue }
                lastNoted = .now
                commands.inputSeen(in: session)
            case .text(let text):
                let message = try JSONDecoder().decode(
                    TerminalMessage.FromClient.self,
                    from: Data(text.readableBytesView),
                )
                try await terminals.take(message, from: viewer)
            }
        }
    }
}

extension TerminalHub {
    /// Takes what a client tells of itself.
    func take(_ message: TerminalMessage.FromClient, from viewer: TerminalViewer) async throws {
        if let size = message.resize { await resize(viewer, to: try WindowSize(size)) }
        if let position = message.shown { await shown(position, by: viewer) }
    }
}

import APIContract
import Foundation
import Hummingbird
import NIOCore
import ServiceLifecycle
import SessionEngine
import SessionModel
import Terminal

extension API {
    /// Attaches a WebSocket to the terminal of a session's first machine.
    ///
    /// Entering a ready session starts its deadline.
    func attach(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        guard let terminals else { throw Failure(.hostUnfit, "guests of this service have no terminal") }
        let principal = try context.requirePrincipal()
        let session = try await commands.enter(context.sessionID(), by: principal)
        guard let machine = session.machines.first else { throw Failure(.wrongState, "the session has no machine") }
        if let size = try windowSize(request) {
            await terminals.resize(machine.id, columns: size.columns, rows: size.rows)
        }
        let attachment = Attachment(
            commands: commands,
            terminals: terminals,
            session: session.id,
            machine: machine.id,
            principal: principal,
        )
        return try WebSocketExchange.response(to: request) { messages, send in
            // A daemon that is shut down lets go of terminals; guests run on.
            try await cancelWhenGracefulShutdown { try await attachment.serve(messages, send) }
        }
    }

    private func windowSize(_ request: Request) throws -> TerminalMessage.WindowSize? {
        let query = request.uri.queryParameters
        guard let columns = query.get("columns"), let rows = query.get("rows") else { return nil }
        guard let columns = Int(columns), let rows = Int(rows) else {
            throw Failure(.invalidInput, "columns and rows must be numbers")
        }
        return try TerminalMessage.WindowSize(columns: columns, rows: rows).checked()
    }
}

extension TerminalMessage.WindowSize {
    /// The size, when it is one.
    fileprivate func checked() throws -> Self {
        guard (1...1000).contains(columns), (1...1000).contains(rows) else {
            throw Failure(.invalidInput, "columns and rows must lie between 1 and 1000")
        }
        return self
    }
}

/// One person attached to one terminal.
private struct Attachment: Sendable {
    /// How often the time left is sent without a cause.
    static let interval: Duration = .seconds(20)

    let commands: SessionCommands
    let terminals: TerminalHub
    let session: SessionID
    let machine: MachineID
    let principal: Principal

    typealias Send = @Sendable (WebSocketPart) async throws -> Void

    func serve(_ messages: WebSocketExchange.Messages, _ send: @escaping Send) async throws {
        let viewer = try await terminals.attach(machine)
        try await commands.note(.attached(principal.person), of: session)
        await withTaskGroup { group in
            group.addTask { try? await self.hear(messages) }  // An error here is the connection's end.
            group.addTask { try? await self.show(viewer, send) }  // Likewise.
            group.addTask { try? await self.keepTelling(send) }  // Likewise, or cancelled.
            // Whichever direction ends first ends the attachment.
            await group.next()
            group.cancelAll()
        }
        await terminals.detach(viewer, from: machine)
        try await commands.note(.detached(principal.person), of: session)
    }

    private func hear(_ messages: WebSocketExchange.Messages) async throws {
        var lastNoted = ContinuousClock.now - .seconds(10)
        for try await message in messages {
            switch message {
            case .binary(let bytes):
                try await terminals.type(Array(buffer: bytes), into: machine)
                guard lastNoted.duration(to: .now) >= .seconds(1) else { continue }
                lastNoted = .now
                commands.inputSeen(in: session)
            case .text(let text):
                let message = try JSONDecoder().decode(
                    TerminalMessage.FromClient.self,
                    from: Data(text.readableBytesView),
                )
                if let size = try message.resize?.checked() {
                    await terminals.resize(machine, columns: size.columns, rows: size.rows)
                }
            }
        }
    }

    private func show(_ viewer: TerminalViewer, _ send: Send) async throws {
        while let bytes = await viewer.next() {
            for start in stride(from: 0, to: bytes.count, by: WebSocketPart.limit / 2) {
                let end = min(start + WebSocketPart.limit / 2, bytes.count)
                try await send(.binary(ByteBuffer(bytes: bytes[start..<end])))
            }
        }
        let state = try await commands.session(session, for: principal).lifecycle.state
        if let reason = state.endReason { try await tell(.init(ended: reason.rawValue), send) }
    }

    private func keepTelling(_ send: Send) async throws {
        while true {
            let lifecycle = try await commands.session(session, for: principal).lifecycle
            if let left = lifecycle.remaining(at: commands.now().service) {
                try await tell(.init(remainingSeconds: left.seconds), send)
            }
            try await Task.sleep(for: Self.interval)
        }
    }

    private func tell(_ message: TerminalMessage.FromServer, _ send: Send) async throws {
        try await send(.text(ByteBuffer(bytes: try JSONEncoder().encode(message))))
    }
}

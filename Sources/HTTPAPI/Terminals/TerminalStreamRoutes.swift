import APIContract
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import SessionEngine
import SessionModel
import Terminal

/// A terminal for networks that let no WebSocket pass: server-sent events one way, small requests the other.
extension API {
    /// What one request may type, in bytes.
    private static let inputLimit = 1 << 17

    func addTerminalRoutes(to group: RouterGroup<APIRequestContext>) {
        group.get(":id/terminals") { request, context in try await attach(request, context, as: .driver) }
        group.get(":id/visitors") { _, context in
            let session = try await commands.session(context.sessionID(), for: context.requirePrincipal())
            let presence = try await requireTerminals().presence(in: session.id)
            let names = try await access.accounts.names(of: Set(presence.drivers + presence.watchers))
            return VisitorList(presence, names)
        }
        group.get(":id/watch") { request, context in try await attach(request, context, as: .watcher) }
        group.post(":id/terminals/stream") { request, context in try await stream(request, context, as: .driver) }
        group.post(":id/watch/stream") { request, context in try await stream(request, context, as: .watcher) }
        group.post(":id/terminals/input") { request, context in try await input(request, context) }
        group.post(":id/terminals/state") { request, context in try await takeState(request, context) }
    }

    private func stream(
        _ request: Request,
        _ context: APIRequestContext,
        as part: Visitor.Part,
    ) async throws -> Response {
        guard try TerminalRequest(request).client != nil else {
            throw Failure(.invalidInput, "the query lacks \"client\", by which input finds its terminal")
        }
        let visit = try await visit(request, context, as: part)
        return context.longAnswer("text/event-stream") { send in
            let line = TerminalVisit.Line(
                show: { bytes in
                    await send(ByteBuffer(string: "event: output\ndata: \(Data(bytes).base64EncodedString())\n\n"))
                },
                tell: { message in
                    var event = ByteBuffer(string: "event: message\ndata: ")
                    event.writeBytes(try JSONEncoder().encode(message))
                    event.writeString("\n\n")
                    await send(event)
                },
            )
            try await cancelWhenGracefulShutdown {
                // Nothing is heard on this connection: it ends when the other side closes it, or the terminal does.
                try await visit.stay(line) { _ in
                    let (never, _) = AsyncStream<Void>.makeStream()
                    for await _ in never {}
                }
            }
        }
    }

    private func input(_ request: Request, _ context: APIRequestContext) async throws -> TerminalMessage.FromServer {
        guard let at = request.uri.queryParameters.get("at") else {
            throw Failure(.invalidInput, "the query lacks \"at\": how many bytes this client typed before")
        }
        let offset = try TerminalRequest.position(at, "at")
        let (terminals, viewer) = try await view(request, context)
        let body = try await context.collect(request.body, upTo: Self.inputLimit)
        commands.inputSeen(in: try context.sessionID())
        return .init(typed: try await terminals.type(Array(buffer: body), from: offset, at: viewer))
    }

    private func takeState(_ request: Request, _ context: APIRequestContext) async throws -> HTTPResponse.Status {
        let (terminals, viewer) = try await view(request, context)
        try await terminals.take(context.body(of: request, as: TerminalMessage.FromClient.self), from: viewer)
        return .noContent
    }

    /// The view that the client of a request has open.
    private func view(
        _ request: Request,
        _ context: APIRequestContext,
    ) async throws -> (TerminalHub, TerminalViewer) {
        let terminals = try requireTerminals()
        let principal = try context.requirePrincipal()
        let session = try await commands.session(context.sessionID(), for: principal)
        let wanted = try TerminalRequest(request)
        guard let client = wanted.client else { throw Failure(.invalidInput, "the query lacks \"client\"") }
        let machine = try wanted.machine(of: session)
        guard let viewer = await terminals.view(of: client, principal.person, at: machine) else {
            throw Failure(.wrongState, "this client has no terminal open: open its stream first")
        }
        return (terminals, viewer)
    }
}

extension TerminalMessage.FromServer: ResponseEncodable {}
extension VisitorList: ResponseEncodable {}

extension VisitorList {
    /// Those who are there, by name.
    fileprivate init(_ presence: Presence, _ names: [PersonID: String]) {
        func visitors(_ people: [PersonID], _ part: String) -> [VisitorResource] {
            people.map { VisitorResource(person: $0.description, name: names[$0] ?? $0.description, part: part) }
        }
        self.init(visitors: visitors(presence.drivers, "driver") + visitors(presence.watchers, "watcher"))
    }
}

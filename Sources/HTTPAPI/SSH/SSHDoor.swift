import HTTPTypes
import Hummingbird
import SessionEngine
import SessionModel

/// The way in for the host's sshd, through a socket of its own: a ticket tells who it is, and for which session.
struct SSHDoor: Door {
    let tickets: SSHTickets
    let people: SSHPeople
    /// As whom sshd runs; nobody else is let in.
    let userID: UInt32

    func caller(_ request: Request, _ context: APIRequestContext) async throws -> Caller {
        let address = request.headers[WebDoor.forwardedFor].flatMap(IPAddress.init)?.text
        // sshd itself comes without a ticket, to buy one; and who has not said where they want to is nobody yet.
        guard let grant = try await visit(request, context)?.visitor.grant else {
            return Caller(origin: Origin(.ssh, address: address))
        }
        guard let principal = try await people.principal(grant.person) else { throw SSHTickets.useless }
        return Caller(
            principal: principal,
            origin: Origin(.ssh, address: address),
            look: { [people] in
                guard let principal = try await people.principal(grant.person) else {
                    throw Failure(.unauthenticated, "whoever has added the key may not come any more")
                }
                return principal
            },
            session: grant.session,
        )
    }

    /// A ticket that is shown.
    struct Visit {
        /// The ticket.
        let ticket: String
        /// The process of sshd that runs programs for whoever shows it.
        let connection: HostProcess
        /// Who shows it.
        let visitor: SSHTickets.Visitor
    }

    /// The ticket that is shown with a request; `nil` when there is none.
    ///
    /// - Throws: ``Failure``: `forbidden` when somebody else than sshd asks, `unauthenticated` when the ticket is good for
    ///   nothing, `noCapacity`.
    func visit(_ request: Request, _ context: APIRequestContext) async throws -> Visit? {
        let peer = try await PeerCredentials.peer(of: context.channel)
        guard peer.uid == userID else { throw Failure(.forbidden, "this socket is for sshd alone") }
        guard let given = request.headers[.authorization] else { return nil }
        guard let ticket = given.bearer,
            let connection = HostProcess(parentOf: peer.pid, runningAs: userID),
            let visitor = try tickets.show(ticket, in: connection)
        else { throw SSHTickets.useless }
        return Visit(ticket: ticket, connection: connection, visitor: visitor)
    }
}

/// Who comes with a key that somebody has added.
struct SSHPeople: Sendable {
    let desk: SignInDesk
    /// Who comes through the local socket.
    let credentials: PeerCredentials

    /// The person, with no more right than to use sessions; `nil` when they may not come any more.
    func principal(_ person: PersonID) async throws -> Principal? {
        let roles: Set<Role>
        if let local = credentials.role(of: person) {
            roles = [local]
        } else {
            guard let found = try await desk.roles(of: person) else { return nil }
            roles = found
        }
        return Principal(person: person, roles: roles, scopes: [.superviseSessions])
    }
}

/// Lets nobody to another session than the one they come for.
struct OneSession: RouterMiddleware {
    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response,
    ) async throws -> Response {
        let id = try context.sessionID()
        guard context.caller.session == id else { throw Failure(.notFound, "there is no session \"\(id)\"") }
        return try await next(request, context)
    }
}

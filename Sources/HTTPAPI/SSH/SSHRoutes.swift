import APIContract
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SessionEngine
import SessionModel
import Terminal

extension API {
    /// All that sshd and what it runs may ask for; there is nothing else on its socket.
    func sshRouter(_ door: SSHDoor, _ gate: SSHGate) -> Router<APIRequestContext> {
        let router = Router(context: APIRequestContext.self)
        router.addMiddleware {
            MeterMiddleware(meter: meter)
            LogRequestsMiddleware(Logger.Level.debug)
            ProblemMiddleware(console: nil)
            DoorMiddleware(door: door)
            RateMiddleware(limiter: access.limiter)
            AuditMiddleware(audit: access.audit, now: { commands.now().wall })
            LastingAnswers(interval: LastingAnswers.interval)
        }
        let root = router.group("api/v1")
        root.post("ssh/authorized-keys") { request, context in
            let offer = try await context.body(of: request, as: KeyOffer.self)
            let line = try await authorize(offer, door, gate, context.logger)
            return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: line)))
        }
        root.post("ssh/session") { request, context in
            let wish = try await context.body(of: request, as: SessionWish.self)
            guard let visit = try await door.visit(request, context) else { throw SSHTickets.useless }
            let (key, session) = try await choose(wish.session, visit.visitor.key, door.people)
            let grant = SSHTickets.Grant(person: key.person, session: key.session)
            try door.tickets.grant(grant, to: visit.ticket, in: visit.connection)
            try await commands.confirm(key)
            return SessionResource(session, at: commands.now().service)
        }
        let known = root.group().add(middleware: KnownPeople())
        let session = known.group("sessions/:id").add(middleware: OneSession())
        session.get { _, context in
            let session = try await commands.session(context.sessionID(), for: context.requirePrincipal())
            return SessionResource(session, at: commands.now().service)
        }
        session.get("terminals") { request, context in try await attach(request, context, as: .driver) }
        session.get("exec") { request, context in try await exec(request, context) }
        return router
    }

    /// The line that lets a key in, with a new ticket; nothing when it opens nothing.
    private func authorize(
        _ offer: KeyOffer,
        _ door: SSHDoor,
        _ gate: SSHGate,
        _ logger: Logger,
    ) async throws -> String {
        let key: PublicKey
        do {
            key = try PublicKey(line: "\(offer.type) \(offer.key)")
        } catch {
            logger.debug("A key was offered that is none of ours", metadata: ["why": "\(error.message)"])
            return ""
        }
        for known in try await commands.sessions(openedBy: key) {
            guard try await session(of: known, door.people) != nil else { continue }
            return gate.line(for: key, try door.tickets.issue(key))
        }
        return ""
    }

    /// The session that somebody means who has a key, and for whom it opens it.
    private func choose(
        _ name: String?,
        _ key: PublicKey,
        _ people: SSHPeople,
    ) async throws -> (key: SessionKey, session: Session) {
        var sessions: [SessionID: Session] = [:]
        var keys: [SessionKey] = []
        for known in try await commands.sessions(openedBy: key) {
            guard let session = try await session(of: known, people) else { continue }
            sessions[known.session] = session
            keys.append(known)
        }
        let chosen = try SSHChoice.choose(name, among: keys)
        guard let session = sessions[chosen.session] else { throw SSHTickets.useless }
        return (chosen, session)
    }

    /// The session that a key opens; `nil` when it is over, or who has added the key may not use it any more.
    private func session(of key: SessionKey, _ people: SSHPeople) async throws -> Session? {
        guard let principal = try await people.principal(key.person) else { return nil }
        do {
            let session = try await commands.session(key.session, for: principal)
            return session.lifecycle.state.endReason == nil ? session : nil
        } catch let failure as Failure where failure.code == .notFound {
            return nil
        }
    }
}

/// What sshd is told to run for who comes with a key.
struct SSHGate: Sendable {
    /// The absolute path of the command `sandglass`.
    let tool: String
    /// The socket at which tickets are taken.
    let socket: String

    /// Asks which keys are let in.
    var question: String { "\(tool) ssh-keys --socket \(socket) %t %k" }

    /// Lets a key in, to one thing only.
    func line(for key: PublicKey, _ ticket: Secret) -> String {
        // In the shell's place, so that its parent is the process of sshd to which the ticket belongs.
        let command = "exec \(tool) ssh-entry --socket \(socket) -- \(ticket.text)"
        return "restrict,pty,command=\"\(command)\" \(key.type) \(key.base64)\n"
    }
}

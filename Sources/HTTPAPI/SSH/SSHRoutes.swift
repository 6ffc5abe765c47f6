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
        let known = root.group().add(middleware: KnownPeople())
        known.get("ssh/session") { _, context in
            guard let id = context.caller.session else { throw Failure(.notFound, "no session is meant") }
            let session = try await commands.session(id, for: context.requirePrincipal())
            return SessionResource(session, at: commands.now().service)
        }
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
        guard let known = try await commands.key(key), let principal = try await door.people.principal(known.person),
            // Whoever may not use the session any more has no key to it either.
            let session = try? await commands.session(known.session, for: principal),
            session.lifecycle.state.endReason == nil
        else { return "" }
        let ticket = try door.tickets.issue(.init(person: known.person, session: known.session))
        return gate.line(for: key, ticket)
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
        let command = "\(tool) ssh-entry --socket \(socket) -- \(ticket.text)"
        return "restrict,pty,command=\"\(command)\" \(key.type) \(key.base64)\n"
    }
}

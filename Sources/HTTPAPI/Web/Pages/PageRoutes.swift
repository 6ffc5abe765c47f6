import APIContract
import HTTPTypes
import Hummingbird
import SessionEngine
import SessionModel

extension API {
    func addPages(to router: Router<APIRequestContext>, _ console: Console) {
        router.get("sign-in") { request, context -> Response in
            let next = Self.ownPath(request.uri.queryParameters.get("next"))
            guard context.caller.principal == nil else { return .redirect(to: next, type: .normal) }
            return try console.answer(.signIn, ["title": "Sign in", "next": next])
        }
        router.get("link") { _, _ in try console.answer(.link, ["title": "Welcome"]) }
        let pages = router.group().add(middleware: PageDoor(console: console))
        pages.get("/") { _, context in try await home(console, context) }
        pages.get("sessions/:id") { request, context in
            let principal = try context.requirePrincipal()
            let session = try await commands.session(context.sessionID(), for: principal)
            let isDriver = session.person == principal.person || request.uri.queryParameters.get("part") == "driver"
            return try console.answer(
                .session,
                [
                    "title": session.definition?.title.english ?? session.lab.name,
                    "csrf": context.caller.signIn?.csrfSecret,
                    "id": session.id.description, "person": principal.person.description,
                    "lab": session.definition?.title.english ?? session.lab.name,
                    "state": session.lifecycle.state.kind.rawValue, "part": isDriver ? "driver" : "watcher",
                    "isWatcher": !isDriver,
                ],
            )
        }
        pages.get("sessions/:id/replay") { _, context in
            let session = try await commands.session(context.sessionID(), for: context.requirePrincipal())
            let lab = session.definition?.title.english ?? session.lab.name
            return try console.answer(
                .replay,
                [
                    "title": "Replay", "csrf": context.caller.signIn?.csrfSecret, "id": session.id.description,
                    "lab": lab,
                ],
            )
        }
    }

    private func home(_ console: Console, _ context: APIRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let labs = try await definitions.labs().filter(principal.finds)
        let sessions = try await commands.sessions(
            SessionFilter(person: principal.person),
            after: nil,
            limit: 20,
            for: principal,
        ).sessions
        let titles = Dictionary(labs.map { ($0.id, $0.title.english) }) { first, _ in first }
        let policies = Dictionary(try await definitions.policies().map { ($0.id, $0) }) { first, _ in first }
        return try console.answer(
            .home,
            [
                "title": "Labs", "csrf": context.caller.signIn?.csrfSecret, "name": try await name(of: principal),
                "labs": labs.map { lab in
                    [
                        "id": lab.id.name, "title": lab.title.english,
                        "what": policies[lab.policy].map(Self.whatStarts) ?? "",
                    ]
                },
                "hasSessions": !sessions.isEmpty,
                "sessions": sessions.map { session -> [String: Any] in
                    [
                        "id": session.id.description, "lab": titles[session.lab] ?? session.lab.name,
                        "state": session.lifecycle.state.kind.rawValue, "isOpen": !session.lifecycle.state.kind.isOver,
                    ]
                },
            ],
        )
    }

    /// What whoever starts a session is in for: how long it is, and what is recorded.
    static func whatStarts(under policy: Policy) -> String {
        let recording = policy.recording
        let recorded =
            switch recording.mode {
            case .none: "nothing is recorded"
            case .output, .required:
                recording.input ? "what you see and type is recorded" : "what the terminals show is recorded"
            }
        return "\(policy.time.limit.shortText), \(recorded)"
    }

    private func name(of principal: Principal) async throws -> String {
        guard principal.person.isOfAccount else { return principal.person.description }
        return try await access.accounts.account(principal.person, for: principal).personal?.name ?? ""
    }

    /// A path of this service to go on to; never another site's.
    static func ownPath(_ text: String?) -> String {
        guard let text, text.hasPrefix("/"), !text.hasPrefix("//"),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
        else { return "/" }
        return text
    }
}

extension SessionState.Kind {
    fileprivate var isOver: Bool { self == .ended || self == .tornDown || self == .finishing }
}

/// Sends whoever is not signed in to the page where they can, and says on a page what is wrong.
private struct PageDoor: RouterMiddleware {
    let console: Console

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response,
    ) async throws -> Response {
        guard context.caller.principal != nil else {
            let path = request.uri.path == "/" ? "" : "?next=\(request.uri.path)"
            return .redirect(to: "/sign-in\(path)", type: .normal)
        }
        do {
            return try await next(request, context)
        } catch let failure as Failure {
            return try console.answer(Problem(failure))
        }
    }
}

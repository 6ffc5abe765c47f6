import APIContract
import HTTPTypes
import Hummingbird
import SessionEngine
import SessionModel

extension API {
    func addSessionRoutes(to group: RouterGroup<APIRequestContext>) {
        group.post { request, context in
            let body = try await context.body(of: request, as: CreateSessionRequest.self)
            var order = try SessionCommands.Request(body)
            order.idempotencyKey = try request.idempotencyKey()
            let session = try await commands.create(order, by: context.requirePrincipal())
            return EditedResponse(
                status: .created,
                headers: [.location: "/api/v1/sessions/\(session.id)"],
                response: SessionResource(session, at: commands.now().service),
            )
        }
        group.get { request, context in
            let (query, principal) = (request.uri.queryParameters, try context.requirePrincipal())
            let person = query.get("person").map { $0 == "me" ? principal.person : PersonID($0) }
            let page = try await commands.sessions(
                SessionFilter(person: person, states: try states(query.get("state"))),
                after: query.get("cursor"),
                limit: try query.limit(),
                for: principal,
            )
            // Only who may see other people's comes here with somebody else.
            if let person, page.sessions.isEmpty { try await access.accounts.requireKnown(person) }
            let now = commands.now().service
            return SessionList(sessions: page.sessions.map { SessionResource($0, at: now) }, next: page.next)
        }
        group.get(":id") { _, context in
            let session = try await commands.session(context.sessionID(), for: context.requirePrincipal())
            return SessionResource(session, at: commands.now().service)
        }
        group.post(":id/end") { _, context in
            let session = try await commands.end(context.sessionID(), by: context.requirePrincipal())
            return SessionResource(session, at: commands.now().service)
        }
        group.post(":id/submit") { _, context in
            let session = try await commands.submit(context.sessionID(), by: context.requirePrincipal())
            return SessionResource(session, at: commands.now().service)
        }
        group.post(":id/pause") { _, context in
            let session = try await commands.pause(context.sessionID(), by: context.requirePrincipal())
            return SessionResource(session, at: commands.now().service)
        }
        group.post(":id/resume") { _, context in
            let session = try await commands.resume(context.sessionID(), by: context.requirePrincipal())
            return SessionResource(session, at: commands.now().service)
        }
        group.post(":id/reset") { _, context in
            let session = try await commands.reset(context.sessionID(), by: context.requirePrincipal())
            return SessionResource(session, at: commands.now().service)
        }
        group.post(":id/extend") { request, context in
            let body = try await context.body(of: request, as: ExtendSessionRequest.self)
            let amount = try body.seconds.map { seconds in
                guard (1...7 * 86_400).contains(seconds) else {
                    throw Failure(.invalidInput, "seconds must lie between 1 and \(7 * 86_400), not \(seconds)")
                }
                return Duration.seconds(seconds)
            }
            let session = try await commands.extend(context.sessionID(), by: amount, by: context.requirePrincipal())
            return SessionResource(session, at: commands.now().service)
        }
        group.get(":id/events") { request, context in
            let after = try request.uri.queryParameters.get("after").map { text in
                guard let number = Int64(text), number >= 0 else {
                    throw Failure(.invalidInput, "after must be a sequence number, not \"\(text)\"")
                }
                return number
            }
            let (id, principal) = (try context.sessionID(), try context.requirePrincipal())
            if request.headers[.accept]?.contains("text/event-stream") == true {
                return try await EventStream(commands: commands, session: id, principal: principal)
                    .response(in: context, after: after ?? 0)
            }
            let lines = try await commands.timeline(of: id, after: after ?? 0, for: principal)
            return try EventList(events: lines.map(EventResource.init)).response(from: request, context: context)
        }
        addTerminalRoutes(to: group)
        group.get(":id/exec") { request, context in
            try await exec(request, context)
        }
        for kind in UploadRequest.Kind.allCases {
            group.put(":id/\(kind.rawValue)") { request, context in try await upload(kind, request, context) }
            group.get(":id/\(kind.rawValue)") { request, context in try await download(kind, request, context) }
        }
        group.get(":id/copy") { request, context in try await copy(request, context) }
        group.get(":id/forward") { request, context in try await forward(request, context) }
        addKeyRoutes(to: group)
    }

    private func states(_ text: String?) throws -> Set<SessionState.Kind> {
        guard let text, !text.isEmpty else { return [] }
        return Set(
            try text.split(separator: ",").map { name in
                guard let kind = SessionState.Kind(rawValue: String(name)) else {
                    let all = SessionState.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Failure(.invalidInput, "there is no state \"\(name)\"; states are \(all)")
                }
                return kind
            }
        )
    }
}

extension Parameters {
    /// How much of a list is asked for.
    func limit() throws(Failure) -> Int {
        guard let text = get("limit") else { return 50 }
        guard let number = Int(text), (1...500).contains(number) else {
            throw Failure(.invalidInput, "limit must be a number from 1 to 500, not \"\(text)\"")
        }
        return number
    }
}

extension APIRequestContext {
    /// The session named in the path.
    func sessionID() throws -> SessionID {
        let text = try parameters.require("id")
        guard let id = SessionID(text) else { throw Failure(.notFound, "there is no session \"\(text.prefix(40))\"") }
        return id
    }
}

extension SessionCommands.Request {
    /// What a body asks for.
    init(_ body: CreateSessionRequest) throws {
        guard let lab = LabID(body.lab) else { throw Failure(.notFound, "there is no lab \"\(body.lab.prefix(80))\"") }
        let policy = try body.policy.map { text in
            guard let id = PolicyID(text) else {
                throw Failure(.notFound, "there is no policy \"\(text.prefix(80))\"")
            }
            return id
        }
        let limit = try body.limitSeconds.map { seconds in
            guard (1...7 * 86_400).contains(seconds) else {
                throw Failure(.invalidInput, "limitSeconds must lie between 1 and \(7 * 86_400), not \(seconds)")
            }
            return Duration.seconds(seconds)
        }
        let cohort = try body.cohort.map { text in
            guard let id = CohortID(text) else {
                throw Failure(
                    .invalidInput,
                    "\"\(text.prefix(80))\" is not a cohort's name: "
                        + "lower-case letters, digits and single dashes, at most 64",
                )
            }
            return id
        }
        self.init(
            lab: lab,
            policy: policy,
            limit: limit,
            cohort: cohort,
            seed: body.seed,
            isDraft: body.draft ?? false,
            isolationOverride: body.isolationOverride,
        )
    }
}

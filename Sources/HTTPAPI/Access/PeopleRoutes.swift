import APIContract
import HTTPTypes
import Hummingbird
import SessionEngine
import SessionModel

extension API {
    func addPeopleRoutes(to root: RouterGroup<APIRequestContext>) {
        let group = root.group("people")
        group.post { request, context in
            let principal = try context.require(.managePeople)
            let body = try await context.body(of: request, as: CreatePersonRequest.self)
            let account = try await access.accounts.create(
                login: body.login,
                name: body.name,
                email: body.email,
                roles: try Set(roles: body.roles),
                idempotencyKey: try request.idempotencyKey(),
                by: principal,
                from: context.caller.origin,
            )
            return EditedResponse(
                status: .created,
                headers: [.location: "/api/v1/people/\(account.id)", .eTag: .tag(account.generation)],
                response: PersonResource(account),
            )
        }
        group.get { request, context in
            let query = request.uri.queryParameters
            let page = try await access.accounts.list(
                after: query.get("cursor").map(PersonID.init),
                limit: try query.limit(),
                for: context.requirePrincipal(),
            )
            return PersonList(people: page.accounts.map(PersonResource.init), next: page.next?.description)
        }
        group.get(":id") { request, context in
            let account = try await access.accounts.account(context.personID(), for: context.requirePrincipal())
            return try context.answer(request, PersonResource(account), account.generation)
        }
        group.patch(":id") { request, context in
            let principal = try context.requirePrincipal()
            let body = try await context.body(of: request, as: ChangePersonRequest.self)
            let id = try context.personID()
            let account = try await context.ifMatching(request) {
                try await access.accounts.account(id, for: principal).generation
            } change: { generation in
                try await access.accounts.change(
                    id,
                    try AccountCommands.Change(body),
                    at: generation,
                    by: principal,
                    from: context.caller.origin,
                )
            }
            return EditedResponse(headers: [.eTag: .tag(account.generation)], response: PersonResource(account))
        }
        group.delete(":id") { _, context in
            let principal = try context.require(.managePeople)
            try await access.accounts.erase(context.personID(), by: principal, from: context.caller.origin)
            return HTTPResponse.Status.noContent
        }
        group.post(":id/password-link") { _, context in
            let principal = try context.require(.managePeople)
            let secret = try await access.accounts.passwordLink(
                for: context.personID(),
                by: principal,
                from: context.caller.origin,
            )
            return OneTimeLinkResource(secret: secret.text, url: access.url(ofLink: secret))
        }
        group.post(":id/sign-out") { _, context in
            let principal = try context.requirePrincipal()
            let id = try context.personID()
            try await access.accounts.signOutEverywhere(id, by: principal, from: context.caller.origin)
            return HTTPResponse.Status.noContent
        }
        addTokenRoutes(to: root)
        root.get("audit") { request, context in
            let query = request.uri.queryParameters
            let before = try query.get("before").map { text in
                guard let number = Int64(text), number > 0 else {
                    throw Failure(.invalidInput, "before must be a sequence number, not \"\(text.prefix(40))\"")
                }
                return number
            }
            let page = try await access.accounts.audit(
                before: before,
                limit: try query.limit(),
                for: context.requirePrincipal(),
            )
            return AuditList(entries: page.entries.map(AuditEntryResource.init), next: page.next)
        }
    }

    private func addTokenRoutes(to root: RouterGroup<APIRequestContext>) {
        root.get("people/:id/tokens") { _, context in
            let tokens = try await access.accounts.tokens(of: context.personID(), for: context.requirePrincipal())
            return TokenList(tokens: tokens.map(TokenResource.init))
        }
        root.post("people/:id/tokens") { request, context in
            let (id, principal) = (try context.personID(), try context.requirePrincipal())
            let body = try await context.body(of: request, as: IssueTokenRequest.self)
            let (token, secret) = try await access.accounts.issueToken(
                for: id,
                name: body.name,
                scopes: try body.scopes.map { try Set(permissions: $0) },
                lifetime: .seconds(min(body.lifetimeSeconds, Int(Int32.max))),
                idempotencyKey: try request.idempotencyKey(),
                by: principal,
                from: context.caller.origin,
            )
            return EditedResponse(
                status: .created,
                headers: [.location: "/api/v1/tokens/\(token.id)", .cacheControl: "no-store"],
                response: IssuedTokenResource(token: TokenResource(token), secret: secret.text),
            )
        }
        root.delete("tokens/:id") { _, context in
            let (text, principal) = (try context.parameters.require("id"), try context.requirePrincipal())
            guard let id = TokenID(text) else {
                throw Failure(.notFound, "there is no token \"\(text.prefix(40))\"")
            }
            try await access.accounts.revokeToken(id, by: principal, from: context.caller.origin)
            return HTTPResponse.Status.noContent
        }
    }
}

extension APIRequestContext {
    /// The person named in the path; `me` is who asks.
    fileprivate func personID() throws -> PersonID {
        let text = try parameters.require("id")
        return text == "me" ? try requirePrincipal().person : PersonID(text)
    }
}

extension Set<Role> {
    /// Reads roles by name.
    fileprivate init(roles names: [String]) throws(Failure) {
        self = []
        for name in names {
            guard let role = Role(rawValue: name) else {
                let all = Role.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(.invalidInput, "there is no role \"\(name.prefix(40))\"; roles are \(all)")
            }
            insert(role)
        }
    }
}

extension Set<Permission> {
    /// Reads permissions by name.
    fileprivate init(permissions names: [String]) throws(Failure) {
        self = []
        for name in names {
            guard let permission = Permission(rawValue: name) else {
                let all = Permission.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(.invalidInput, "there is no scope \"\(name.prefix(40))\"; scopes are \(all)")
            }
            insert(permission)
        }
    }
}

extension AccountCommands.Change {
    /// What a body asks for.
    fileprivate init(_ body: ChangePersonRequest) throws(Failure) {
        self.init(login: body.login, name: body.name, email: body.email)
        if let names = body.roles { roles = try Set(roles: names) }
        guard let state = body.state else { return }
        guard let known = Account.State(rawValue: state) else {
            throw Failure(.invalidInput, "state must be active or disabled, not \"\(state.prefix(40))\"")
        }
        self.state = known
    }
}

extension PersonResource: ResponseEncodable {
    init(_ account: Account) {
        self.init(
            id: account.id.description,
            login: account.personal?.login.description,
            name: account.personal?.name,
            email: account.personal?.email,
            roles: account.roles.sorted().map(\.rawValue),
            state: account.state.rawValue,
            createdAt: account.createdAt.rfc3339,
        )
    }
}

extension TokenResource {
    init(_ token: APIToken) {
        self.init(
            id: token.id.description,
            person: token.person.description,
            name: token.name,
            scopes: token.scopes.map { $0.sorted().map(\.rawValue) },
            createdAt: token.createdAt.rfc3339,
            expiresAt: token.expiresAt.rfc3339,
            lastUsedAt: token.lastUsedAt?.rfc3339,
            revokedAt: token.revokedAt?.rfc3339,
        )
    }
}

extension AuditEntryResource {
    init(_ entry: AuditEntry) {
        self.init(
            sequence: entry.sequence,
            at: entry.at.rfc3339,
            actor: entry.actor?.description,
            channel: entry.origin.channel.rawValue,
            address: entry.origin.address,
            action: entry.action,
            object: entry.object,
            detail: entry.detail,
            outcome: entry.outcome.rawValue,
        )
    }
}

extension PersonList: ResponseEncodable {}
extension TokenList: ResponseEncodable {}
extension IssuedTokenResource: ResponseEncodable {}
extension OneTimeLinkResource: ResponseEncodable {}
extension AuditList: ResponseEncodable {}

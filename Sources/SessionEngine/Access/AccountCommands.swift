package import SessionModel

/// What people may do with accounts, their own and others'.
///
/// Permission is checked here, once, for every edge. Every change leaves a line in the audit log. Nobody gives more than
/// they have: who looks after people changes no account that may do more than they may, and makes none.
package struct AccountCommands: Sendable {
    let ports: AccessPorts
    let desk: SignInDesk

    /// Makes the commands beside the desk that knows who asks.
    package init(_ desk: SignInDesk) {
        ports = desk.ports
        self.desk = desk
    }

    /// What is to become of an account; what is `nil` stays.
    package struct Change: Sendable, Equatable {
        /// Another login.
        package var login: String?
        /// Another name.
        package var name: String?
        /// Another address; none when empty.
        package var email: String?
        /// Other roles.
        package var roles: Set<Role>?
        /// Whether the person may come in.
        package var state: Account.State?

        /// Makes a change.
        package init(
            login: String? = nil,
            name: String? = nil,
            email: String? = nil,
            roles: Set<Role>? = nil,
            state: Account.State? = nil,
        ) {
            self.login = login
            self.name = name
            self.email = email
            self.roles = roles
            self.state = state
        }
    }

    /// Makes an account without a password; ``passwordLink(for:by:from:)`` lets its person set one.
    ///
    /// - Parameters:
    ///   - login: What its person signs in with.
    ///   - name: What they are called.
    ///   - email: Their address; none when `nil`.
    ///   - roles: What they are here for: one at least.
    ///   - key: Chosen by who asks: a request that is repeated with it asks for the same account.
    ///   - principal: Who asks.
    ///   - origin: From where.
    /// - Returns: The account.
    /// - Throws: ``Failure``: `forbidden`, `invalidInput`, `conflict` when the login is somebody's or the key was used for
    ///   another account, `storage`.
    package func create(
        login: String,
        name: String,
        email: String? = nil,
        roles: Set<Role>,
        idempotencyKey key: String? = nil,
        by principal: Principal,
        from origin: Origin,
    ) async throws -> Account {
        try principal.require(.managePeople)
        try allow(roles, by: principal)
        let account = Account(
            id: PersonID(for: principal.person, key, or: ports.random),
            personal: try PersonalData(entered: login, name: name, email: email),
            roles: roles,
            createdAt: ports.now,
        )
        let record = record(.createPerson, account.id, detail: "roles: " + roles.text, by: principal, from: origin)
        do {
            try await ports.accounts.create(account, password: nil, audit: record)
        } catch let failure as Failure where failure.code == .conflict && key != nil {
            return try await made(as: account, or: failure)
        }
        return account
    }

    /// What was made for a request that is repeated.
    ///
    /// - Throws: The failure when nothing was; ``Failure`` with `conflict` when it is not as the account.
    private func made(as account: Account, or failure: Failure) async throws -> Account {
        let made: Account
        do {
            made = try await ports.accounts.account(account.id)
        } catch let missing as Failure where missing.code == .notFound {
            throw failure
        }
        guard made.personal == account.personal, made.roles == account.roles else {
            throw Failure(
                .conflict,
                "this Idempotency-Key was used for person \(made.id), who is not as asked for now; take a new one",
            )
        }
        return made
    }

    /// One page of all accounts, newest first; for those who look after people.
    ///
    /// - Throws: ``Failure``: `forbidden`, `invalidInput`, `storage`.
    package func list(after last: PersonID?, limit: Int, for principal: Principal) async throws -> AccountPage {
        try principal.require(.managePeople)
        return try await ports.accounts.accounts(after: last, limit: limit)
    }

    /// An account: one's own, or anybody's for those who look after people.
    ///
    /// - Throws: ``Failure``: `forbidden`, `notFound` (also for one's own: who comes through the local socket needs none),
    ///   `storage`.
    package func account(_ id: PersonID, for principal: Principal) async throws -> Account {
        if id != principal.person { try principal.require(.managePeople) }
        return try await stored(id)
    }

    /// Changes an account, unless it is so already: a person their own name and address, who looks after people the rest
    /// too, but nobody their own roles and state.
    ///
    /// - Parameters:
    ///   - id: The person.
    ///   - change: What is to be changed.
    ///   - generation: The generation of the account that was looked at; any when `nil`.
    ///   - principal: Who asks.
    ///   - origin: From where.
    /// - Returns: The account as it is then.
    /// - Throws: ``Failure``: `forbidden`, `notFound`, `invalidInput`, `conflict` when it was changed meanwhile or the login
    ///   is somebody's, `wrongState` when the person is erased, `storage`.
    package func change(
        _ id: PersonID,
        _ change: Change,
        at generation: Int64? = nil,
        by principal: Principal,
        from origin: Origin,
    ) async throws -> Account {
        let current = try await changeable(id, by: principal)
        var account = current
        if change.login != nil || change.roles != nil || change.state != nil {
            try principal.require(.managePeople)
        }
        if id == principal.person, change.roles != nil || change.state != nil {
            throw Failure(.forbidden, "nobody changes their own roles or state")
        }
        guard let personal = account.personal else { throw Failure(.wrongState, "person \(id) is erased") }
        guard change.state != .erased else {
            throw Failure(.invalidInput, "a person is not erased by a change; there is a command of its own")
        }
        if let roles = change.roles { try allow(roles, by: principal) }
        account.personal = try PersonalData(
            entered: change.login ?? personal.login.description,
            name: change.name ?? personal.name,
            email: change.email ?? personal.email,
        )
        account.roles = change.roles ?? account.roles
        account.state = change.state ?? account.state
        account.generation = generation ?? account.generation
        guard account != current else { return current }
        let changes = Self.changes(from: current, to: account)
        let record = record(.changePerson, id, detail: changes, by: principal, from: origin)
        return try await ports.accounts.update(account, audit: record)
    }

    /// What is otherwise, without what somebody has entered.
    private static func changes(from old: Account, to new: Account) -> String {
        let parts: [String?] = [
            new.personal?.login == old.personal?.login ? nil : "login",
            new.personal?.name == old.personal?.name ? nil : "name",
            new.personal?.email == old.personal?.email ? nil : "email",
            new.roles == old.roles ? nil : "roles: " + new.roles.text,
            new.state == old.state ? nil : "state: " + new.state.rawValue,
        ]
        return parts.compactMap { $0 }.joined(separator: "; ")
    }

    /// Sets one's own password and signs out everywhere else.
    ///
    /// - Parameters:
    ///   - old: The password so far.
    ///   - new: The password from now on.
    ///   - signIn: Where one stays signed in.
    ///   - principal: Who asks.
    ///   - origin: From where.
    /// - Throws: ``Failure``: `forbidden` also when the old one is wrong; `throttled` as for signing in; `invalidInput`,
    ///   `notFound`, `wrongState`, `noCapacity`, `storage`; `CancellationError`.
    package func setPassword(
        old: String,
        new: String,
        keeping signIn: SignIn?,
        by principal: Principal,
        from origin: Origin,
    ) async throws {
        try requireWhole(principal)
        let password = try Password(new)
        let login = try await ports.accounts.account(principal.person).personal?.login
        guard try await desk.prove(login, old, from: origin).account?.id == principal.person else {
            var record = record(.setPassword, principal.person, by: principal, from: origin)
            record.outcome = .refused
            try await ports.audit.append(record)
            throw Failure(.forbidden, "the old password is wrong")
        }
        let hash = try await ports.hasher.hash(password)
        try await ports.accounts.setPassword(
            hash,
            of: principal.person,
            keeping: signIn?.digest,
            audit: record(.setPassword, principal.person, by: principal, from: origin),
        )
    }

    /// Makes a link with which somebody sets their password, once, within a day; in place of an earlier one.
    ///
    /// - Returns: The link's secret: whoever has it can come in as the person.
    /// - Throws: ``Failure``: `forbidden`, `notFound`, `wrongState` when the person is not active, `storage`.
    package func passwordLink(
        for id: PersonID,
        by principal: Principal,
        from origin: Origin,
    ) async throws -> Secret {
        try principal.require(.managePeople)
        _ = try await changeable(id, by: principal)
        let record = record(.linkPassword, id, by: principal, from: origin)
        return try await desk.makeLink(for: .setPassword(id), audit: record)
    }

    /// Forgets who somebody is; what they did stays, under their identifier.
    ///
    /// It cannot be undone.
    ///
    /// Does nothing more when that was done before.
    ///
    /// - Throws: ``Failure``: `forbidden` (also for oneself), `notFound`; `storage`, when it should be repeated.
    package func erase(_ id: PersonID, by principal: Principal, from origin: Origin) async throws {
        try principal.require(.managePeople)
        guard id != principal.person else { throw Failure(.forbidden, "nobody erases themselves") }
        _ = try await changeable(id, by: principal)
        try await ports.accounts.erase(id, audit: record(.erasePerson, id, by: principal, from: origin))
    }

    /// Signs a person out everywhere; their tokens stay.
    ///
    /// - Throws: ``Failure``: `forbidden`, `notFound`, `storage`.
    package func signOutEverywhere(_ id: PersonID, by principal: Principal, from origin: Origin) async throws {
        _ = try await changeable(id, by: principal)
        let record = record(.signOutEverywhere, id, by: principal, from: origin)
        try await ports.accounts.removeSignIns(of: id, audit: record)
    }

    /// One page of the audit log, newest first; for those who may read it.
    ///
    /// - Throws: ``Failure``: `forbidden`, `invalidInput`, `storage`.
    package func audit(before sequence: Int64?, limit: Int, for principal: Principal) async throws -> AuditPage {
        try principal.require(.readAudit)
        return try await ports.audit.entries(before: sequence, limit: limit)
    }

    // MARK: Who may

    /// An account that the principal may change: their own, or one that may do no more than they may.
    ///
    /// Whoever looks after nobody learns of no other account whether it is there.
    func changeable(_ id: PersonID, by principal: Principal) async throws -> Account {
        if id != principal.person { try principal.require(.managePeople) }
        if !principal.may(.managePeople) { try requireWhole(principal) }
        let account = try await stored(id)
        guard account.principal.permissions.isSubset(of: principal.permissions) else {
            throw Failure(.forbidden, "person \(id) may do more than you, so you may not change their account")
        }
        return account
    }

    /// An account, or why there is none.
    private func stored(_ id: PersonID) async throws -> Account {
        do {
            return try await ports.accounts.account(id)
        } catch let failure as Failure where failure.code == .notFound && id.isOfHost {
            throw Failure(.notFound, "\(id) is a user of the host, who needs no account and has none", cause: failure)
        }
    }

    /// Refuses a token that is narrower than its person, who alone decides what others may do in their name.
    private func requireWhole(_ principal: Principal) throws {
        guard principal.scopes == nil else {
            throw Failure(.forbidden, "a token with scopes may not be used to change its person's account")
        }
    }

    private func allow(_ roles: Set<Role>, by principal: Principal) throws {
        guard !roles.isEmpty else { throw Failure(.invalidInput, "a person has at least one role") }
        for role in roles.sorted() where !role.permissions.isSubset(of: principal.permissions) {
            throw Failure(.forbidden, "the role \(role.rawValue) may do more than you, so you may not give it")
        }
    }

    func record(
        _ action: AuditAction,
        _ object: PersonID,
        detail: String = "",
        by principal: Principal,
        from origin: Origin,
    ) -> AuditRecord {
        AuditRecord(
            at: ports.now,
            actor: principal.person,
            origin: origin,
            action: action,
            object: object.description,
            detail: detail,
        )
    }
}

extension Set<Role> {
    /// The roles by name.
    fileprivate var text: String { sorted().map(\.rawValue).joined(separator: " ") }
}

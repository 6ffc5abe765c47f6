package import SessionModel

extension AccountCommands {
    /// How long a token counts at most.
    package static let longestToken: Duration = .seconds(366 * 86_400)

    /// Issues a token: for oneself, or for somebody else by those who look after people.
    ///
    /// - Parameters:
    ///   - id: For whom.
    ///   - name: What it is called.
    ///   - scopes: What it may be used for at most; all that the person may do when `nil`, nothing but their own sessions
    ///     when empty.
    ///   - lifetime: How long it counts: a minute to ``longestToken``.
    ///   - key: Chosen by who asks: a request that is repeated with it makes no second token.
    ///   - principal: Who asks.
    ///   - origin: From where.
    /// - Returns: The token, and its secret, which is told this once.
    /// - Throws: ``Failure``: `forbidden`, `notFound`, `invalidInput`, `wrongState` when the person is not active,
    ///   `noCapacity` when they have as many as anybody may have, `alreadyMade` for a key that was used, `storage`.
    package func issueToken(
        for id: PersonID,
        name: String,
        scopes: Set<Permission>?,
        lifetime: Duration,
        idempotencyKey key: String? = nil,
        by principal: Principal,
        from origin: Origin,
    ) async throws -> (token: APIToken, secret: Secret) {
        let account = try await changeable(id, by: principal)
        guard name.isLine(upTo: 100) else {
            throw Failure(.invalidInput, "a token's name is one line of 1 to 100 characters, \(String.lineRule)")
        }
        guard lifetime >= .seconds(60), lifetime <= Self.longestToken else {
            throw Failure(
                .invalidInput,
                "a token counts for a minute to \(Int(Self.longestToken.seconds / 86_400)) days",
            )
        }
        if let scopes, !scopes.isSubset(of: account.principal.permissions) {
            let beyond = scopes.subtracting(account.principal.permissions).sorted().map(\.rawValue)
            throw Failure(
                .invalidInput,
                "a token has no more than its person, who lacks \(beyond.joined(separator: ", "))",
            )
        }
        let (secret, now) = (Secret(from: ports.random, isToken: true), ports.now)
        let token = APIToken(
            id: TokenID(.token, of: principal.person, key, or: ports.random),
            person: id,
            name: name,
            scopes: scopes,
            createdAt: now,
            expiresAt: now.advanced(by: lifetime),
        )
        let reach = scopes.map { "scopes: " + $0.sorted().map(\.rawValue).joined(separator: " ") } ?? "all scopes"
        let record = record(.issueToken, id, detail: "token \(token.id); \(reach)", by: principal, from: origin)
        do {
            try await ports.accounts.add(token, digest: secret.digest, audit: record)
        } catch let failure as Failure where failure.code == .conflict && key != nil {
            throw Failure.alreadyMade("token \(token.id)", cause: failure)
        }
        return (token, secret)
    }

    /// All tokens of a person, newest first: one's own, or anybody's for those who look after people.
    ///
    /// - Throws: ``Failure``: `forbidden`, `storage`.
    package func tokens(of id: PersonID, for principal: Principal) async throws -> [APIToken] {
        if id != principal.person { try principal.require(.managePeople) }
        return try await ports.accounts.tokens(of: id)
    }

    /// Revokes a token, one's own or that of somebody one looks after.
    ///
    /// Does nothing when it is revoked.
    ///
    /// - Throws: ``Failure``: `forbidden`, `notFound` also for somebody else's, `storage`.
    package func revokeToken(_ token: TokenID, by principal: Principal, from origin: Origin) async throws {
        let owner = try await ports.accounts.token(token).person
        guard owner == principal.person || principal.may(.managePeople) else {
            throw Failure(.notFound, "there is no token \"\(token)\"")
        }
        _ = try await changeable(owner, by: principal)
        let record = record(.revokeToken, owner, detail: "token \(token)", by: principal, from: origin)
        try await ports.accounts.revoke(token, at: record.at, audit: record)
    }
}

/// The body of `POST /api/v1/sign-in`.
package struct SignInRequest: Codable, Sendable, Equatable {
    /// The login.
    package var login: String
    /// The password.
    package var password: String

    /// Makes a request.
    package init(login: String, password: String) {
        self.login = login
        self.password = password
    }
}

/// Who asks; the answer of `GET` and `POST /api/v1/sign-in`.
package struct SignInResource: Codable, Sendable, Equatable {
    /// Stands for the person.
    package var person: String
    /// What they are called; absent for who came through the local socket.
    package var name: String?
    /// What they are here for.
    package var roles: [String]
    /// What they may do beyond using their own sessions.
    package var permissions: [String]
    /// What a request that changes something must send as `X-CSRF-Token`; absent unless a cookie tells who asks.
    package var csrfToken: String?

    /// Makes a resource.
    package init(person: String, name: String?, roles: [String], permissions: [String], csrfToken: String?) {
        self.person = person
        self.name = name
        self.roles = roles
        self.permissions = permissions
        self.csrfToken = csrfToken
    }
}

/// A token, without its secret.
package struct TokenResource: Codable, Sendable, Equatable {
    /// The token's identifier.
    package var id: String
    /// For whom it acts.
    package var person: String
    /// What it is called.
    package var name: String
    /// What it may be used for at most; absent when for all that its person may do.
    package var scopes: [String]?
    /// When it was issued, in RFC 3339.
    package var createdAt: String
    /// From when on it is refused, in RFC 3339.
    package var expiresAt: String
    /// When it was used last, give or take a minute, in RFC 3339.
    package var lastUsedAt: String?
    /// When it was revoked, in RFC 3339.
    package var revokedAt: String?

    /// Makes a token.
    package init(
        id: String,
        person: String,
        name: String,
        scopes: [String]?,
        createdAt: String,
        expiresAt: String,
        lastUsedAt: String?,
        revokedAt: String?,
    ) {
        self.id = id
        self.person = person
        self.name = name
        self.scopes = scopes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.revokedAt = revokedAt
    }
}

/// A person's tokens, newest first; the answer of `GET /api/v1/people/{id}/tokens`.
package struct TokenList: Codable, Sendable, Equatable {
    /// The tokens.
    package var tokens: [TokenResource]

    /// Makes a list.
    package init(tokens: [TokenResource]) { self.tokens = tokens }
}

/// The body of `POST /api/v1/people/{id}/tokens`.
package struct IssueTokenRequest: Codable, Sendable, Equatable {
    /// What it is called.
    package var name: String
    /// What it may be used for at most, by permission; all that the person may do when absent, nothing but their own
    /// sessions when empty.
    package var scopes: [String]?
    /// How long it counts, in seconds: a minute to 366 days.
    package var lifetimeSeconds: Int

    /// Makes a request.
    package init(name: String, scopes: [String]? = nil, lifetimeSeconds: Int) {
        self.name = name
        self.scopes = scopes
        self.lifetimeSeconds = lifetimeSeconds
    }
}

/// A token that was just issued, with its secret.
package struct IssuedTokenResource: Codable, Sendable, Equatable {
    /// The token.
    package var token: TokenResource
    /// What to send as `Authorization: Bearer …`: told this once.
    package var secret: String

    /// Makes a token.
    package init(token: TokenResource, secret: String) {
        self.token = token
        self.secret = secret
    }
}

/// A line of the audit log.
package struct AuditEntryResource: Codable, Sendable, Equatable {
    /// Grows with every line.
    package var sequence: Int64
    /// When, in RFC 3339.
    package var at: String
    /// Who did it; absent where nobody has proven who they are, and for what the service does by itself.
    package var actor: String?
    /// How it came: `local`, `token`, `cookie` or `service`.
    package var channel: String
    /// The address of the other end.
    package var address: String?
    /// What was done, for example `person.create`.
    package var action: String
    /// To whom or what.
    package var object: String
    /// What else there is to know of it.
    package var detail: String
    /// `done` or `refused`.
    package var outcome: String

    /// Makes a line.
    package init(
        sequence: Int64,
        at: String,
        actor: String?,
        channel: String,
        address: String?,
        action: String,
        object: String,
        detail: String,
        outcome: String,
    ) {
        self.sequence = sequence
        self.at = at
        self.actor = actor
        self.channel = channel
        self.address = address
        self.action = action
        self.object = object
        self.detail = detail
        self.outcome = outcome
    }
}

/// One page of the audit log, newest first; the answer of `GET /api/v1/audit`.
package struct AuditList: Codable, Sendable, Equatable {
    /// The lines.
    package var entries: [AuditEntryResource]
    /// `?before=` of the next page; absent on the last.
    package var next: Int64?

    /// Makes a page.
    package init(entries: [AuditEntryResource], next: Int64?) {
        self.entries = entries
        self.next = next
    }
}

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

extension SignInRequest: Described {
    package static let schema = Schema.object(
        .required("login", .string, "The login."),
        .required("password", .password, "The password."),
    )
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

extension SignInResource: Described {
    package static let schema = Schema.object(
        "Who asks.",
        .required("person", .string, "Stands for the person."),
        .optional("name", .string, "What they are called; absent for who came through the local socket."),
        .required("roles", .array(.role), "What they are here for."),
        .required("permissions", .array(.permission), "What they may do beyond using their own sessions."),
        .optional(
            "csrfToken",
            .string,
            "What a request that changes something must send as `X-CSRF-Token`; absent without a cookie.",
        ),
    )
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

extension TokenResource: Described {
    package static let schema = Schema.object(
        "A token, without its secret.",
        .required("id", .string, "The token's identifier."),
        .required("person", .string, "For whom it acts."),
        .required("name", .string, "What it is called."),
        .optional(
            "scopes",
            .array(.permission),
            "What it may be used for at most; all that its person may do when absent.",
        ),
        .required("createdAt", .time, "When it was issued."),
        .required("expiresAt", .time, "From when on it is refused."),
        .optional("lastUsedAt", .time, "When it was used last, give or take a minute."),
        .optional("revokedAt", .time, "When it was revoked."),
    )
}

/// A person's tokens, newest first; the answer of `GET /api/v1/people/{id}/tokens`.
package struct TokenList: Codable, Sendable, Equatable {
    /// The tokens.
    package var tokens: [TokenResource]

    /// Makes a list.
    package init(tokens: [TokenResource]) { self.tokens = tokens }
}

extension TokenList: Described {
    package static let schema = Schema.object(
        .required("tokens", .array(.of(TokenResource.self)), "The tokens.")
    )
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

extension IssueTokenRequest: Described {
    package static let schema = Schema.object(
        .required("name", .string, "What it is called."),
        .optional(
            "scopes",
            .array(.permission),
            "What it may be used for at most; all that its person may do when absent.",
        ),
        .required(
            "lifetimeSeconds",
            .integer(60...31_622_400),
            "How long it counts, in seconds: a minute to 366 days.",
        ),
    )
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

extension IssuedTokenResource: Described {
    package static let schema = Schema.object(
        "A token that was just issued, with its secret.",
        .required("token", .of(TokenResource.self), "The token."),
        .required("secret", .string, "What to send as `Authorization: Bearer …`: told this once."),
    )
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

extension AuditEntryResource: Described {
    package static let schema = Schema.object(
        "A line of the audit log.",
        .required("sequence", .integer, "Grows with every line."),
        .required("at", .time, "When."),
        .optional(
            "actor",
            .string,
            "Who did it; absent where nobody is known, and for what the service does by itself.",
        ),
        .required("channel", .choice("local", "token", "cookie", "ssh", "service"), "How it came."),
        .optional("address", .string, "The address of the other end."),
        .required("action", .string.example("person.create"), "What was done, for example `person.create`."),
        .required("object", .string, "To whom or what."),
        .required("detail", .string, "What else there is to know of it."),
        .required("outcome", .choice("done", "refused", "failed"), "Whether it was done."),
    )
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

extension AuditList: Described {
    package static let schema = Schema.object(
        "One page of the audit log, newest first.",
        .required("entries", .array(.of(AuditEntryResource.self)), "The lines."),
        .optional("next", .integer, "`?before=` of the next page; absent on the last."),
    )
}

package import APIContract

extension Samples {
    /// A person who has an account.
    package static func person(
        _ id: String = "p-abcdefghijklmnop",
        login: String? = "anna",
        name: String? = "Anna Lee",
        state: String = "active",
    ) -> PersonResource {
        PersonResource(
            id: id,
            login: login,
            name: name,
            email: nil,
            roles: ["author"],
            state: state,
            createdAt: "2026-03-01T12:00:00.000Z",
        )
    }

    /// Who asks.
    package static let me = SignInResource(
        person: "p-abcdefghijklmnop",
        name: "Anna Lee",
        roles: ["author"],
        permissions: ["findAssessments", "writeLabs"],
        csrfToken: nil,
    )

    /// A link with which a password is set.
    package static let link = OneTimeLinkResource(secret: "s", url: "https://localhost:8443/link#s")

    /// A token that counts until 2099.
    package static func token(scopes: [String]? = nil, revokedAt: String? = nil) -> TokenResource {
        TokenResource(
            id: "tokentoken",
            person: "p-abcdefghijklmnop",
            name: "backup",
            scopes: scopes,
            createdAt: "2026-03-01T12:00:00.000Z",
            expiresAt: "2099-03-01T12:00:00.000Z",
            lastUsedAt: nil,
            revokedAt: revokedAt,
        )
    }

    /// A token with its secret.
    package static let issuedToken = IssuedTokenResource(token: token(), secret: "sgt_secret")

    /// A line of the audit log.
    package static let auditEntry = AuditEntryResource(
        sequence: 8,
        at: "2026-03-01T12:00:00.000Z",
        actor: "uid:0",
        channel: "local",
        address: nil,
        action: "person.create",
        object: "p-abcdefghijklmnop",
        detail: "roles: author",
        outcome: "done",
    )
}

/// Lets a program act for a person until it expires or is revoked.
///
/// Its secret is told once and not kept.
package struct APIToken: Sendable, Equatable {
    /// How many tokens that can be used a person has at most.
    package static let perPerson = 50

    /// The token's identifier.
    package let id: TokenID
    /// For whom it acts.
    package let person: PersonID
    /// What the person calls it.
    package let name: String
    /// What it may be used for at most, of what its person may do; `nil` when for all of that.
    package let scopes: Set<Permission>?
    /// When it was issued.
    package let createdAt: Timestamp
    /// From when on it is refused.
    package let expiresAt: Timestamp
    /// When it was used last, give or take a minute.
    package var lastUsedAt: Timestamp?
    /// When it was revoked.
    package var revokedAt: Timestamp?

    /// Makes a token from its parts.
    package init(
        id: TokenID,
        person: PersonID,
        name: String,
        scopes: Set<Permission>?,
        createdAt: Timestamp,
        expiresAt: Timestamp,
        lastUsedAt: Timestamp? = nil,
        revokedAt: Timestamp? = nil,
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

    /// Whether it can be used.
    package func isUsable(at now: Timestamp) -> Bool { revokedAt == nil && now < expiresAt }
}

/// Names a token: twelve characters.
package struct TokenID: RandomIdentifier {
    package static let (kind, length) = ("token id", 12)
    package let description: String
    package init(unchecked text: String) { description = text }
}

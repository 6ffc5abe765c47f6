/// A person's stay in one browser, from signing in to signing out.
package struct SignIn: Sendable, Equatable {
    /// After how long without a request it is over.
    package static let idleLimit: Duration = .seconds(12 * 3_600)
    /// After how long it is over in any case.
    package static let lifetime: Duration = .seconds(7 * 86_400)
    /// How many a person has at most; the oldest makes way for a new one.
    package static let perPerson = 50

    /// What is kept of the secret in the browser's cookie.
    package let digest: SecretDigest
    /// Who signed in.
    package let person: PersonID
    /// When.
    package let createdAt: Timestamp
    /// When the last request came, give or take a minute.
    package var lastSeenAt: Timestamp
    /// When it is over in any case.
    package let expiresAt: Timestamp
    /// What a form of ours must send along, so that no other site's can act for the person.
    package let csrfSecret: String

    /// Makes a stay from its parts.
    package init(
        digest: SecretDigest,
        person: PersonID,
        createdAt: Timestamp,
        lastSeenAt: Timestamp,
        expiresAt: Timestamp,
        csrfSecret: String,
    ) {
        self.digest = digest
        self.person = person
        self.createdAt = createdAt
        self.lastSeenAt = lastSeenAt
        self.expiresAt = expiresAt
        self.csrfSecret = csrfSecret
    }

    /// Whether it goes on.
    package func isUsable(at now: Timestamp) -> Bool {
        now < expiresAt && now < lastSeenAt.advanced(by: Self.idleLimit)
    }
}

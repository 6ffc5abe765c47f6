/// Lets whoever holds its secret do one thing, once.
package struct OneTimeLink: Sendable, Equatable {
    /// How long it can be used.
    package static let lifetime: Duration = .seconds(24 * 3_600)

    /// What is kept of its secret.
    package let digest: SecretDigest
    /// What it is for.
    package let purpose: Purpose
    /// When it was made.
    package let createdAt: Timestamp
    /// From when on it is refused.
    package let expiresAt: Timestamp
    /// When it was used.
    package var usedAt: Timestamp?

    /// Makes a link from its parts.
    package init(
        digest: SecretDigest,
        purpose: Purpose,
        createdAt: Timestamp,
        expiresAt: Timestamp,
        usedAt: Timestamp? = nil,
    ) {
        self.digest = digest
        self.purpose = purpose
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.usedAt = usedAt
    }

    /// Whether it can be used.
    package func isUsable(at now: Timestamp) -> Bool { usedAt == nil && now < expiresAt }

    /// What a link is for.
    package enum Purpose: Sendable, Hashable {
        /// Make the account of the first operator.
        case firstOperator
        /// Set the password of somebody who has forgotten it, or has none yet.
        case setPassword(PersonID)
    }

    /// What is done with a link.
    package enum Redemption: Sendable, Equatable {
        /// The first operator's account is made.
        case firstOperator(Account, PasswordHash)
        /// The password is set of whom the link is for.
        case setPassword(PasswordHash)
    }
}

/// Names a public key: `SHA256:` and the SHA-256 of the key in base 64, as OpenSSH writes it.
package struct KeyFingerprint: TextIdentifier {
    package static let kind = "fingerprint of a key"
    private static let prefix = "SHA256:"
    /// As OpenSSH writes it.
    package let description: String

    /// Returns the fingerprint, or `nil` when the text is none; `-` and `_` may stand for `+` and `/`.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let digest = text.dropFirst(Self.prefix.count).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        let isBase64 = digest.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "+" || $0 == "/") }
        guard digest.count == 43, isBase64 else { return nil }
        description = Self.prefix + String(digest)
    }
}

/// A public key of SSH, without what its owner has written behind it.
package struct PublicKey: Hashable, Sendable {
    /// Its type, as OpenSSH names it.
    package let type: String
    /// The key itself, in base 64.
    package let base64: String
    /// Its name.
    package let fingerprint: KeyFingerprint

    /// Makes a key of parts that belong together.
    package init(type: String, base64: String, fingerprint: KeyFingerprint) {
        self.type = type
        self.base64 = base64
        self.fingerprint = fingerprint
    }
}

/// A key that opens one session, for one person.
///
/// Anybody can add a key that is another's, as public keys are public. So nobody is led to a session by their key alone:
/// who comes with it has to name the session once.
package struct SessionKey: Sendable, Equatable {
    /// How many keys open a session at most.
    package static let perSession = 16

    /// The key.
    package let key: PublicKey
    /// What it opens.
    package let session: SessionID
    /// Who has added it; whoever comes with it is taken for them.
    package let person: PersonID
    /// When, on the wall clock.
    package let addedAt: Timestamp
    /// Whether somebody who has the key's other half has named the session.
    package var isConfirmed: Bool

    /// Makes it.
    package init(
        _ key: PublicKey,
        opens session: SessionID,
        for person: PersonID,
        addedAt: Timestamp,
        isConfirmed: Bool = false,
    ) {
        self.key = key
        self.session = session
        self.person = person
        self.addedAt = addedAt
        self.isConfirmed = isConfirmed
    }
}

package import SessionModel

/// Accounts, tokens, sign-ins and links for tests.
///
/// The same number always gives the same value.
package enum AccountFixtures {
    /// A point in time, so many seconds after the first.
    package static func time(_ seconds: Int64 = 0) -> Timestamp {
        Timestamp(milliseconds: 1_800_000_000_000 + seconds * 1_000)
    }

    /// The person of that number.
    package static func person(_ number: Int) -> PersonID {
        var generator = SeededGenerator(seed: UInt64(number) + 7 << 32)
        return PersonID(using: &generator)
    }

    /// The account of that number; each is a second older than the next.
    package static func account(
        _ number: Int,
        roles: Set<Role> = [.trainee],
        login: String? = nil,
    ) throws -> Account {
        Account(
            id: person(number),
            personal: try PersonalData(
                entered: login ?? "someone-\(number)",
                name: "Someone Ünlikely \(number)",
                email: number.isMultiple(of: 2) ? "someone-\(number)@example.test" : nil,
            ),
            roles: roles,
            createdAt: time(Int64(number)),
        )
    }

    /// What is kept of the secret of that number.
    package static func digest(_ number: Int) -> SecretDigest {
        var generator = SeededGenerator(seed: UInt64(number) + 8 << 32)
        let bytes = (0..<SecretDigest.size).map { _ in UInt8.random(in: 0...255, using: &generator) }
        guard let digest = SecretDigest(bytes) else { preconditionFailure("it has as many bytes as a digest") }
        return digest
    }

    /// What is kept of the password of that number.
    package static func password(_ number: Int) -> PasswordHash { PasswordHash("plain$\(number)") }

    /// The token of that number.
    package static func token(
        _ number: Int,
        of person: PersonID,
        scopes: Set<Permission>? = nil,
        at createdAt: Timestamp = time(),
        for lifetime: Duration = .seconds(3_600),
    ) -> APIToken {
        var generator = SeededGenerator(seed: UInt64(number) + 9 << 32)
        return APIToken(
            id: TokenID(using: &generator),
            person: person,
            name: "Token Nümber \(number)",
            scopes: scopes,
            createdAt: createdAt,
            expiresAt: createdAt.advanced(by: lifetime),
        )
    }

    /// The sign-in of that number; its digest is ``digest(_:)``.
    package static func signIn(
        _ number: Int,
        of person: PersonID,
        at createdAt: Timestamp = time(),
        for lifetime: Duration = SignIn.lifetime,
    ) -> SignIn {
        SignIn(
            digest: digest(number),
            person: person,
            createdAt: createdAt,
            lastSeenAt: createdAt,
            expiresAt: createdAt.advanced(by: lifetime),
            csrfSecret: "csrf-\(number)",
        )
    }

    /// The link of that number; its digest is ``digest(_:)``.
    package static func link(
        _ number: Int,
        for purpose: OneTimeLink.Purpose,
        at createdAt: Timestamp = time(),
    ) -> OneTimeLink {
        OneTimeLink(
            digest: digest(number),
            purpose: purpose,
            createdAt: createdAt,
            expiresAt: createdAt.advanced(by: OneTimeLink.lifetime),
        )
    }

    /// A line for the audit log, of that number.
    package static func record(_ number: Int = 0, _ action: AuditAction = .changePerson) -> AuditRecord {
        let channels = Origin.Channel.allCases
        return AuditRecord(
            at: time(Int64(number)),
            actor: number % 3 == 0 ? nil : person(number),
            origin: Origin(
                channels[number % channels.count],
                address: number % 2 == 0 ? nil : "192.0.2.\(number % 250)",
            ),
            action: action,
            object: number % 5 == 0 ? "" : "object \(number)",
            detail: number % 4 == 0 ? "" : "detail \(number)",
            outcome: number % 7 == 0 ? .refused : .done,
        )
    }
}

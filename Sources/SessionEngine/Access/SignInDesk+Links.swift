package import SessionModel

extension SignInDesk {
    /// Makes the link with which the first operator's account is made, in place of an earlier one.
    ///
    /// For who starts the service: it must reach nobody else.
    ///
    /// - Returns: The link's secret; `nil` when there is an operator.
    /// - Throws: ``Failure`` with `storage`.
    package func firstOperatorLink() async throws -> Secret? {
        guard try await !ports.accounts.hasOperator() else { return nil }
        let record = AuditRecord(at: ports.now, actor: nil, origin: .service, action: .linkOperator)
        return try await makeLink(for: .firstOperator, audit: record)
    }

    /// Makes a link.
    func makeLink(for purpose: OneTimeLink.Purpose, audit record: AuditRecord) async throws -> Secret {
        let secret = Secret(from: ports.random)
        let link = OneTimeLink(
            digest: secret.digest,
            purpose: purpose,
            createdAt: record.at,
            expiresAt: record.at.advanced(by: OneTimeLink.lifetime),
        )
        try await ports.accounts.add(link, audit: record)
        return secret
    }

    /// What a link is for, as long as it can be used.
    ///
    /// - Throws: ``Failure`` with `notFound` when it cannot, or not any more; `storage`.
    package func purpose(ofLink text: String) async throws -> OneTimeLink.Purpose { try await usable(text).purpose }

    /// Uses a link up: makes the first operator's account, or sets a password.
    ///
    /// - Parameters:
    ///   - text: The link's secret.
    ///   - login: The first operator's login; where a password is set it does not matter.
    ///   - name: The first operator's name; where a password is set it does not matter.
    ///   - password: The password.
    ///   - origin: From where.
    /// - Returns: The account that was made, or whose password was set.
    /// - Throws: ``Failure``: `notFound` when it cannot be used, or not any more; `invalidInput`; `conflict`; `wrongState`
    ///   when there is an operator by now, or the person is not active; `noCapacity`; `storage`; `CancellationError`.
    package func redeem(
        _ text: String,
        login: String = "",
        name: String = "",
        password: String,
        from origin: Origin,
    ) async throws -> Account {
        let link = try await usable(text)
        let password = try Password(password)
        switch link.purpose {
        case .firstOperator:
            let account = Account(
                id: ports.random.personID(),
                personal: try PersonalData(entered: login, name: name, email: nil),
                roles: [.operator],
                createdAt: ports.now,
            )
            let hash = try await ports.hasher.hash(password)
            try await redeem(link, .firstOperator(account, hash), of: account.id, .createPerson, origin)
            return account
        case .setPassword(let person):
            let hash = try await ports.hasher.hash(password)
            try await redeem(link, .setPassword(hash), of: person, .setPassword, origin)
            return try await ports.accounts.account(person)
        }
    }

    private func redeem(
        _ link: OneTimeLink,
        _ redemption: OneTimeLink.Redemption,
        of person: PersonID,
        _ action: AuditAction,
        _ origin: Origin,
    ) async throws {
        let record = AuditRecord(
            at: ports.now,
            actor: person,
            origin: origin,
            action: action,
            object: person.description,
            detail: "by a link",
        )
        try await ports.accounts.redeem(link.digest, redemption, at: record.at, audit: record)
    }

    private func usable(_ text: String) async throws -> OneTimeLink {
        guard let secret = Secret(sent: text), let link = try await ports.accounts.link(by: secret.digest),
            link.isUsable(at: ports.now)
        else { throw Failure(.notFound, "the link cannot be used, or not any more; ask for another") }
        return link
    }
}

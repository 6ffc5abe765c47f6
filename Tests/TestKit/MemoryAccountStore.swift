package import SessionModel

/// An ``AccountStore`` and ``AuditLog`` in memory that behaves as the real one does; ``AccountStoreConformance`` holds
/// both to it.
package actor MemoryAccountStore: AccountStore, AuditLog {
    private static let keptFor: Duration = .seconds(30 * 86_400)

    private var people: [PersonID: Credentials] = [:]
    private var tokens: [TokenID: (token: APIToken, digest: SecretDigest)] = [:]
    private var signIns: [SecretDigest: SignIn] = [:]
    private var links: [SecretDigest: OneTimeLink] = [:]
    private var lines: [AuditEntry] = []
    private var writeFailure: Failure?

    /// Makes an empty store.
    package init() {}

    /// From now on every write throws the failure and changes nothing, as on a full disk; `nil` ends that.
    package func refuseWrites(with failure: Failure?) { writeFailure = failure }

    // MARK: Accounts

    package func create(_ account: Account, password: PasswordHash?, audit: AuditRecord) throws {
        try checkWritable()
        try insert(account, password)
        write(audit)
    }

    package func account(_ id: PersonID) throws -> Account { try require(id).account }

    package func accounts(after last: PersonID?, limit: Int) throws -> AccountPage {
        guard (1...500).contains(limit) else {
            throw Failure(.invalidInput, "a page of \(limit) people cannot be had; ask for 1 to 500")
        }
        let start = try last.map { last in
            guard let account = people[last]?.account else {
                throw Failure(
                    .invalidInput,
                    "\"\(last.description.prefix(40))\" is not a cursor of the list of people; "
                        + "use \"next\" of the page before, or none",
                )
            }
            return Self.place(account)
        }
        let rest = people.values.map(\.account).filter { account in start.map { Self.place(account) < $0 } ?? true }
        let page = rest.sorted { Self.place($0) > Self.place($1) }.prefix(limit)
        return AccountPage(accounts: Array(page), next: page.count < rest.count ? page.last?.id : nil)
    }

    package func credentials(of login: Login) -> Credentials? {
        people.values.first { $0.account.personal?.login == login }
    }

    package func hasOperator() -> Bool {
        people.values.contains { $0.account.state == .active && $0.account.roles.contains(.operator) }
    }

    package func update(_ account: Account, audit: AuditRecord) throws -> Account {
        try checkWritable()
        var present = try require(account.id)
        guard present.account.state != .erased else { throw Failure(.wrongState, "person \(account.id) is erased") }
        guard account.state != .erased, let personal = account.personal else {
            throw Failure(.invalidInput, "person \(account.id) cannot be erased by a change")
        }
        guard present.account.generation == account.generation else {
            throw Failure(
                .conflict,
                "person \(account.id) was changed by someone else: they are at change \(present.account.generation), "
                    + "this one was made from \(account.generation); read it again",
            )
        }
        try refuseTaken(personal.login, except: account.id)
        present.account.personal = personal
        present.account.roles = account.roles
        present.account.state = account.state
        present.account.generation += 1
        people[account.id] = present
        if account.state != .active {
            signIns = signIns.filter { $0.value.person != account.id }
            removeUnusedLinks(of: account.id)
        }
        write(audit)
        return present.account
    }

    package func setPassword(
        _ password: PasswordHash,
        of person: PersonID,
        keeping signIn: SecretDigest?,
        audit: AuditRecord,
    ) throws {
        try checkWritable()
        try requireActive(person)
        set(password, of: person, keeping: signIn)
        removeUnusedLinks(of: person)
        write(audit)
    }

    package func erase(_ person: PersonID, audit: AuditRecord) throws {
        try checkWritable()
        var present = try require(person)
        guard present.account.state != .erased else { return }
        present.account.personal = nil
        present.account.roles = []
        present.account.state = .erased
        present.account.generation += 1
        present.password = nil
        people[person] = present
        tokens = tokens.filter { $0.value.token.person != person }
        signIns = signIns.filter { $0.value.person != person }
        links = links.filter { $0.value.purpose != .setPassword(person) }
        write(audit)
    }

    // MARK: Tokens

    package func add(_ token: APIToken, digest: SecretDigest, audit: AuditRecord) throws {
        try checkWritable()
        try requireActive(token.person)
        guard tokens[token.id] == nil, !tokens.values.contains(where: { $0.digest == digest }) else {
            throw Failure(.conflict, "token \(token.id) is stored already")
        }
        let past = token.createdAt.advanced(by: .zero - Self.keptFor)
        let kept = tokens.filter { _, known in
            let isOld = known.token.expiresAt <= past || known.token.revokedAt.map { $0 <= past } ?? false
            return known.token.person != token.person || !isOld
        }
        let usable = kept.values.count { $0.token.person == token.person && $0.token.isUsable(at: token.createdAt) }
        guard usable < APIToken.perPerson else {
            throw Failure(.noCapacity, "there are \(APIToken.perPerson) tokens already; revoke one first")
        }
        tokens = kept
        tokens[token.id] = (token, digest)
        write(audit)
    }

    package func tokens(of person: PersonID) -> [APIToken] {
        tokens.values.map(\.token).filter { $0.person == person }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    package func token(_ id: TokenID) throws -> APIToken {
        guard let token = tokens[id]?.token else { throw Failure(.notFound, "there is no token \"\(id)\"") }
        return token
    }

    package func token(by digest: SecretDigest) throws -> (token: APIToken, account: Account)? {
        try tokens.values.first { $0.digest == digest }.map { ($0.token, try require($0.token.person).account) }
    }

    package func noteUse(of token: TokenID, at now: Timestamp, unlessAfter limit: Timestamp) throws {
        try checkWritable()
        guard let known = tokens[token]?.token, known.lastUsedAt.map({ $0 <= limit }) ?? true else { return }
        tokens[token]?.token.lastUsedAt = now
    }

    package func revoke(_ id: TokenID, at now: Timestamp, audit: AuditRecord) throws {
        try checkWritable()
        guard try token(id).revokedAt == nil else { return }
        tokens[id]?.token.revokedAt = now
        write(audit)
    }

    // MARK: Sign-ins

    package func add(_ signIn: SignIn, audit: AuditRecord) throws {
        try checkWritable()
        try requireActive(signIn.person)
        guard signIns[signIn.digest] == nil else { throw Failure(.conflict, "the sign-in is stored already") }
        signIns = signIns.filter { $0.value.expiresAt > signIn.createdAt }
        signIns[signIn.digest] = signIn
        let theirs = signIns.values.filter { $0.person == signIn.person }.sorted {
            ($0.createdAt, $0.digest.order) > ($1.createdAt, $1.digest.order)
        }
        for old in theirs.dropFirst(SignIn.perPerson) { signIns[old.digest] = nil }
        write(audit)
    }

    package func signIn(by digest: SecretDigest) throws -> (signIn: SignIn, account: Account)? {
        try signIns[digest].map { ($0, try require($0.person).account) }
    }

    package func noteUse(ofSignIn digest: SecretDigest, at now: Timestamp, unlessAfter limit: Timestamp) throws {
        try checkWritable()
        guard let known = signIns[digest], known.lastSeenAt <= limit else { return }
        signIns[digest]?.lastSeenAt = now
    }

    package func removeSignIn(_ digest: SecretDigest, audit: AuditRecord) throws {
        try checkWritable()
        guard signIns.removeValue(forKey: digest) != nil else { return }
        write(audit)
    }

    package func removeSignIns(of person: PersonID, audit: AuditRecord) throws {
        try checkWritable()
        _ = try require(person)
        signIns = signIns.filter { $0.value.person != person }
        write(audit)
    }

    // MARK: Links

    package func add(_ link: OneTimeLink, audit: AuditRecord) throws {
        try checkWritable()
        switch link.purpose {
        case .firstOperator: try refuseSecondFirstOperator()
        case .setPassword(let person): try requireActive(person)
        }
        links = links.filter { _, known in
            known.expiresAt > link.createdAt && (known.purpose != link.purpose || known.usedAt != nil)
        }
        links[link.digest] = link
        write(audit)
    }

    package func link(by digest: SecretDigest) -> OneTimeLink? { links[digest] }

    package func redeem(
        _ digest: SecretDigest,
        _ redemption: OneTimeLink.Redemption,
        at now: Timestamp,
        audit: AuditRecord,
    ) throws {
        try checkWritable()
        let noLink = Failure(.notFound, "the link cannot be used, or not any more; ask for another")
        guard let link = links[digest], link.isUsable(at: now) else { throw noLink }
        switch (link.purpose, redemption) {
        case (.firstOperator, .firstOperator(let account, let password)):
            try refuseSecondFirstOperator()
            try insert(account, password)
        case (.setPassword(let person), .setPassword(let password)):
            try requireActive(person)
            set(password, of: person, keeping: nil)
        case (.firstOperator, .setPassword), (.setPassword, .firstOperator): throw noLink
        }
        links[digest]?.usedAt = now
        write(audit)
    }

    // MARK: Audit log

    package func append(_ record: AuditRecord) throws {
        try checkWritable()
        write(record)
    }

    package func entries(before sequence: Int64?, limit: Int) throws -> AuditPage {
        guard (1...500).contains(limit) else {
            throw Failure(.invalidInput, "a page of \(limit) lines cannot be had; ask for 1 to 500")
        }
        let rest = lines.reversed().filter { $0.sequence < sequence ?? .max }
        let page = rest.prefix(limit)
        return AuditPage(entries: Array(page), next: page.count < rest.count ? page.last?.sequence : nil)
    }

    // MARK: Private

    private func write(_ record: AuditRecord) {
        lines.append(AuditEntry(sequence: Int64(lines.count) + 1, record))
    }

    private func checkWritable() throws {
        if let writeFailure { throw writeFailure }
    }

    private func require(_ id: PersonID) throws -> Credentials {
        guard let known = people[id] else {
            throw Failure(.notFound, "there is no person \"\(id.description.prefix(40))\"")
        }
        return known
    }

    private func requireActive(_ id: PersonID) throws {
        let state = try require(id).account.state
        guard state == .active else { throw Failure(.wrongState, "person \(id) is \(state.rawValue)") }
    }

    private func insert(_ account: Account, _ password: PasswordHash?) throws {
        guard account.id.isOfAccount, account.state != .erased, let personal = account.personal else {
            throw Failure(.invalidInput, "person \(account.id) cannot have an account like this")
        }
        guard people[account.id] == nil else {
            throw Failure(.conflict, "person \(account.id) is stored already")
        }
        try refuseTaken(personal.login, except: account.id)
        people[account.id] = Credentials(account: account, password: password)
    }

    private func refuseTaken(_ login: Login, except id: PersonID) throws {
        if let other = credentials(of: login), other.account.id != id {
            throw Failure(.conflict, "the login \"\(login)\" is somebody else's")
        }
    }

    private func refuseSecondFirstOperator() throws {
        guard !hasOperator() else { throw Failure(.wrongState, "there is an operator already") }
    }

    private func set(_ password: PasswordHash, of person: PersonID, keeping kept: SecretDigest?) {
        people[person]?.password = password
        signIns = signIns.filter { $0.value.person != person || $0.key == kept }
    }

    private func removeUnusedLinks(of person: PersonID) {
        links = links.filter { $0.value.purpose != .setPassword(person) || $0.value.usedAt != nil }
    }

    private static func place(_ account: Account) -> (Int64, String) {
        (account.createdAt.milliseconds, account.id.description)
    }
}

extension SecretDigest {
    /// Text that sorts as the bytes do.
    fileprivate var order: String { bytes.map { String(UInt16($0) + 256, radix: 16) }.joined() }
}

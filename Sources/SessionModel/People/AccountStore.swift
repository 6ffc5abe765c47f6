/// Keeps accounts and what proves who somebody is.
///
/// One method is one transaction; what it changes and the line it leaves in the audit log are stored together or not at
/// all. What changes nothing leaves no line.
///
/// All methods throw ``Failure``; `storage` when the store cannot be read or written, `notFound` when there is no such
/// person or token, and `wrongState` when a person is not active and would have to be.
package protocol AccountStore: Sendable {
    // Accounts

    /// Stores a new account.
    ///
    /// - Throws: ``Failure`` with `conflict` when the account is stored already or its login is somebody's,
    ///   `invalidInput` when it is no account's name or says nothing of who it is.
    func create(_ account: Account, password: PasswordHash?, audit: AuditRecord) async throws
    /// The account of a person.
    func account(_ id: PersonID) async throws -> Account
    /// One page of accounts, erased ones too, newest first.
    ///
    /// - Parameters:
    ///   - last: ``AccountPage/next`` of the page before; `nil` for the first.
    ///   - limit: Accounts at most, 1 to 500.
    /// - Returns: The page.
    /// - Throws: ``Failure`` with `invalidInput` for another limit, or a person who has no account.
    func accounts(after last: PersonID?, limit: Int) async throws -> AccountPage
    /// Whose login it is, and what their password is compared with; `nil` when nobody's.
    func credentials(of login: Login) async throws -> Credentials?
    /// Whether some active account is an operator's.
    func hasOperator() async throws -> Bool
    /// Stores who a person is, their roles and their state. Who is disabled by that is signed out everywhere and has no
    /// link any more.
    ///
    /// - Returns: The account as stored, with the new generation.
    /// - Throws: ``Failure`` with `conflict` when the stored generation is not `account.generation`, or the login is
    ///   somebody else's; `wrongState` when the person is erased; `invalidInput` when they would be.
    func update(_ account: Account, audit: AuditRecord) async throws -> Account
    /// Sets the password of an active person and signs them out everywhere else. Their links are of no use any more.
    func setPassword(
        _ password: PasswordHash,
        of person: PersonID,
        keeping signIn: SecretDigest?,
        audit: AuditRecord,
    ) async throws
    /// Removes all that says who a person is, and all that lets them in; what they did stays, under their identifier.
    ///
    /// When it returns, nothing of it can be read in any file of the store. Does nothing more when that was done before.
    func erase(_ person: PersonID, audit: AuditRecord) async throws

    // Tokens

    /// Stores a new token of an active person; forgets those of theirs that have been of no use for 30 days.
    ///
    /// - Throws: ``Failure`` with `conflict` when it is stored already, `noCapacity` when the person has
    ///   ``APIToken/perPerson`` that can be used.
    func add(_ token: APIToken, digest: SecretDigest, audit: AuditRecord) async throws
    /// All tokens of a person, newest first; an unknown person has none.
    func tokens(of person: PersonID) async throws -> [APIToken]
    /// The token of that name.
    func token(_ id: TokenID) async throws -> APIToken
    /// The token with that secret, and whose it is; `nil` when there is none.
    func token(by digest: SecretDigest) async throws -> (token: APIToken, account: Account)?
    /// Notes that a token was used, unless that was noted after `limit`.
    func noteUse(of token: TokenID, at now: Timestamp, unlessAfter limit: Timestamp) async throws
    /// Revokes a token. Does nothing when it is revoked.
    func revoke(_ id: TokenID, at now: Timestamp, audit: AuditRecord) async throws

    // Sign-ins

    /// Stores that an active person has signed in; forgets sign-ins that are over, and the oldest of more than
    /// ``SignIn/perPerson``.
    ///
    /// - Throws: ``Failure`` with `conflict` when it is stored already.
    func add(_ signIn: SignIn, audit: AuditRecord) async throws
    /// The sign-in with that secret, and whose it is; `nil` when there is none.
    func signIn(by digest: SecretDigest) async throws -> (signIn: SignIn, account: Account)?
    /// Notes that a request came, unless that was noted after `limit`.
    func noteUse(ofSignIn digest: SecretDigest, at now: Timestamp, unlessAfter limit: Timestamp) async throws
    /// Signs out. Does nothing when there is no such sign-in.
    func removeSignIn(_ digest: SecretDigest, audit: AuditRecord) async throws
    /// Signs a person out everywhere, also where they are signed in nowhere.
    func removeSignIns(of person: PersonID, audit: AuditRecord) async throws

    // Links

    /// Stores a link in place of an unused one for the same purpose; forgets links that have expired.
    ///
    /// - Throws: ``Failure`` with `wrongState` when it is for the first operator and there is one.
    func add(_ link: OneTimeLink, audit: AuditRecord) async throws
    /// The link with that secret, used or not; `nil` when there is none.
    func link(by digest: SecretDigest) async throws -> OneTimeLink?
    /// Uses a link up and does what it is for. Whose password is set is signed out everywhere.
    ///
    /// - Throws: ``Failure`` with `notFound` when it cannot be used, or not for that; `wrongState` when there is an
    ///   operator by now; as ``create(_:password:audit:)`` does.
    func redeem(
        _ digest: SecretDigest,
        _ redemption: OneTimeLink.Redemption,
        at now: Timestamp,
        audit: AuditRecord,
    ) async throws
}

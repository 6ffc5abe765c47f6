package import SessionModel
import Synchronization

/// Finds out who somebody is: by login and password, by the secret of a sign-in or by a token's.
///
/// Whoever is refused is not told why, nor can they tell by how long it took.
package final class SignInDesk: Sendable {
    /// How often it is noted at most that a sign-in or a token was used.
    package static let noteInterval: Duration = .seconds(60)
    /// How long a browser is known in which somebody has signed in.
    package static let browserLifetime: Duration = KnownBrowser.lifetime

    let ports: AccessPorts
    private let throttle = Mutex(SignInThrottle())
    private let attempts = Mutex(Dictionary(uniqueKeysWithValues: Attempt.allCases.map { ($0, 0) }))

    /// Opens the desk.
    ///
    /// There is one: it counts failed attempts for all.
    package init(_ ports: AccessPorts) { self.ports = ports }

    /// Signs a person in.
    ///
    /// - Parameters:
    ///   - login: What was entered as login.
    ///   - password: What was entered as password.
    ///   - browser: What an earlier sign-in has left in the browser, if anything.
    ///   - origin: From where.
    /// - Returns: The secret for the person's browser, the sign-in, and what is to be left in the browser: what others
    ///   guess elsewhere does not keep the person out there for ``browserLifetime``.
    /// - Throws: ``Failure``: `unauthenticated`; `throttled` with a ``RetryLater``; `noCapacity`; `storage`;
    ///   `CancellationError`.
    package func signIn(
        login: String,
        password: String,
        browser: String? = nil,
        from origin: Origin,
    ) async throws -> (secret: Secret, signIn: SignIn, browser: String) {
        let (account, known) = try await countingThrottled {
            try await prove(Login(login), password, browser: browser, from: origin)
        }
        guard let account, let hash = known?.password else {
            count(.refused)
            try await ports.audit.append(
                AuditRecord(
                    at: ports.now,
                    actor: nil,
                    origin: origin,
                    action: .signIn,
                    object: known?.account.id.description ?? "",
                    outcome: .refused,
                )
            )
            throw Failure(.unauthenticated, "the login or the password is wrong")
        }
        let (secret, now) = (Secret(from: ports.random), ports.now)
        let signIn = SignIn(
            digest: secret.digest,
            person: account.id,
            createdAt: now,
            lastSeenAt: now,
            expiresAt: now.advanced(by: SignIn.lifetime),
            csrfSecret: Secret(from: ports.random).text,
        )
        let record = AuditRecord(
            at: now,
            actor: account.id,
            origin: origin,
            action: .signIn,
            object: account.id.description,
        )
        try await ports.accounts.add(signIn, audit: record)
        count(.accepted)
        return (secret, signIn, KnownBrowser(of: account.id, hash, from: ports.random, at: now).text)
    }

    /// Signs out of one browser.
    ///
    /// Does nothing when that was done before, or the secret is none.
    package func signOut(_ cookie: String, from origin: Origin) async throws {
        guard let secret = Secret(sent: cookie),
            let (signIn, _) = try await ports.accounts.signIn(by: secret.digest)
        else { return }
        let record = AuditRecord(
            at: ports.now,
            actor: signIn.person,
            origin: origin,
            action: .signOut,
            object: signIn.person.description,
        )
        try await ports.accounts.removeSignIn(secret.digest, audit: record)
    }

    /// Who has a cookie with that secret.
    ///
    /// - Returns: The person with all their rights, and the sign-in.
    /// - Throws: ``Failure`` with `unauthenticated` when it is none, or not any more; `storage`.
    package func principal(ofCookie cookie: String) async throws -> (principal: Principal, signIn: SignIn) {
        let now = ports.now
        guard let secret = Secret(sent: cookie),
            let (signIn, account) = try await ports.accounts.signIn(by: secret.digest),
            signIn.isUsable(at: now), account.state == .active
        else { throw Failure(.unauthenticated, "you are not signed in, or not any more") }
        let limit = now.advanced(by: .zero - Self.noteInterval)
        if signIn.lastSeenAt <= limit {
            // A record that cannot be written locks nobody out: the next request notes it.
            try? await ports.accounts.noteUse(ofSignIn: signIn.digest, at: now, unlessAfter: limit)
        }
        return (account.principal, signIn)
    }

    /// Who has a token with that secret.
    ///
    /// - Returns: The token's person, with no more rights than the token's.
    /// - Throws: ``Failure`` with `unauthenticated` when it is none, or not any more; `storage`.
    package func principal(ofToken text: String) async throws -> Principal {
        let now = ports.now
        guard let secret = Secret(sent: text, isToken: true),
            let (token, account) = try await ports.accounts.token(by: secret.digest),
            token.isUsable(at: now), account.state == .active
        else { throw Failure(.unauthenticated, "the token is none, or counts no more") }
        let limit = now.advanced(by: .zero - Self.noteInterval)
        if token.lastUsedAt.map({ $0 <= limit }) ?? true {
            // A record that cannot be written locks nobody out: the next request notes it.
            try? await ports.accounts.noteUse(of: token.id, at: now, unlessAfter: limit)
        }
        return Principal(person: account.id, roles: account.roles, scopes: token.scopes)
    }

    /// What a person is here for; `nil` unless they have an account that is active.
    package func roles(of person: PersonID) async throws -> Set<Role>? {
        do {
            let account = try await ports.accounts.account(person)
            return account.state == .active ? account.roles : nil
        } catch let failure as Failure where failure.code == .notFound {
            return nil
        }
    }

    /// Whether somebody is who they say.
    ///
    /// The same work is done for a login that is nobody's and for one whose person may not come in.
    ///
    /// - Returns: The account when they are, and what the login stands for in any case.
    /// - Throws: As ``signIn(login:password:browser:from:)``, but not `unauthenticated`.
    func prove(
        _ login: Login?,
        _ password: String,
        browser: String? = nil,
        from origin: Origin,
    ) async throws -> (account: Account?, known: Credentials?) {
        let credentials: Credentials?
        if let login { credentials = try await ports.accounts.credentials(of: login) } else { credentials = nil }
        let attempt = SignInThrottle.Attempt(
            login: login,
            address: IPAddress.network(of: origin.address ?? origin.channel.rawValue),
            browser: browser.flatMap(KnownBrowser.init(sent:)).flatMap { name(of: $0, credentials) },
        )
        try begin(attempt)
        do {
            // One that cannot be a password is compared all the same, in disguise.
            let entered = try? Password(password)
            let isEqual = try await ports.hasher.matches(
                try entered ?? Password(Self.disguise),
                credentials?.password ?? ports.hasher.decoy,
            )
            let isTheirs = isEqual && entered != nil && credentials?.password != nil
            let account = isTheirs && credentials?.account.state == .active ? credentials?.account : nil
            end(attempt, account == nil ? .failed : .succeeded)
            return (account, credentials)
        } catch {
            end(attempt, .unknown)
            throw error
        }
    }

    /// The name of a browser that is known to be one of the person's; the same work is done for a login that is nobody's.
    private func name(of browser: KnownBrowser, _ credentials: Credentials?) -> String? {
        let isTheirs = browser.isKnown(
            to: credentials?.account.id ?? PersonID("nobody"),
            credentials?.password ?? ports.hasher.decoy,
            at: ports.now,
        )
        return isTheirs && credentials?.password != nil ? browser.name : nil
    }

    private static let disguise = String(repeating: "x", count: Password.length.lowerBound)

    /// What came of somebody's attempt to sign in.
    private enum Attempt: String, CaseIterable {
        case accepted
        case refused
        case throttled
    }

    private func count(_ attempt: Attempt) { attempts.withLock { $0[attempt, default: 0] += 1 } }

    private func countingThrottled<R>(_ body: () async throws -> R) async throws -> R {
        do {
            return try await body()
        } catch let failure as Failure where failure.code == .throttled {
            count(.throttled)
            throw failure
        }
    }

    private func begin(_ attempt: SignInThrottle.Attempt) throws {
        let now = ports.time.monotonic(after: .zero)
        guard let wait = throttle.withLock({ $0.begin(attempt, at: now) }) else { return }
        let shown = Duration.seconds(max(1, wait.seconds.rounded(.up)))
        throw Failure(
            .throttled,
            "there were too many wrong passwords; try again in \(shown.shortText)",
            cause: RetryLater(wait: wait),
        )
    }

    private func end(_ attempt: SignInThrottle.Attempt, _ outcome: SignInThrottle.Outcome) {
        let now = ports.time.monotonic(after: .zero)
        throttle.withLock { $0.end(attempt, outcome, at: now) }
    }
}

extension SignInDesk: MetricSource {
    package func metrics() async -> [MetricFamily] {
        [
            MetricFamily(
                .counter,
                "sandglass_sign_ins_total",
                "Attempts to sign in with a password: accepted, refused, or throttled after too many of those.",
                by: "outcome",
                attempts.withLock { $0 }.byName,
            )
        ]
    }
}

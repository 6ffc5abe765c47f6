import SessionModel
import TestKit
import Testing

@testable import SessionEngine

@Suite("Who signs in is who they say", .timeLimit(.minutes(1)))
struct SignInDeskTests {
    @Test("Who knows login and password is signed in, and is known by the secret until they sign out")
    func signIn() async throws {
        let stage = AccessStage()
        let account = try await stage.person("ann", [.author, .trainee])
        let (secret, signIn, _) = try await stage.signIn("ANN")
        #expect(signIn.person == account.id && signIn.digest == secret.digest)
        #expect(secret.text.utf8.count == 43 && signIn.csrfSecret.utf8.count == 43 && signIn.csrfSecret != secret.text)
        let (principal, found) = try await stage.desk.principal(ofCookie: secret.text)
        #expect(principal == Principal(person: account.id, roles: [.author, .trainee]))
        #expect(found == signIn)
        #expect("\(secret)" == "<redacted>" && String(reflecting: secret) == "<redacted>")

        let other = try await stage.signIn("ann").secret
        try await stage.desk.signOut(secret.text, from: AccessStage.browser)
        try await stage.desk.signOut(secret.text, from: AccessStage.browser)
        #expect(
            await stage.failure { _ = try await stage.desk.principal(ofCookie: secret.text) }?.code == .unauthenticated
        )
        #expect(try await stage.desk.principal(ofCookie: other.text).principal.person == account.id)
        let lines = try await stage.lines()
        #expect(lines.filter { $0.action == "signIn.end" }.count == 1)
        #expect(
            lines.filter { $0.action == "signIn.begin" }.map(\.origin) == [AccessStage.browser, AccessStage.browser]
        )
    }

    /// Attempts that must not succeed, and whether the login is somebody's.
    private static let attempts = [
        ("ann", "a wrong password", true), ("nobody", "a wrong password", false), ("nobody", "ann-password", false),
        ("disabled", "disabled-password", true), ("new", "any password will do", true), ("ann", "", true),
        ("ann", String(repeating: "x", count: 5_000), true), ("nobody", "", false),
        ("no login", "ann-password", false),
        ("", "", false), (String(repeating: "a", count: 100_000), "ann-password", false),
        ("erased", "erased-password", false),
        ("ann", "ANN-password", true), ("ann", "ann-password ", true),
    ]

    @Test(
        "Whoever is refused is not told why, and the same work is done for a login that is nobody's",
        arguments: attempts.indices,
    )
    func refused(_ index: Int) async throws {
        let (login, password, isKnown) = Self.attempts[index]
        let stage = AccessStage()
        try await stage.person("ann")
        let disabled = try await stage.person("disabled")
        _ = try await stage.commands.change(
            disabled.id,
            .init(state: .disabled),
            by: AccessStage.root,
            from: Origin(.local),
        )
        let erased = try await stage.person("erased")
        try await stage.commands.erase(erased.id, by: AccessStage.root, from: Origin(.local))
        _ = try await stage.commands.create(
            login: "new",
            name: "New",
            roles: [.trainee],
            by: AccessStage.root,
            from: Origin(.local),
        )
        let (runs, lines) = (stage.hasher.runs, try await stage.lines().count)
        let failure = await stage.attempt(login, password)
        #expect(failure?.code == .unauthenticated)
        #expect(failure?.message == "the login or the password is wrong")
        #expect(failure?.cause == nil)
        #expect(stage.hasher.runs == runs + 1, "other work than for a wrong password")
        let added = try await stage.lines().dropFirst(lines)
        #expect(added.map(\.action) == ["signIn.begin"] && added.map(\.outcome) == [.refused])
        #expect(added.first?.actor == nil && added.first?.object.isEmpty == !isKnown)
        #expect(try await stage.lines().allSatisfy { !"\($0)".contains("wrong") && !"\($0)".contains("nobody") })
    }

    @Test("Logins that are somebody's and nobody's are made to wait alike", arguments: ["ann", "nobody"])
    func throttled(_ login: String) async throws {
        let stage = AccessStage()
        try await stage.person("ann")
        for _ in 0..<5 { #expect(await stage.attempt(login)?.code == .unauthenticated) }
        let runs = stage.hasher.runs
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] as [Int64] {
            let failure = await stage.attempt(login)
            #expect(failure?.code == .throttled)
            #expect(
                failure?.message
                    == "there were too many wrong passwords; try again in \(Duration.seconds(wait).shortText)"
            )
            #expect((failure?.cause as? RetryLater)?.wait == .seconds(wait))
            // Also from elsewhere.
            #expect(await stage.attempt(login, from: "198.51.100.7")?.code == .throttled)
            stage.clock.advance(by: .seconds(wait))
            #expect(await stage.attempt(login)?.code == .unauthenticated)
        }
        #expect(stage.hasher.runs == runs + 8, "work is done for who has to wait")
        #expect(await stage.attempt("bob")?.code == .unauthenticated, "others wait too")
    }

    @Test("The right password ends the waiting for its login; a wall clock that is set ends none")
    func forgiven() async throws {
        let stage = AccessStage()
        try await stage.person("ann")
        for _ in 0..<7 {
            _ = await stage.attempt("ann")
            stage.clock.advance(by: .seconds(2))
        }
        stage.clock.step(wall: .seconds(3_600))
        #expect(await stage.attempt("ann", stage.password(of: "ann"))?.code == .throttled)
        stage.clock.advance(by: .seconds(4))
        _ = try await stage.signIn("ann")
        for _ in 0..<5 { #expect(await stage.attempt("ann")?.code == .unauthenticated) }
        #expect(await stage.attempt("ann")?.code == .throttled)
    }

    @Test("Sixty people behind one address sign in within a minute, also when each is wrong once before")
    func school() async throws {
        let stage = AccessStage()
        let logins = (1...60).map { "pupil-\($0)" }
        for login in logins { try await stage.person(login) }
        for login in logins { #expect(await stage.attempt(login)?.code == .unauthenticated) }
        let start = stage.clock.read().monotonic
        var waiting = logins
        while !waiting.isEmpty {
            var still: [String] = []
            for login in waiting {
                guard let failure = await stage.attempt(login, stage.password(of: login)) else { continue }
                #expect(failure.code == .throttled)
                still.append(login)
            }
            waiting = still
            stage.clock.advance(by: .seconds(1))
        }
        #expect(stage.clock.read().monotonic - start < .seconds(60))
        // Whoever guesses from there waits, whatever the login.
        #expect(await stage.attempt("pupil-1")?.code == .unauthenticated)
        #expect(await stage.attempt("pupil-2")?.code == .throttled)
        #expect(await stage.attempt("pupil-2", from: "198.51.100.7")?.code == .unauthenticated)
    }

    @Test("Passwords that are tried at once are no more than those that are tried one after the other")
    func atOnce() async throws {
        let stage = AccessStage()
        try await stage.person("ann")
        let runs = stage.hasher.runs
        stage.hasher.hold()
        let attempts = (0..<50).map { number in Task { await stage.attempt("ann", "guess number \(number)")?.code } }
        try await eventually("not all that may be tried are") { stage.hasher.waiting == 5 }
        stage.hasher.release()
        var codes: [FailureCode: Int] = [:]
        for attempt in attempts { if let code = await attempt.value { codes[code, default: 0] += 1 } }
        #expect(codes == [.unauthenticated: 5, .throttled: 45])
        #expect(stage.hasher.runs - runs == 5)
    }

    @Test("An attempt of which nobody learned the outcome counts for nothing")
    func unknown() async throws {
        let stage = AccessStage()
        try await stage.person("ann")
        stage.hasher.refuse(with: Failure(.noCapacity, "too many"))
        for _ in 0..<70 { #expect(await stage.attempt("ann")?.code == .noCapacity) }
        stage.hasher.refuse(with: nil)
        _ = try await stage.signIn("ann")
    }

    @Test(
        "A sign-in ends 12 hours after the last request, and 7 days after the first; the last request is noted once a minute"
    )
    func expiry() async throws {
        let stage = AccessStage()
        try await stage.person("ann")
        let idle = try await stage.signIn("ann").secret
        let (busy, begun, _) = try await stage.signIn("ann")
        func isKnown(_ secret: Secret) async -> Bool {
            await stage.failure { _ = try await stage.desk.principal(ofCookie: secret.text) } == nil
        }
        for second in 1...59 {
            stage.clock.advance(by: .seconds(1))
            let seen = try await stage.desk.principal(ofCookie: busy.text).signIn.lastSeenAt
            #expect(seen == begun.lastSeenAt, "noted after \(second) s")
        }
        stage.clock.advance(by: .seconds(1))
        _ = try await stage.desk.principal(ofCookie: busy.text)
        let noted = try await stage.store.signIn(by: busy.digest)?.signIn.lastSeenAt
        #expect(noted == begun.lastSeenAt.advanced(by: .seconds(60)))

        stage.clock.advance(by: .seconds(12 * 3_600 - 61))
        #expect(await isKnown(idle))
        stage.clock.advance(by: .seconds(12 * 3_600))
        #expect(await !isKnown(idle))
        #expect(await !isKnown(busy))

        let long = try await stage.signIn("ann").secret
        for _ in 0..<(7 * 24 - 1) {
            stage.clock.advance(by: .seconds(3_600))
            #expect(await isKnown(long))
        }
        stage.clock.advance(by: .seconds(3_600))
        #expect(await !isKnown(long))
    }

    @Test("A record that cannot be written locks nobody out who is in")
    func fullDisk() async throws {
        let stage = AccessStage()
        try await stage.person("ann")
        let secret = try await stage.signIn("ann").secret
        stage.clock.advance(by: .seconds(120))
        await stage.store.refuseWrites(with: Failure(.storage, "full"))
        _ = try await stage.desk.principal(ofCookie: secret.text)
        #expect(await stage.attempt("ann", stage.password(of: "ann"))?.code == .storage)
    }

    @Test("A token is its person's, no wider than its scopes; expired, revoked, disabled and erased ones are refused")
    func tokens() async throws {
        let stage = AccessStage()
        let account = try await stage.person("ann", [.author])
        func issue(_ scopes: Set<Permission>?, _ lifetime: Duration = .seconds(86_400)) async throws -> (
            APIToken, Secret
        ) {
            try await stage.commands.issueToken(
                for: account.id,
                name: "laptop",
                scopes: scopes,
                lifetime: lifetime,
                by: account.principal,
                from: AccessStage.browser,
            )
        }
        func code(_ secret: Secret) async -> FailureCode? {
            await stage.failure { _ = try await stage.desk.principal(ofToken: secret.text) }?.code
        }
        let (whole, narrow) = (try await issue(nil), try await issue([.writeLabs]))
        #expect(whole.1.text.hasPrefix("sgt_") && whole.1.text.utf8.count == 47)
        #expect(try await stage.desk.principal(ofToken: whole.1.text) == account.principal)
        let principal = try await stage.desk.principal(ofToken: narrow.1.text)
        #expect(principal == Principal(person: account.id, roles: [.author], scopes: [.writeLabs]))
        #expect(principal.permissions == [.writeLabs])
        #expect(try await stage.store.token(narrow.0.id).lastUsedAt == stage.desk.ports.now)
        #expect(await code(try await issue(nil, .seconds(60)).1) == nil)

        let short = try await issue(nil, .seconds(60)).1
        stage.clock.advance(by: .seconds(60))
        #expect(await code(short) == .unauthenticated)
        try await stage.commands.revokeToken(whole.0.id, by: account.principal, from: AccessStage.browser)
        #expect(await code(whole.1) == .unauthenticated)
        // Roles that are taken away are taken from tokens too.
        func change(_ change: AccountCommands.Change) async throws {
            _ = try await stage.commands.change(account.id, change, by: AccessStage.root, from: Origin(.local))
        }
        try await change(.init(roles: [.trainee]))
        #expect(try await stage.desk.principal(ofToken: narrow.1.text).permissions.isEmpty)
        try await change(.init(state: .disabled))
        #expect(await code(narrow.1) == .unauthenticated)
        try await change(.init(state: .active))
        #expect(await code(narrow.1) == nil)
        try await stage.commands.erase(account.id, by: AccessStage.root, from: Origin(.local))
        #expect(await code(narrow.1) == .unauthenticated)
    }

    @Test("What is no secret, or one of another kind, is refused before anything is looked up")
    func strangeSecrets() async throws {
        let stage = AccessStage()
        let account = try await stage.person("ann")
        let cookie = try await stage.signIn("ann").secret.text
        let token = try await stage.commands.issueToken(
            for: account.id,
            name: "laptop",
            scopes: nil,
            lifetime: .seconds(60),
            by: account.principal,
            from: AccessStage.browser,
        ).secret.text
        for text in [
            "", "sgt_", cookie + "x", token, String(cookie.dropLast()), String(repeating: "x", count: 1 << 20),
        ] {
            #expect(
                await stage.failure { _ = try await stage.desk.principal(ofCookie: text) }?.code == .unauthenticated
            )
        }
        for text in ["", "sgt_", cookie, "sgt_" + cookie, token.uppercased(), token + "="] {
            #expect(await stage.failure { _ = try await stage.desk.principal(ofToken: text) }?.code == .unauthenticated)
        }
    }
}

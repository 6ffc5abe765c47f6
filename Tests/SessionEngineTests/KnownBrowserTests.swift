import SessionModel
import TestKit
import Testing

@testable import SessionEngine

@Suite("Nobody is kept out of their own browser by what others guess", .timeLimit(.minutes(1)))
struct KnownBrowserTests {
    @Test("Who has signed in with a browser before gets in there, however much others guess from the same address")
    func through() async throws {
        let stage = AccessStage()
        try await stage.person("ann")
        let browser = try await stage.signIn("ann").browser
        try await stage.lockOut("ann")
        #expect(await stage.attempt("ann", stage.password(of: "ann"))?.code == .throttled)
        for _ in 0..<3 { #expect(await stage.attempt("ann", stage.password(of: "ann"), browser: browser) == nil) }
        // It opens nothing for anybody else.
        #expect(await stage.attempt("ann", stage.password(of: "ann"))?.code == .throttled)
    }

    @Test("Wrong passwords in a known browser make it wait by itself, as a login does, and nobody else")
    func ledger() async throws {
        let stage = AccessStage()
        try await stage.person("ann")
        let (here, there) = (try await stage.signIn("ann").browser, try await stage.signIn("ann").browser)
        for _ in 0..<5 { #expect(await stage.attempt("ann", browser: here)?.code == .unauthenticated) }
        let runs = stage.hasher.runs
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] as [Int64] {
            let failure = await stage.attempt("ann", stage.password(of: "ann"), browser: here)
            #expect((failure?.cause as? RetryLater)?.wait == .seconds(wait))
            stage.clock.advance(by: .seconds(wait))
            #expect(await stage.attempt("ann", browser: here)?.code == .unauthenticated)
        }
        #expect(stage.hasher.runs == runs + 8)
        #expect(await stage.attempt("ann", stage.password(of: "ann"), browser: there) == nil)
        #expect(await stage.attempt("ann", stage.password(of: "ann")) == nil)
        stage.clock.advance(by: .seconds(60))
        #expect(await stage.attempt("ann", stage.password(of: "ann"), browser: here) == nil)
        #expect(await stage.attempt("ann", browser: here)?.code == .unauthenticated)
    }

    /// What is no proof for Ann, by what is wrong with it.
    private static let spoilt: [String: @Sendable (String, AccessStage) async throws -> String] = [
        "nothing": { _, _ in "" },
        "no proof": { _, _ in "a.b.c" },
        "too long": { text, _ in text + String(repeating: "x", count: 100) },
        "another name": { text, _ in (text.hasPrefix("x") ? "y" : "x") + text.dropFirst() },
        "a later end": { text, _ in
            let parts = text.split(separator: ".")
            return "\(parts[0]).\((Int64(parts[1]) ?? 0) + 1).\(parts[2])"
        },
        "no seal": { text, _ in text.split(separator: ".").dropLast().joined(separator: ".") + "." },
        "somebody else's": { _, stage in
            try await stage.person("bob")
            return try await stage.signIn("bob", from: "198.51.100.9").browser
        },
        "one that is over": { text, stage in
            stage.clock.advance(by: KnownBrowser.lifetime)
            return text
        },
        "one of an earlier password": { text, stage in
            let login = try #require(Login("ann"))
            let account = try #require(await stage.store.credentials(of: login)).account
            let link = try await stage.commands.passwordLink(
                for: account.id,
                by: AccessStage.root,
                from: Origin(.local),
            )
            _ = try await stage.desk.redeem(link.text, password: "another password", from: AccessStage.browser)
            return text
        },
    ]

    @Test("What is no proof, or not any more, changes nothing", arguments: spoilt.keys.sorted())
    func wrong(_ what: String) async throws {
        let stage = AccessStage()
        try await stage.person("ann")
        let browser = try await stage.signIn("ann").browser
        let spoil = try #require(Self.spoilt[what])
        let given = try await spoil(browser, stage)
        try await stage.lockOut("ann")
        #expect(await stage.attempt("ann", stage.password(of: "ann"), browser: given)?.code == .throttled)
    }

    @Test("With it one learns of no login whether it is somebody's", arguments: ["bob", "nobody"])
    func enumeration(_ login: String) async throws {
        let stage = AccessStage()
        try await stage.person("ann")
        try await stage.person("bob")
        let browser = try await stage.signIn("ann").browser
        for _ in 0..<5 { #expect(await stage.attempt(login, browser: browser)?.code == .unauthenticated) }
        #expect(await stage.attempt(login, browser: browser)?.code == .throttled)
        #expect(await stage.attempt("ann", stage.password(of: "ann"), browser: browser) == nil)
    }

    @Test(
        "Addresses that one subscriber can choose among count as one",
        arguments: [
            ("2001:db8:0:1::", "2001:db8:0:1:ffff::1", true), ("2001:db8:0:1::", "2001:db8:0:2::1", false),
            ("::ffff:192.0.2.", "192.0.2.200", false),
        ],
    )
    func networks(_ prefix: String, _ last: String, _ isOne: Bool) async throws {
        let stage = AccessStage()
        for number in 1...SignInThrottle.addressAllowance {
            #expect(await stage.attempt("nobody-\(number)", from: "\(prefix)\(number)")?.code == .unauthenticated)
        }
        #expect(await stage.attempt("nobody", from: last)?.code == (isOne ? .throttled : .unauthenticated))
    }
}

extension AccessStage {
    /// Guesses until neither the login nor anybody at the usual address may try for now.
    fileprivate func lockOut(_ login: String) async throws {
        for _ in 0..<SignInThrottle.loginAllowance {
            let code = await attempt(login, from: "198.51.100.7")?.code
            try #require(code == .unauthenticated)
        }
        for number in 0..<SignInThrottle.addressAllowance {
            let code = await attempt("nobody-\(number)")?.code
            try #require(code == .unauthenticated)
        }
    }
}

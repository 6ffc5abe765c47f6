import SessionModel
import TestKit
import Testing

@testable import SessionEngine

@Suite("Links are good for one thing, once", .timeLimit(.minutes(1)))
struct SignInLinkTests {
    @Test("Without an operator there is a link for the first one; a new one takes its place; then there is none")
    func firstOperator() async throws {
        let stage = AccessStage()
        let earlier = try #require(try await stage.desk.firstOperatorLink())
        let link = try #require(try await stage.desk.firstOperatorLink())
        #expect(link.text.utf8.count == 43 && link.text != earlier.text)
        func redeem(
            _ link: Secret,
            _ login: String = "chief",
            _ name: String = "Chief",
            _ password: String = "chief-password",
        )
            async throws -> Account
        {
            try await stage.desk.redeem(
                link.text,
                login: login,
                name: name,
                password: password,
                from: AccessStage.browser,
            )
        }
        #expect(await stage.failure { _ = try await redeem(earlier) }?.code == .notFound)
        for (login, name, password, says) in [
            ("chief", "Chief", "short", "password"), ("a b", "Chief", "chief-password", "login"),
            ("chief", "", "chief-password", "name"),
        ] {
            let failure = await stage.failure { _ = try await redeem(link, login, name, password) }
            #expect(failure?.code == .invalidInput && failure?.message.contains(says) == true)
        }
        #expect(stage.hasher.runs == 0, "work is done for what cannot be")
        #expect(try await stage.desk.purpose(ofLink: link.text) == .firstOperator)
        let chief = try await redeem(link)
        #expect(chief.roles == [.operator] && chief.id.isOfAccount)
        #expect(await stage.failure { _ = try await redeem(link, "other") }?.code == .notFound)
        #expect(try await stage.desk.firstOperatorLink() == nil)
        let secret = try await stage.signIn("chief").secret
        #expect(try await stage.desk.principal(ofCookie: secret.text).principal == chief.principal)
        #expect(
            try await stage.lines().map(\.action) == [
                "operator.link", "operator.link", "person.create", "signIn.begin",
            ]
        )
    }

    @Test("A link counts for a day")
    func expired() async throws {
        let stage = AccessStage()
        let link = try #require(try await stage.desk.firstOperatorLink())
        stage.clock.advance(by: .seconds(86_399))
        #expect(try await stage.desk.purpose(ofLink: link.text) == .firstOperator)
        stage.clock.advance(by: .seconds(1))
        let failure = await stage.failure {
            _ = try await stage.desk.redeem(
                link.text,
                login: "chief",
                name: "Chief",
                password: "chief-password",
                from: AccessStage.browser,
            )
        }
        #expect(failure?.code == .notFound)
    }

    @Test("Who has lost their password sets it by a link, once, and is signed out where they were")
    func setPassword() async throws {
        let stage = AccessStage()
        let account = try await stage.person("ann")
        let secret = try await stage.signIn("ann").secret
        let link = try await stage.commands.passwordLink(for: account.id, by: AccessStage.root, from: Origin(.local))
        #expect(try await stage.desk.purpose(ofLink: link.text) == .setPassword(account.id))
        let found = try await stage.desk.redeem(link.text, password: "another password", from: AccessStage.browser)
        #expect(found == account)
        #expect(
            await stage.failure { _ = try await stage.desk.principal(ofCookie: secret.text) }?.code == .unauthenticated
        )
        #expect(await stage.attempt("ann", stage.password(of: "ann"))?.code == .unauthenticated)
        #expect(await stage.attempt("ann", "another password") == nil)
        let again = await stage.failure {
            _ = try await stage.desk.redeem(link.text, password: "a third password", from: AccessStage.browser)
        }
        #expect(again?.code == .notFound)
    }

    @Test("Of two who use the same link at once one is refused")
    func race() async throws {
        let stage = AccessStage()
        let link = try #require(try await stage.desk.firstOperatorLink())
        stage.hasher.hold()
        let tasks = ["one", "other"].map { login in
            Task {
                await stage.failure {
                    _ = try await stage.desk.redeem(
                        link.text,
                        login: login,
                        name: login,
                        password: "a long password",
                        from: AccessStage.browser,
                    )
                }
            }
        }
        try await eventually("they do not meet") { stage.hasher.waiting == 2 }
        stage.hasher.release()
        var failures: [FailureCode?] = []
        for task in tasks { failures.append(await task.value?.code) }
        #expect(failures.contains(nil) && failures.contains(.notFound))
        #expect(try await stage.store.accounts(after: nil, limit: 9).accounts.count == 1)
    }
}

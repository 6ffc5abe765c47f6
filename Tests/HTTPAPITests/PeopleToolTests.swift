import APIContract
import Foundation
import SessionEngine
import SessionModel
import Testing

@testable import HTTPAPI

@Suite("The command at the service", .timeLimit(.minutes(2)))
struct PeopleToolTests {
    private static func decoded<Value: Decodable>(_ run: (status: Int32, output: String, errors: String)) throws
        -> Value
    {
        try #require(run.status == 0, "\(run.errors)")
        return try JSONDecoder().decode(Value.self, from: Data(run.output.utf8))
    }

    @Test("An operator at the local socket makes an account whose person comes in by a link, and the log tells of it")
    func firstAccount() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let here = ["SANDGLASS_SOCKET": served.socket]
            let create = ["person", "create", "Anna", "--name", "Anna Lee", "--role", "operator", "--json"]
            let anna: PersonResource = try Self.decoded(try await Tool.run(create, here))
            #expect(anna.login == "anna")
            let link = try await Tool.run(["person", "password-link", "anna"], here)
            #expect(link.output.hasPrefix("https://sandglass.test/link#"))
            let secret = try #require(link.output.split(separator: "#").last).trimmingCharacters(in: .newlines)
            _ = try await served.desk.redeem(secret, password: "anna's password", from: Origin(.local))
            let (_, signIn, _) = try await served.desk.signIn(
                login: "anna",
                password: "anna's password",
                from: Origin(.local),
            )
            #expect(signIn.person.description == anna.id)

            let log: AuditList = try Self.decoded(try await Tool.run(["audit", "--json"], here))
            #expect(log.entries.map(\.action).suffix(3) == ["password.set", "password.link", "person.create"])
            #expect(log.entries.last?.actor == ServedAPI.person.description)
            #expect(!log.entries.contains { "\($0)".contains("Anna") })
        }
    }

    @Test("An account is changed and erased, and its tokens are issued and revoked")
    func life() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let here = ["SANDGLASS_SOCKET": served.socket]
            func run<Value: Decodable>(_ arguments: String) async throws -> Value {
                let words = arguments.split(separator: " ").map(String.init)
                return try Self.decoded(try await Tool.run(words + ["--json"], here))
            }
            let ben: PersonResource = try await run("person create ben --name Ben --role trainee")
            let changed: PersonResource = try await run("person change ben --role author --email ben@example.org")
            #expect(changed.roles == ["author"] && changed.email == "ben@example.org")

            let secret = try await Tool.run(["token", "issue", "ben", "--name", "ci", "--for", "1h", "--quiet"], here)
            #expect(secret.output.hasPrefix("sgt_") && secret.output.hasSuffix("\n"))
            let list: TokenList = try await run("token list ben")
            let token = try #require(list.tokens.first)
            #expect(token.name == "ci" && token.person == ben.id)
            let wider = ["token", "issue", "ben", "--name", "x", "--for", "1h", "--scope", "readAudit"]
            #expect(try await Tool.run(wider, here).status == 64)
            let revoked: [String: String] = try await run("token revoke \(token.id)")
            #expect(revoked == ["revoked": token.id])
            let after: TokenList = try await run("token list ben")
            #expect(after.tokens.first?.revokedAt != nil)

            let out: PersonResource = try await run("person sign-out ben")
            #expect(out.id == ben.id)
            let gone: PersonResource = try await run("person erase ben --yes")
            #expect(gone.state == "erased" && gone.login == nil && gone.email == nil)
            #expect(try await Tool.run(["person", "show", "ben"], here).status == 3)
            let people: PersonList = try await run("person list")
            #expect(people.people.map(\.state) == ["erased"])
        }
    }

    @Test("Who looks after nobody sees and changes no accounts")
    func refused() async throws {
        try await ServedAPI.serving { served in
            let here = ["SANDGLASS_SOCKET": served.socket]
            let commands = ["person list", "person create a --name A --role trainee", "person erase a --yes", "audit"]
            for command in commands {
                let run = try await Tool.run(command.split(separator: " ").map(String.init), here)
                #expect(run.status == 4, "\(command): \(run.errors)")
            }
            let me: SignInResource = try Self.decoded(try await Tool.run(["whoami", "--json"], here))
            #expect(me.person == ServedAPI.person.description && me.permissions.isEmpty)
        }
    }
}

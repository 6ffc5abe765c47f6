import APIClient
import APIContract
import Foundation
import Glibc
import Logging
import SessionEngine
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("The client and the command over the network", .timeLimit(.minutes(2)))
struct NetworkClientTests {
    @Test("With a token somebody does over TLS what they may, and is known as themselves")
    func token() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let (anna, token) = try await served.person("anna", .author)
            let there = served.environment(token: token.secret)
            let run = try await Tool.run(["whoami", "--json"], there)
            try #require(run.status == 0, "\(run.errors)")
            let me = try JSONDecoder().decode(SignInResource.self, from: Data(run.output.utf8))
            #expect(me.person == anna.id.description && me.roles == ["author"])
            #expect(try await Tool.run(["person", "show"], there).output.contains("The anna"))
            #expect(try await Tool.run(["audit"], there).status == 4)
        }
    }

    @Test("Options say where the service is, and the token comes from a file that nobody else may read")
    func options() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let (anna, token) = try await served.person("anna", .author)
            let file = "\(served.folder)/token"
            try Data("\(token.secret)\n".utf8).write(to: URL(filePath: file))
            let arguments = ["whoami", "--server", served.url, "--ca", served.authority, "--token-file", file]
            for (mode, status) in [(0o600, 0), (0o400, 0), (0o640, 64), (0o604, 64)] as [(mode_t, Int32)] {
                try #require(chmod(file, mode) == 0)
                let run = try await Tool.run(arguments, [:])
                #expect(run.status == status, "\(run.errors)")
                #expect(run.output.contains(anna.id.description) == (status == 0))
                #expect(!run.errors.contains(token.secret))
            }
        }
    }

    @Test("A terminal is attached over TLS, and programs run, with a token")
    func terminal() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let (anna, token) = try await served.person("anna", .trainee)
            let id = try await served.readySession(of: anna.principal).id
            try await SandglassClient.connected(to: try served.address(token: token.secret)) { client in
                let shown = try await client.withTerminal(of: id.description, size: nil) { outputs, writer in
                    try await writer.type(Array("hello\n".utf8))
                    var text = ""
                    for try await output in outputs {
                        guard case .bytes(let bytes) = output else { continue }
                        text += String(decoding: bytes, as: UTF8.self)
                        if text.contains("you said hello") { break }
                    }
                    return text
                }
                #expect(shown.contains("you said hello"))
            }
            let there = served.environment(token: token.secret)
            let exec = ["session", "exec", id.description, "--", "cat"]
            let long = String(repeating: "all of it ", count: 100_000)
            let run = try await Tool.run(exec, there, input: long)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output == long)

            let attach = try Tool(["session", "attach", id.description], there, input: "once more\n")
            try await eventually("nothing was shown") { attach.output.contains("you said once more") }
            _ = try await served.commands.end(id, by: anna.principal)
            #expect(await attach.status() == 0)
        }
    }

    @Test("Nobody is let in without a token, or with one that is none, and is told what to do")
    func strangers() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let nobody = try await Tool.run(["session", "list"], served.environment())
            #expect(nobody.status == 4)
            #expect(nobody.errors.contains("--token-file or SANDGLASS_TOKEN"))
            let wrong = try await Tool.run(["session", "list", "--json"], served.environment(token: "sgt_none"))
            #expect(wrong.status == 4)
            #expect(wrong.errors.contains("\"unauthenticated\""))
            let problem = await #expect(throws: Problem.self) {
                try await SandglassClient.connected(to: try served.address(token: "sgt_none")) { client in
                    try await client.withTerminal(of: "abcdefghij", size: nil) { _, _ in }
                }
            }
            #expect(problem?.code == "unauthenticated")
        }
    }

    @Test("A certificate that nobody trusted has signed is refused, by calls and by terminals, and no token is sent")
    func untrusted() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let other = "\(served.folder)/other"
            _ = try ServerCertificate.selfSigned(
                in: other,
                for: ["127.0.0.1"],
                at: Date(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            )
            let (_, token) = try await served.person("anna", .trainee)
            for authorities in [nil, "\(other)/certificate.pem"] {
                let address = try served.address(token: token.secret, authorities: authorities)
                let call = await #expect(throws: ConnectionFailure.self) {
                    try await SandglassClient.connected(to: address) { try await $0.whoAmI() }
                }
                let terminal = await #expect(throws: ConnectionFailure.self) {
                    try await SandglassClient.connected(to: address) { client in
                        try await client.withTerminal(of: "abcdefghij", size: nil) { _, _ in }
                    }
                }
                for failure in [call, terminal] {
                    #expect(failure?.code == .untrusted, "\(String(describing: failure))")
                    #expect(failure?.message.contains("--ca") == true)
                }
            }
            var there = served.environment(token: token.secret)
            there["SANDGLASS_CA"] = nil
            #expect(try await Tool.run(["whoami"], there).status == 7)
            // Nobody has used it.
            #expect(await served.people.tokens(of: try await served.owner(of: token)).first?.lastUsedAt == nil)
        }
    }

    @Test("A certificate for another name is refused, even one for the address that the name leads to")
    func anotherName() async throws {
        // It is for 127.0.0.1.
        try await ServedAPI.serving(onNetwork: true) { served in
            let remote = try RemoteService(
                ServerURL("https://localhost:\(served.port.value)"),
                authorities: served.authority,
            )
            let address = ServiceAddress(remote)
            let call = await #expect(throws: ConnectionFailure.self) {
                try await SandglassClient.connected(to: address) { try await $0.whoAmI() }
            }
            let terminal = await #expect(throws: ConnectionFailure.self) {
                try await SandglassClient.connected(to: address) { client in
                    try await client.withTerminal(of: "abcdefghij", size: nil) { _, _ in }
                }
            }
            for failure in [call, terminal] {
                #expect(failure?.code == .untrusted, "\(String(describing: failure))")
                #expect(failure?.message.contains("another name") == true)
            }
        }
    }
}

extension ServedAPI {
    /// Where what belongs to it is kept.
    fileprivate var folder: String { (socket as NSString).deletingLastPathComponent }

    /// Its certificate, which signs itself.
    fileprivate var authority: String { "\(folder)/tls/certificate.pem" }

    /// Where it is on the network.
    fileprivate var url: String { "https://127.0.0.1:\(port.value)" }

    /// What the command needs to know to reach it over the network.
    fileprivate func environment(token: String? = nil) -> [String: String] {
        var variables = ["SANDGLASS_SERVER": url, "SANDGLASS_CA": authority]
        variables["SANDGLASS_TOKEN"] = token
        return variables
    }

    /// What the client needs to know to reach it over the network.
    fileprivate func address(token: String) throws -> ServiceAddress {
        try address(token: token, authorities: authority)
    }

    fileprivate func address(token: String, authorities: String?) throws -> ServiceAddress {
        let token: AccessToken = try #require(AccessToken(token))
        return ServiceAddress(try RemoteService(ServerURL(url), token: token, authorities: authorities))
    }

    fileprivate func owner(of token: IssuedToken) async throws -> PersonID { try await people.token(token.id).person }
}

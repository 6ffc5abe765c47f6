import APIContract
import Foundation
import SessionModel
import StubService
import Synchronization
import Testing

@testable import sandglass

@Suite("Commands about people")
struct PeopleTests {
    /// What the service was asked, line by line.
    private final class Asked: Sendable {
        private let requests = Mutex<[StubRequest]>([])

        var lines: [String] { requests.withLock { $0.map(\.line) } }

        func add(_ request: StubRequest) { requests.withLock { $0.append(request) } }

        func last<Value: Decodable>(as type: Value.Type) throws -> Value {
            try #require(requests.withLock { $0.last }).decoded(as: type)
        }
    }

    /// Runs the tool against a service that has three people, on two pages.
    private static func run(
        _ arguments: [String],
        erased: Bool = false,
    ) async throws -> (run: (status: Int32, output: String, errors: String), asked: Asked) {
        let asked = Asked()
        let run = try await StubService.serving({ request in
            asked.add(request)
            switch request.line {
            case "GET /api/v1/people?limit=500":
                let people = [
                    Samples.person("p-aaaaaaaaaaaaaaaa"), Samples.person("p-abbbbbbbbbbbbbbb", login: "ben"),
                ]
                return .json(PersonList(people: people, next: "2"))
            case "GET /api/v1/people?cursor=2&limit=500":
                return .json(PersonList(people: [Samples.person("p-cccccccccccccccc", login: "p-ab")], next: nil))
            case let line where line.hasSuffix("/tokens"):
                return .json(Samples.issuedToken, status: 201)
            case let line where line.hasPrefix("DELETE") || line.hasSuffix("/sign-out"):
                return .whole(status: 204, type: "text/plain", body: [])
            default:
                return .json(erased ? Samples.person(login: nil, name: nil, state: "erased") : Samples.person())
            }
        }) { try await ToolRun.run(arguments, socket: $0.socket) }
        return (run, asked)
    }

    @Test(
        "A person is named by their login, their id, its beginning, or as me",
        .timeLimit(.minutes(1)),
        arguments: [
            ("me", "me"), ("p-xxxxxxxxxxxxxxxx", "p-xxxxxxxxxxxxxxxx"), ("anna", "p-aaaaaaaaaaaaaaaa"),
            ("Ben", "p-abbbbbbbbbbbbbbb"), ("p-aa", "p-aaaaaaaaaaaaaaaa"),
            // A login that looks like the beginning of somebody else's id.
            ("p-ab", "p-cccccccccccccccc"),
        ],
    )
    func names(_ name: String, _ id: String) async throws {
        let (run, asked) = try await Self.run(["person", "show", name])
        #expect(run.status == 0)
        #expect(asked.lines.last == "GET /api/v1/people/\(id)")
    }

    @Test(
        "Who is not there, or not clear, is told",
        .timeLimit(.minutes(1)),
        arguments: [("zoe", 3), ("p-a", 64), ("p-z", 3)] as [(String, Int32)],
    )
    func unknown(_ name: String, _ status: Int32) async throws {
        let (run, _) = try await Self.run(["person", "show", name])
        #expect(run.status == status)
        #expect(run.errors.contains("\"\(name)\""))
    }

    @Test("What is not given in a change stays, and an empty address is none", .timeLimit(.minutes(1)))
    func change() async throws {
        let arguments = ["person", "change", "anna", "--email", "", "--role", "author", "--role", "trainee"]
        let (run, asked) = try await Self.run(arguments)
        #expect(run.output == "p-abcdefghijklmnop: anna, active (author).\n")
        #expect(
            try asked.last(as: ChangePersonRequest.self) == .init(email: "", roles: ["author", "trainee"])
        )
    }

    @Test("Nobody is erased without --yes, which says who it would be", .timeLimit(.minutes(1)))
    func erase() async throws {
        let (refused, looked) = try await Self.run(["person", "erase", "anna"])
        #expect(refused.status == 64)
        #expect(refused.errors.contains("Anna Lee, anna (p-abcdefghijklmnop) cannot be undone; add --yes"))
        #expect(looked.lines.allSatisfy { $0.hasPrefix("GET") })
        let (run, asked) = try await Self.run(["person", "erase", "anna", "--yes"], erased: true)
        #expect(run.status == 0)
        #expect(run.output == "p-abcdefghijklmnop: erased (author).\n")
        #expect(asked.lines.contains("DELETE /api/v1/people/p-aaaaaaaaaaaaaaaa"))
    }

    @Test("Who is signed out is shown", .timeLimit(.minutes(1)))
    func signOut() async throws {
        let (run, asked) = try await Self.run(["person", "sign-out", "ben", "--json"])
        #expect(try JSONDecoder().decode(PersonResource.self, from: Data(run.output.utf8)) == Samples.person())
        #expect(asked.lines.contains("POST /api/v1/people/p-abbbbbbbbbbbbbbb/sign-out"))
    }

    @Test("A token's secret comes out once, with --quiet alone", .timeLimit(.minutes(1)))
    func secret() async throws {
        let issue = ["token", "issue", "anna", "--name", "ci", "--for", "12h"]
        let (quiet, asked) = try await Self.run(issue + ["--quiet"])
        #expect(quiet.output == "sgt_secret\n")
        #expect(quiet.errors.isEmpty)
        #expect(asked.lines.last == "POST /api/v1/people/p-aaaaaaaaaaaaaaaa/tokens")
        let (shown, _) = try await Self.run(issue)
        #expect(shown.output.components(separatedBy: "sgt_secret").count == 2)
        #expect(!shown.errors.contains("sgt_secret"))
    }

    @Test(
        "A token has all scopes, some, or none",
        .timeLimit(.minutes(1)),
        arguments: [
            ([], nil), (["--no-scopes"], []),
            (["--scope", "writeLabs", "--scope", "readAudit"], ["writeLabs", "readAudit"]),
        ] as [([String], [String]?)],
    )
    func scopes(_ options: [String], _ scopes: [String]?) async throws {
        let (run, asked) = try await Self.run(["token", "issue", "--name", "ci", "--for", "90d"] + options)
        #expect(run.status == 0)
        let request = try asked.last(as: IssueTokenRequest.self)
        #expect(request == IssueTokenRequest(name: "ci", scopes: scopes, lifetimeSeconds: 90 * 86_400))
    }

    @Test("A revoked token is named for programs", .timeLimit(.minutes(1)))
    func revoke() async throws {
        let (run, asked) = try await Self.run(["token", "revoke", "tokentoken", "--json"])
        #expect(
            try JSONDecoder().decode([String: String].self, from: Data(run.output.utf8)) == ["revoked": "tokentoken"]
        )
        #expect(asked.lines == ["DELETE /api/v1/tokens/tokentoken"])
    }

    @Test("Lists say whether a token counts, and for what")
    func tokenList() {
        var expired = Samples.token(scopes: [])
        expired.expiresAt = "2026-03-01T12:00:00.000Z"
        let tokens = [
            Samples.token(), expired, Samples.token(scopes: ["writeLabs"], revokedAt: "2026-03-02T12:00:00Z"),
        ]
        let lines = TokenText.table(tokens, at: Date(timeIntervalSince1970: 1_800_000_000)).lines().dropFirst()
        let words = lines.map { $0.split(separator: " ").map(String.init) }
        #expect(words.map { $0[2] } == ["all", "none", "writeLabs"])
        #expect(words.map(\.last) == ["counts", "expired", "revoked"])
    }

    @Test("The rights that are offered to the shell are those there are")
    func rights() {
        #expect(RightNames.roles == Role.allCases.map(\.rawValue))
        #expect(RightNames.permissions == Permission.allCases.map(\.rawValue))
    }
}

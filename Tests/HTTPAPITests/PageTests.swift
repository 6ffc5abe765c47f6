import APIContract
import Foundation
import Hummingbird
import SessionEngine
import SessionModel
import Testing

@testable import HTTPAPI

@Suite("Pages for browsers", .timeLimit(.minutes(2)))
struct PageTests {
    @Test("Every page is known to these tests")
    func complete() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let door = LocalDoor(credentials: PeerCredentials(operators: []))
            let pages = Set(served.api.router(door).routes.map { "\($0)" }.filter { !$0.contains(" /api/") })
                .subtracting(["GET /healthz", "GET /readyz", "GET /metrics"])
            #expect(pages == ["GET /", "GET /sign-in", "GET /link", "GET /sessions/{id}", "GET /sessions/{id}/replay"])
        }
    }

    @Test(
        "Whoever is not signed in is sent to where they can, and after that to where they wanted",
        arguments: [
            ("/", "/sign-in"), ("/sessions/abcdefghij", "/sign-in?next=/sessions/abcdefghij"),
            ("/sessions/abcdefghij/replay", "/sign-in?next=/sessions/abcdefghij/replay"),
        ],
    )
    func signIn(_ path: String, _ location: String) async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let answer = try await served.web("GET", path)
            #expect(answer.status == 303)
            #expect(answer.headers("location") == [location])
            #expect(try await served.web("GET", "/sign-in").status == 200)
            #expect(try await served.web("GET", "/link").status == 200)
        }
    }

    @Test(
        "After signing in nobody is led to another site",
        arguments: [
            ("/sessions/abcdefghij", "/sessions/abcdefghij"), ("//elsewhere.test", "/"),
            ("https://elsewhere.test", "/"),
            ("/\\elsewhere.test", "/"), ("javascript:alert(1)", "/"), ("", "/"), (nil, "/"), ("/a b", "/"),
        ],
    )
    func next(_ given: String?, _ expected: String) { #expect(API.ownPath(given) == expected) }

    @Test("One's own session and those one supervises have pages, and a stranger's is not there")
    func sessions() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let (ann, token) = try await served.person("ann", .trainee)
            let (_, chief) = try await served.person("chief", .operator)
            let session = try await served.readySession(of: ann.principal)
            let foreign = try await served.readySession(of: ServedAPI.stranger)
            for page in ["", "/replay"] {
                let mine = try await served.web("GET", "/sessions/\(session.id)\(page)", token: token.secret)
                #expect(mine.status == 200)
                #expect(mine.headers("content-type") == ["text/html; charset=utf-8"])
                #expect(mine.headers("cache-control") == ["no-store"])
                let theirs = try await served.web("GET", "/sessions/\(foreign.id)\(page)", token: token.secret)
                #expect(theirs.status == 404)
                #expect(theirs.headers("content-type") == ["text/html; charset=utf-8"])
                let seen = try await served.web("GET", "/sessions/\(session.id)\(page)", token: chief.secret)
                #expect(seen.status == 200)
            }
            let owner = try await served.web("GET", "/sessions/\(session.id)", token: token.secret)
            #expect(owner.body.contains(#"data-role="driver""#))
            let looker = try await served.web("GET", "/sessions/\(session.id)", token: chief.secret)
            #expect(looker.body.contains(#"data-role="watcher""#))
            let taker = try await served.web("GET", "/sessions/\(session.id)?part=driver", token: chief.secret)
            #expect(taker.body.contains(#"data-role="driver""#))
        }
    }

    @Test("A page runs no script but this service's, and its style elements carry what only this answer has")
    func policy() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let (ann, token) = try await served.person("ann", .trainee)
            let session = try await served.readySession(of: ann.principal)
            var nonces: Set<String> = []
            for _ in 0..<2 {
                let page = try await served.web("GET", "/sessions/\(session.id)", token: token.secret)
                let policy = try #require(page.headers("content-security-policy").first)
                #expect(policy.contains("default-src 'none'; script-src 'self';"))
                #expect(!policy.contains("unsafe"))
                let nonce = try #require(policy.firstMatch(of: /'nonce-(\w+)'/)?.output.1)
                #expect(page.body.contains(#"content="\#(nonce)""#))
                nonces.insert(String(nonce))
                #expect(!page.body.contains("<script>"))
                #expect(!page.body.contains(#/ on\w+=/#))
                #expect(!page.body.contains(" style="))
            }
            #expect(nonces.count == 2)
        }
    }

    @Test("What people have typed is text in every page")
    func escaping() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let evil = #"<img src=x onerror="alert(1)">'&"#
            let (ann, token) = try await served.person("ann", .trainee)
            _ = try await AccountCommands(served.desk).change(
                ann.id,
                .init(name: evil),
                by: Principal(person: PersonID("uid:0"), role: .operator),
                from: Origin(.local),
            )
            let home = try await served.web("GET", "/", token: token.secret)
            #expect(home.status == 200)
            #expect(home.body.contains("&lt;img src=x"))
            #expect(!home.body.contains("<img"))
            let missing = try await served.web("GET", "/sessions/%3Cimg%3E", token: token.secret)
            #expect(missing.status == 404)
            #expect(!missing.body.contains("<img"))
            let signIn = try await served.web("GET", "/sign-in?next=/%22%3E%3Cimg%3E")
            #expect(!signIn.body.contains("<img"))
        }
    }

    @Test("Files are served with their kind, packed to whoever can unpack them, and no others")
    func files() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let script = try await served.web("GET", "/static/api.js")
            #expect(script.status == 200)
            #expect(script.headers("content-type").first?.hasPrefix("text/javascript") == true)
            for path in [
                "/static/../pages/home.mustache", "/static/%2e%2e/pages/home.mustache",
                "/static/..%2fpages/home.mustache",
                "/pages/home.mustache", "/static/", "/static", "/vendor/../../README.md", "/static/none.js",
            ] {
                let answer = try await served.web("GET", path)
                #expect([303, 400, 404].contains(answer.status), "\(path): \(answer.status)")
                #expect(!answer.body.contains("{{"), "\(path)")
            }
        }
    }
}

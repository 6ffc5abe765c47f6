import APIContract
import Foundation
import Hummingbird
import SessionEngine
import SessionModel
import TestKit
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

    @Test(
        "Whoever looks at a lab reads how long it is and what is recorded",
        arguments: [
            (Policy.Recording(.none), "1h, nothing is recorded"),
            (.init(.output), "1h, what the terminals show is recorded"),
            (.init(.required), "1h, what the terminals show is recorded"),
            (.init(.required, input: true), "1h, what you see and type is recorded"),
        ],
    )
    func whatStarts(_ recording: Policy.Recording, _ text: String) async throws {
        var policy = SessionFixtures.policy
        policy.time.limit = .seconds(3600)
        policy.recording = recording
        #expect(API.whatStarts(under: policy) == text)
        try await ServedAPI.serving(onNetwork: true) { served in
            let (_, token) = try await served.person("ann", .trainee)
            #expect(try await served.web("GET", "/", token: token.secret).body.contains("recorded</div>"))
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

    @Test(
        "What authors call a lab is text in every page, and JSON to no browser anything else",
        arguments: [
            "<script>alert(1)</script>", #""><img src=x onerror=alert(1)>"#, "'><svg/onload=alert(1)>",
            "{{csrf}}{{{csrf}}}",
            "</title><script>alert(1)</script>", "&lt;script&gt;", "\u{1B}]0;x\u{07}",
            "\"\u{301} onfocus=alert(1) x=\"\u{200D}", "<\u{338}img src=x onerror=alert(1)>\u{301}",
            "'\u{FE0F}\r\n\"\u{20E3}",
        ],
    )
    func titles(_ title: String) async throws {
        try await ServedAPI.serving(onNetwork: true, title: title) { served in
            let (ann, token) = try await served.person("ann", .trainee)
            let session = try await served.readySession(of: ann.principal)
            for path in ["/", "/sessions/\(session.id)", "/sessions/\(session.id)/replay"] {
                let page = try await served.web("GET", path, token: token.secret)
                #expect(page.status == 200)
                // Byte by byte: to Swift a mark with an accent is another character, to browsers it is the mark.
                let (body, shown) = (Array(page.body.utf8), Array(Self.escaped(title).utf8))
                #expect(body.contains(shown), "\(path): \(page.body)")
                // As markup it stands nowhere, and nothing in it was taken for a place of the template.
                let rest = String(decoding: body.replacing(shown, with: []), as: UTF8.self)
                #expect(["alert(1)", "<img", "<svg"].allSatisfy { !rest.contains($0) }, "\(path): \(rest)")
            }
            for path in ["/api/v1/labs", "/api/v1/labs/first-steps", "/api/v1/sessions/\(session.id)"] {
                let answer = try await served.web("GET", path, token: token.secret)
                #expect(answer.headers("content-type").first?.hasPrefix("application/json") == true, "\(path)")
                #expect(answer.headers("x-content-type-options") == ["nosniff"])
            }
        }
    }

    /// What stands for a text where markup is.
    private static func escaped(_ text: String) -> String {
        let entities: [Unicode.Scalar: String] = [
            "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;",
        ]
        return text.unicodeScalars.map { entities[$0] ?? String($0) }.joined()
    }

    @Test("Scripts make no markup of text; what a program calls its terminal is shown nowhere; templates escape")
    func sinks() throws {
        let web = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "web")
        let sinks = #/innerHTML|outerHTML|insertAdjacentHTML|setHTML|parseFromString|createContextualFragment|srcdoc/#
        let running =
            #/document\.write|\beval\(|new Function|javascript:|onTitleChange|document\.title|\.on\w+ = ['"`]/#
        let manager = FileManager.default
        let scripts = try manager.contentsOfDirectory(atPath: web.appending(path: "static").path)
            .filter { $0.hasSuffix(".js") }
        #expect(scripts.count > 5)
        for name in scripts {
            let text = try String(contentsOf: web.appending(path: "static/\(name)"), encoding: .utf8)
            #expect(!text.contains(sinks) && !text.contains(running), "\(name)")
        }
        let pages = try manager.contentsOfDirectory(atPath: web.appending(path: "pages").path)
        #expect(pages.count >= Console.Page.allCases.count)
        for name in pages {
            let text = try String(contentsOf: web.appending(path: "pages/\(name)"), encoding: .utf8)
            #expect(text.hasPrefix("{{% CONTENT_TYPE:PAGE}}"), "\(name)")
            // Three braces, or an ampersand, would leave text as it is; without quotes a space would end an attribute.
            #expect(!text.contains("{{{") && !text.contains("{{&"), "\(name)")
            #expect(!text.contains(#/=\{\{|='[^']*\{\{/#), "\(name)")
            #expect(!text.contains(#/(href|src|action)="\{\{/#), "\(name): an address whose scheme others choose")
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

import APIContract
import Foundation
import SessionEngine
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Who comes over the network", .timeLimit(.minutes(2)))
struct WebDoorTests {
    @Test("Whoever has proven nothing is told so at every route, and of none whether what it names is there")
    func nobody() async throws {
        let open: [String: Int] = [
            "DELETE /api/v1/sign-in": 204, "POST /api/v1/links/look": 404, "POST /api/v1/links/redemption": 404,
            "GET /api/v1/openapi.json": 200, "POST /api/v1/sign-in": 401,
            "GET /healthz": 200, "GET /readyz": 200,
        ]
        #expect(
            Set(RouteReference.all.filter(\.isOpen).map(\.name))
                == Set(open.keys.filter { $0.contains(RouteReference.root) })
        )
        try await ServedAPI.serving(onNetwork: true) { served in
            let session = try await served.readySession(of: ServedAPI.stranger)
            for given in AuthorizationTests.cases {
                let parts = given.route.split(separator: " ")
                let path = parts[1].replacing("{id}", with: session.id.description).replacing("{machine}", with: "box")
                let status = try await RawConnection.connected(toPort: served.port.value) { connection in
                    try await connection.ask(String(parts[0]), path + given.query, given.body, given.headers)
                    return try await connection.head()
                }
                #expect(status == open[given.route] ?? 401, "\(given.route)")
            }
            #expect(try await served.web("GET", "/api/v1/nothing").status == 404)
        }
    }

    @Test("A token lets in whose it is, until it is revoked, expires, or its person is disabled")
    func tokens() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let (ann, token) = try await served.person("ann", .trainee)
            let mine = try await served.web("GET", "/api/v1/sign-in", token: token.secret)
            #expect(mine.status == 200)
            let me = try JSONDecoder().decode(SignInResource.self, from: Data(mine.body.utf8))
            #expect(me.person == ann.id.description && me.name == "The ann" && me.csrfToken == nil)

            let made = try await served.web("POST", "/api/v1/sessions", #"{"lab":"first-steps"}"#, token: token.secret)
            #expect(made.status == 201)
            let line = try #require(try await served.people.entries(before: nil, limit: 1).entries.first)
            #expect(line.action == "session.create" && line.actor == ann.id)
            #expect(line.origin == Origin(.token, address: "127.0.0.1"))

            for wrong in ["sgt_" + String(repeating: "x", count: 43), "", "sgt_", String(token.secret.dropLast())] {
                let refused = try await served.web("GET", "/api/v1/sign-in", token: wrong)
                #expect(refused.status == 401)
                #expect(refused.headers("www-authenticate") == [#"Bearer realm="sandglass""#])
            }
            let basic = try await served.web(
                "GET",
                "/api/v1/sign-in",
                headers: ["authorization": "Basic \(Data("ann:ann-password".utf8).base64EncodedString())"],
            )
            #expect(basic.status == 401)

            #expect(try await served.web("DELETE", "/api/v1/tokens/\(token.id)", token: token.secret).status == 204)
            #expect(try await served.web("GET", "/api/v1/sign-in", token: token.secret).status == 401)
        }
    }

    @Test("A browser signs in, acts with what only its own page can read, and signs out")
    func browser() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            _ = try await served.person("ann", .trainee)
            let (cookie, csrf) = try await served.signIn("ann")
            let page = ["cookie": cookie, "origin": "https://localhost", "x-csrf-token": csrf]
            #expect(try await served.web("GET", "/api/v1/sessions", headers: ["cookie": cookie]).status == 200)
            let body = #"{"lab":"first-steps"}"#
            #expect(try await served.web("POST", "/api/v1/sessions", body, headers: page).status == 201)
            // By the name that people reach the service under, through a proxy for example.
            let named = page.merging(["origin": "https://sandglass.test"]) { $1 }
            #expect(try await served.web("POST", "/api/v1/sessions", body, headers: named).status == 201)

            let wrong: [(String, String?)] = [
                ("origin", nil), ("origin", "null"), ("origin", "https://elsewhere.test"),
                ("origin", "http://localhost"), ("origin", "https://localhost:444"),
                ("origin", "https://localhost.elsewhere.test"), ("x-csrf-token", nil), ("x-csrf-token", ""),
                ("x-csrf-token", "\(csrf)x"),
            ]
            for (name, value) in wrong {
                var headers = page
                headers[name] = value
                #expect(
                    try await served.web("POST", "/api/v1/sessions", body, headers: headers).status == 403,
                    "\(name): \(value ?? "missing")",
                )
            }
            let out = try await served.web("DELETE", "/api/v1/sign-in", headers: page)
            #expect(out.status == 204)
            #expect(out.headers("set-cookie").first?.hasPrefix("__Host-sandglass=; ") == true)
            #expect(try await served.web("GET", "/api/v1/sessions", headers: ["cookie": cookie]).status == 401)
        }
    }

    @Test(
        "A page acts for people where it came from an address or localhost that was asked, or from the public URL",
        arguments: [
            ("localhost", "https://localhost", true), ("192.0.2.1:8443", "https://192.0.2.1:8443", true),
            ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443", true), ("10.0.0.1", "https://localhost", false),
            ("elsewhere.test", "https://sandglass.test", true), ("elsewhere.test", "https://elsewhere.test", false),
            ("192.0.2.1.elsewhere.test", "https://192.0.2.1.elsewhere.test", false),
        ],
    )
    func hosts(_ host: String, _ origin: String, _ mayAct: Bool) async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            _ = try await served.person("ann", .trainee)
            let answer = try await RawConnection.connected(toPort: served.port.value) { connection in
                let body = #"{"login":"ann","password":"ann-password"}"#
                let head = "POST /api/v1/sign-in HTTP/1.1\r\nhost: \(host)\r\norigin: \(origin)\r\nconnection: close"
                try await connection.send(Array("\(head)\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)".utf8))
                return try await connection.answer()
            }
            #expect(answer.status == (mayAct ? 200 : 403))
        }
    }

    @Test("Whoever has signed in with a browser before gets in there while others are made to wait")
    func knownBrowser() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            _ = try await served.person("ann", .trainee)
            func status(_ password: String, cookie: String? = nil) async throws -> (Int, [String]) {
                var headers = ["origin": "https://localhost"]
                headers["cookie"] = cookie
                let body = #"{"login":"ann","password":"\#(password)"}"#
                let answer = try await served.web("POST", "/api/v1/sign-in", body, headers: headers)
                return (answer.status, answer.headers("set-cookie"))
            }
            let cookies = try await status("ann-password").1
            #expect(cookies.count == 2)
            let known = try #require(cookies.last)
            #expect(known.hasPrefix("__Host-sandglass-browser="))
            #expect(known.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=2592000"))
            for _ in 0..<5 { #expect(try await status("a wrong password").0 == 401) }
            #expect(try await status("ann-password").0 == 429)
            let cookie = String(known.prefix { $0 != ";" })
            #expect(try await status("ann-password", cookie: cookie).0 == 200)
            // By itself it lets nobody in.
            #expect(try await served.web("GET", "/api/v1/sessions", headers: ["cookie": cookie]).status == 401)
        }
    }

    @Test("The cookie stays with this host, with TLS, and out of scripts")
    func cookie() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            _ = try await served.person("ann", .trainee)
            let answer = try await served.web(
                "POST",
                "/api/v1/sign-in",
                #"{"login":"ann","password":"ann-password"}"#,
                headers: ["origin": "https://localhost"],
            )
            let cookie = try #require(answer.headers("set-cookie").first)
            #expect(cookie.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=604800"))
            #expect(answer.headers("cache-control") == ["no-store"])
            #expect(!answer.body.contains(cookie.split(separator: "=")[1].split(separator: ";")[0]))
            let foreign = try await served.web(
                "POST",
                "/api/v1/sign-in",
                #"{"login":"ann","password":"ann-password"}"#,
                headers: ["origin": "https://elsewhere.test"],
            )
            #expect(foreign.status == 403)
        }
    }

    @Test("Another site's page opens no WebSocket for whom it has lured")
    func crossSiteWebSocket() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let (ann, _) = try await served.person("ann", .trainee)
            let session = try await served.readySession(of: ann.principal)
            let (cookie, _) = try await served.signIn("ann")
            let path = "/api/v1/sessions/\(session.id)/terminals"
            for (origin, expected) in [("https://elsewhere.test", 403), (nil, 403), ("https://localhost", 101)] {
                var headers = HTTPAnswer.webSocketOffer.merging(["cookie": cookie]) { $1 }
                headers["origin"] = origin
                let status = try await RawConnection.connected(toPort: served.port.value) { connection in
                    try await connection.ask("GET", path, "", headers)
                    return try await connection.head()
                }
                #expect(status == expected, "\(origin ?? "no origin")")
            }
        }
    }

    @Test("A wrong password says nothing of the login, and after too many it says when to try again")
    func throttled() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            _ = try await served.person("ann", .trainee)
            var answers: [HTTPAnswer] = []
            for login in ["ann", "nobody"] {
                for _ in 0..<6 {
                    let body = #"{"login":"\#(login)","password":"wrong wrong"}"#
                    answers.append(try await served.web("POST", "/api/v1/sign-in", body))
                }
            }
            #expect(answers.map(\.status) == [401, 401, 401, 401, 401, 429, 401, 401, 401, 401, 401, 429])
            #expect(Set(answers.filter { $0.status == 401 }.map(\.body)).count == 1)
            #expect(answers[5].headers("retry-after") == ["1"])
        }
    }

    @Test("What is changed since it was looked at is not changed once more")
    func preconditions() async throws {
        try await ServedAPI.serving(as: .operator, onNetwork: true) { served in
            let (ann, _) = try await served.person("ann", .trainee)
            let path = "/api/v1/people/\(ann.id)"
            let tag = try #require(try await served.answer("GET", path).headers("etag").first)
            let first = try await served.answer("PATCH", path, #"{"name":"One"}"#, headers: ["if-match": tag])
            #expect(first.status == 200)
            #expect(first.headers("etag") != [tag])
            let second = try await served.answer("PATCH", path, #"{"name":"Two"}"#, headers: ["if-match": tag])
            #expect(second.status == 412)
            #expect(try second.problem().code == "preconditionFailed")
            let none = try await served.answer("PATCH", path, #"{"name":"Two"}"#, headers: ["if-match": "x"])
            #expect(none.status == 412)
            let now: PersonResource = try await served.value("GET", path)
            #expect(now.name == "One")
            #expect(try await served.answer("PATCH", path, #"{"name":"Two"}"#).status == 200)
        }
    }

    @Test("The first operator comes in by the link that is told at start, once")
    func firstOperator() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let link = try #require(try await served.desk.firstOperatorLink())
            let url = served.api.access.url(ofLink: link)
            #expect(url == "https://sandglass.test/link#\(link.text)")
            let look = try await served.web("POST", "/api/v1/links/look", #"{"link":"\#(link.text)"}"#)
            #expect(look.body == #"{"purpose":"firstOperator"}"#)
            let weak = try await served.web(
                "POST",
                "/api/v1/links/redemption",
                #"{"link":"\#(link.text)","login":"chief","name":"Chief","password":"short"}"#,
            )
            #expect(weak.status == 422)
            let body = #"{"link":"\#(link.text)","login":"chief","name":"Chief","password":"chief-password"}"#
            #expect(try await served.web("POST", "/api/v1/links/redemption", body).status == 200)
            #expect(try await served.web("POST", "/api/v1/links/redemption", body).status == 404)
            let (cookie, _) = try await served.signIn("chief")
            let audit = try await served.web("GET", "/api/v1/audit", headers: ["cookie": cookie])
            #expect(audit.status == 200 && audit.body.contains("person.create"))
            #expect(try await served.desk.firstOperatorLink() == nil)
        }
    }
}

extension ServedAPI {
    /// Asks over TLS and reads the whole answer.
    func web(
        _ method: String,
        _ path: String,
        _ body: String = "",
        token: String? = nil,
        headers: [String: String] = [:],
    ) async throws -> HTTPAnswer {
        var headers = headers.merging(["connection": "close"]) { given, _ in given }
        if let token { headers["authorization"] = "Bearer \(token)" }
        return try await RawConnection.connected(toPort: port.value) { [headers] connection in
            try await connection.ask(method, path, body, headers)
            return try await connection.answer()
        }
    }

    /// Signs a person in as a browser would: their cookie, and what their page must send with changes.
    func signIn(_ login: String) async throws -> (cookie: String, csrf: String) {
        let answer = try await web(
            "POST",
            "/api/v1/sign-in",
            #"{"login":"\#(login)","password":"\#(login)-password"}"#,
            headers: ["origin": "https://localhost"],
        )
        try #require(answer.status == 200, "\(answer.body)")
        let cookie = try #require(answer.headers("set-cookie").first?.split(separator: ";").first)
        let me = try JSONDecoder().decode(SignInResource.self, from: Data(answer.body.utf8))
        return (String(cookie), try #require(me.csrfToken))
    }
}

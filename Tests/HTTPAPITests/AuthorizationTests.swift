import APIContract
import Hummingbird
import SessionEngine
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Who may do what", .timeLimit(.minutes(2)))
struct AuthorizationTests {
    /// A route, and the status that each kind of person gets.
    struct Case: Sendable, CustomTestStringConvertible {
        /// As the router has it.
        let route: String
        var query = ""
        var body = ""
        var headers: [String: String] = [:]
        /// An operator, with a stranger's session.
        let chief: Int
        /// An author, with their own session.
        let author: Int
        /// A recruiter, an instructor or a trainee, with their own session.
        let own: Int
        /// All but an operator, with what is a stranger's; as with their own where the route names nothing of anybody's.
        var strange: Int?

        var testDescription: String { route + query }
    }

    static let cases: [Case] =
        sessionCases + labCases + webhookCases + [
            Case(route: "GET /healthz", chief: 200, author: 200, own: 200),
            Case(route: "GET /readyz", chief: 200, author: 200, own: 200),
            Case(route: "GET /metrics", chief: 200, author: 403, own: 403),
            Case(route: "GET /api/v1/host", chief: 200, author: 200, own: 200),
            Case(route: "GET /api/v1/openapi.json", chief: 200, author: 200, own: 200),
            Case(
                route: "POST /api/v1/sign-in",
                body: #"{"login":"x","password":"y"}"#,
                chief: 401,
                author: 401,
                own: 401,
            ),
            Case(route: "GET /api/v1/sign-in", chief: 200, author: 200, own: 200),
            Case(route: "DELETE /api/v1/sign-in", chief: 204, author: 204, own: 204),
            // Who comes through the local socket has no account.
            Case(
                route: "PUT /api/v1/sign-in/password",
                body: #"{"old":"a","new":"0123456789"}"#,
                chief: 404,
                author: 404,
                own: 404,
            ),
            Case(route: "POST /api/v1/links/look", body: #"{"link":"x"}"#, chief: 404, author: 404, own: 404),
            Case(
                route: "POST /api/v1/links/redemption",
                body: #"{"link":"x","password":"0123456789"}"#,
                chief: 404,
                author: 404,
                own: 404,
            ),
            Case(route: "GET /api/v1/people", chief: 200, author: 403, own: 403),
            Case(
                route: "POST /api/v1/people",
                body: #"{"login":"bob","name":"Bob","roles":["trainee"]}"#,
                chief: 201,
                author: 403,
                own: 403,
            ),
            Case(route: "GET /api/v1/people/{id}", chief: 200, author: 404, own: 404, strange: 403),
            Case(
                route: "PATCH /api/v1/people/{id}",
                body: #"{"name":"Bob"}"#,
                chief: 200,
                author: 404,
                own: 404,
                strange: 403,
            ),
            Case(route: "DELETE /api/v1/people/{id}", chief: 204, author: 403, own: 403, strange: 403),
            Case(route: "POST /api/v1/people/{id}/password-link", chief: 200, author: 403, own: 403, strange: 403),
            Case(route: "POST /api/v1/people/{id}/sign-out", chief: 204, author: 404, own: 404, strange: 403),
            Case(route: "GET /api/v1/people/{id}/tokens", chief: 200, author: 200, own: 200, strange: 403),
            Case(
                route: "POST /api/v1/people/{id}/tokens",
                body: #"{"name":"x","lifetimeSeconds":3600}"#,
                chief: 201,
                author: 404,
                own: 404,
                strange: 403,
            ),
            Case(route: "DELETE /api/v1/tokens/{id}", chief: 204, author: 404, own: 404, strange: 404),
            Case(route: "GET /api/v1/audit", chief: 200, author: 403, own: 403),
        ]

    private static let sessionCases: [Case] = [
        Case(route: "GET /api/v1/sessions", chief: 200, author: 200, own: 200),
        Case(route: "GET /api/v1/sessions", query: "?person=uid:1001", chief: 200, author: 403, own: 403),
        Case(route: "POST /api/v1/sessions", body: #"{"lab":"first-steps"}"#, chief: 201, author: 201, own: 201),
        Case(
            route: "POST /api/v1/sessions",
            body: #"{"lab":"first-steps","policy":"practice"}"#,
            chief: 201,
            author: 201,
            own: 201,
        ),
        Case(
            route: "POST /api/v1/sessions",
            body: #"{"lab":"first-steps","policy":"workshop"}"#,
            chief: 201,
            author: 403,
            own: 403,
        ),
        Case(route: "GET /api/v1/sessions/{id}", chief: 200, author: 200, own: 200, strange: 404),
        Case(route: "POST /api/v1/sessions/{id}/end", chief: 200, author: 200, own: 200, strange: 404),
        Case(route: "POST /api/v1/sessions/{id}/submit", chief: 200, author: 200, own: 200, strange: 404),
        Case(route: "POST /api/v1/sessions/{id}/pause", chief: 200, author: 200, own: 200, strange: 404),
        Case(route: "POST /api/v1/sessions/{id}/resume", chief: 200, author: 200, own: 200, strange: 404),
        Case(route: "POST /api/v1/sessions/{id}/reset", chief: 200, author: 200, own: 200, strange: 404),
        Case(route: "POST /api/v1/sessions/{id}/extend", body: "{}", chief: 200, author: 200, own: 200, strange: 404),
        Case(route: "GET /api/v1/sessions/{id}/events", chief: 200, author: 200, own: 200, strange: 404),
        Case(
            route: "GET /api/v1/sessions/{id}/events",
            headers: ["accept": "text/event-stream"],
            chief: 200,
            author: 200,
            own: 200,
            strange: 404,
        ),
        Case(
            route: "GET /api/v1/sessions/{id}/terminals",
            headers: HTTPAnswer.webSocketOffer,
            chief: 101,
            author: 101,
            own: 101,
            strange: 404,
        ),
        Case(
            route: "GET /api/v1/sessions/{id}/watch",
            headers: HTTPAnswer.webSocketOffer,
            chief: 101,
            author: 101,
            own: 101,
            strange: 404,
        ),
        Case(route: "GET /api/v1/sessions/{id}/visitors", chief: 200, author: 200, own: 200, strange: 404),
        Case(
            route: "POST /api/v1/sessions/{id}/terminals/stream",
            query: "?client=0123456789abcdef",
            chief: 200,
            author: 200,
            own: 200,
            strange: 404,
        ),
        Case(
            route: "POST /api/v1/sessions/{id}/watch/stream",
            query: "?client=0123456789abcdef",
            chief: 200,
            author: 200,
            own: 200,
            strange: 404,
        ),
        // Without a stream there is nothing to type at.
        Case(
            route: "POST /api/v1/sessions/{id}/terminals/input",
            query: "?client=0123456789abcdef&at=0",
            body: "x",
            chief: 409,
            author: 409,
            own: 409,
            strange: 404,
        ),
        Case(
            route: "POST /api/v1/sessions/{id}/terminals/state",
            query: "?client=0123456789abcdef",
            body: "{}",
            chief: 409,
            author: 409,
            own: 409,
            strange: 404,
        ),
        Case(
            route: "GET /api/v1/sessions/{id}/exec",
            headers: HTTPAnswer.webSocketOffer,
            chief: 101,
            author: 101,
            own: 101,
            strange: 404,
        ),
        Case(
            route: "PUT /api/v1/sessions/{id}/files",
            query: "?path=/a",
            body: "hello",
            chief: 204,
            author: 204,
            own: 204,
            strange: 404,
        ),
        Case(
            route: "PUT /api/v1/sessions/{id}/archives",
            query: "?path=/srv",
            body: "hello",
            chief: 204,
            author: 204,
            own: 204,
            strange: 404,
        ),
        Case(
            route: "GET /api/v1/sessions/{id}/files",
            query: "?path=/a",
            chief: 200,
            author: 200,
            own: 200,
            strange: 404,
        ),
        Case(
            route: "GET /api/v1/sessions/{id}/archives",
            query: "?path=/srv",
            chief: 200,
            author: 200,
            own: 200,
            strange: 404,
        ),
        Case(
            route: "GET /api/v1/sessions/{id}/copy",
            headers: HTTPAnswer.webSocketOffer,
            chief: 101,
            author: 101,
            own: 101,
            strange: 404,
        ),
        Case(
            route: "GET /api/v1/sessions/{id}/forward",
            headers: HTTPAnswer.webSocketOffer,
            chief: 101,
            author: 101,
            own: 101,
            strange: 404,
        ),
        Case(route: "GET /api/v1/sessions/{id}/keys", chief: 200, author: 200, own: 200, strange: 404),
        Case(
            route: "POST /api/v1/sessions/{id}/keys",
            body: #"{"key":"\#(KeyText.ed25519)"}"#,
            chief: 200,
            author: 200,
            own: 200,
            strange: 404,
        ),
        Case(
            route: "DELETE /api/v1/sessions/{id}/keys/{fingerprint}",
            chief: 204,
            author: 204,
            own: 204,
            strange: 404,
        ),
        Case(route: "GET /api/v1/sessions/{id}/tasks", chief: 200, author: 200, own: 200, strange: 404),
        Case(route: "GET /api/v1/sessions/{id}/checks", chief: 200, author: 200, own: 403, strange: 404),
        Case(route: "GET /api/v1/sessions/{id}/collected", chief: 200, author: 200, own: 200, strange: 404),
        Case(route: "GET /api/v1/sessions/{id}/collected/{machine}", chief: 200, author: 200, own: 200, strange: 404),
        Case(route: "GET /api/v1/recordings/key", chief: 200, author: 200, own: 200),
        Case(route: "GET /api/v1/sessions/{id}/recordings", chief: 200, author: 200, own: 200, strange: 404),
        Case(
            route: "GET /api/v1/sessions/{id}/recordings/{machine}/{name}/{file}",
            chief: 200,
            author: 200,
            own: 200,
            strange: 404,
        ),
        Case(
            route: "GET /api/v1/sessions/{id}/recordings/{machine}/{name}/transcript",
            chief: 200,
            author: 200,
            own: 200,
            strange: 404,
        ),
        Case(
            route: "GET /api/v1/sessions/{id}/recordings/{machine}/{name}/commands",
            chief: 200,
            author: 200,
            own: 200,
            strange: 404,
        ),
        Case(
            route: "POST /api/v1/sessions/{id}/grade",
            body: #"{"why":"it was wrong"}"#,
            chief: 200,
            author: 403,
            own: 403,
        ),
    ]

    private static let webhookCases: [Case] = [
        Case(route: "GET /api/v1/webhooks", chief: 200, author: 403, own: 403),
        Case(
            route: "POST /api/v1/webhooks",
            body: #"{"url":"https://b.example/"}"#,
            chief: 201,
            author: 403,
            own: 403,
        ),
        Case(route: "GET /api/v1/webhooks/{id}", chief: 200, author: 403, own: 403),
        Case(route: "PATCH /api/v1/webhooks/{id}", body: #"{"note":"x"}"#, chief: 200, author: 403, own: 403),
        Case(route: "DELETE /api/v1/webhooks/{id}", chief: 204, author: 403, own: 403),
        Case(route: "POST /api/v1/webhooks/{id}/test", chief: 200, author: 403, own: 403),
        Case(route: "GET /api/v1/webhooks/{id}/deliveries", chief: 200, author: 403, own: 403),
        Case(
            route: "POST /api/v1/webhooks/{id}/deliveries/{delivery}/retry",
            chief: 200,
            author: 403,
            own: 403,
        ),
    ]

    private static let labCases: [Case] = [
        Case(route: "PUT /api/v1/drafts/{id}", body: #"{"files":{}}"#, chief: 200, author: 200, own: 403),
        Case(route: "POST /api/v1/drafts/{id}/tests", chief: 200, author: 200, own: 403),
        Case(route: "POST /api/v1/drafts/{id}/publication", chief: 409, author: 409, own: 403),
        Case(route: "POST /api/v1/labs/{id}/tests", chief: 200, author: 200, own: 403),
        Case(
            route: "POST /api/v1/sessions/{id}/hints",
            body: #"{"task":"serve"}"#,
            chief: 200,
            author: 200,
            own: 200,
            strange: 404,
        ),
        Case(route: "POST /api/v1/sessions/{id}/checks", body: "{}", chief: 200, author: 200, own: 200, strange: 404),
        Case(route: "GET /api/v1/labs", chief: 200, author: 200, own: 200),
        Case(route: "GET /api/v1/labs/{id}", chief: 200, author: 200, own: 200),
        Case(route: "GET /api/v1/policies", chief: 200, author: 200, own: 200),
        Case(route: "GET /api/v1/policies/{id}", chief: 200, author: 200, own: 200),
        Case(
            route: "POST /api/v1/definitions/check",
            body: #"{"kind":"lab","file":"x","text":""}"#,
            chief: 200,
            author: 200,
            own: 200,
        ),
        Case(route: "GET /api/v1/images", chief: 200, author: 200, own: 200),
        Case(route: "GET /api/v1/images/{id}", chief: 200, author: 200, own: 200),
        Case(route: "DELETE /api/v1/images/{id}", chief: 204, author: 403, own: 403),
        Case(route: "POST /api/v1/images/gc", chief: 200, author: 403, own: 403),
        Case(route: "POST /api/v1/images/{id}/build", body: #"{"replace":false}"#, chief: 200, author: 403, own: 403),
        Case(route: "POST /api/v1/images/{id}/verify", chief: 200, author: 403, own: 403),
        Case(route: "POST /api/v1/images/{id}/import", body: #"{"path":"/x"}"#, chief: 200, author: 403, own: 403),
        Case(route: "GET /api/v1/warm", chief: 200, author: 403, own: 403),
        Case(route: "GET /api/v1/warm/{id}", chief: 200, author: 403, own: 403),
        Case(route: "DELETE /api/v1/warm/{id}", chief: 204, author: 403, own: 403),
        Case(route: "POST /api/v1/warm/gc", chief: 200, author: 403, own: 403),
        Case(
            route: "POST /api/v1/warm/build",
            body: #"{"lab":"first-steps","replacing":false}"#,
            chief: 200,
            author: 403,
            own: 403,
        ),
    ]

    @Test("Every route has its case")
    func complete() async throws {
        try await ServedAPI.serving { served in
            let routes = Set(
                served.api.router(LocalDoor(credentials: PeerCredentials(operators: []))).routes.map { "\($0)" }
            )
            #expect(routes == Set(Self.cases.map(\.route)))
        }
    }

    @Test(
        "Who has no right to more may use their own and sees nothing of a stranger's; an operator may do everything",
        arguments: cases,
    )
    func answers(_ given: Case) async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let theirs = try await served.runningSession(of: ServedAPI.stranger)
            #expect(try await Self.status(given, theirs.id, isOwn: false, served) == given.chief)
        }
        let others: [(Role, Int)] = [
            (.author, given.author), (.recruiter, given.own), (.instructor, given.own), (.trainee, given.own),
        ]
        for (role, expected) in others {
            try await ServedAPI.serving(as: role) { served in
                let mine = try await served.runningSession()
                #expect(try await Self.status(given, mine.id, isOwn: true, served) == expected, "\(role)")
                guard let strange = given.strange else { return }
                let theirs = try await served.runningSession(of: ServedAPI.stranger)
                #expect(try await Self.status(given, theirs.id, isOwn: false, served) == strange, "\(role)")
            }
        }
    }

    /// What is answered, where what the path names is a stranger's or one's own.
    private static func status(
        _ given: Case,
        _ session: SessionID,
        isOwn: Bool,
        _ served: ServedAPI,
    ) async throws -> Int {
        let parts = given.route.split(separator: " ")
        let (stranger, token) = try await served.strangerWithToken()
        let names = [
            "labs": "first-steps", "drafts": "first-steps", "policies": "practice", "images": "debian-13",
            "warm": FakeWarm.usable, "webhooks": ServedAPI.webhook.id.description,
            "people": isOwn ? "me" : stranger.description, "tokens": token.description,
        ]
        let kind = parts[1].split(separator: "/").dropFirst(2).first.map(String.init) ?? ""
        let key = try await served.key(of: session)
        let path =
            String(parts[1]).replacing("{id}", with: names[kind] ?? session.description)
            .replacing("{machine}", with: "box").replacing("{name}", with: "0").replacing("{file}", with: "cast")
            .replacing("{delivery}", with: ServedAPI.deadDelivery.id.description)
            .replacing("{fingerprint}", with: key.pathText)
            + given.query
        _ = try await served.collections.keep("box", of: session) { try $0(Array("files".utf8)) }
        let recording = RecordingName(machine: "box", terminal: "0")
        try await served.keepWebhook()
        await served.recordings.begin(recording, of: session, [.cast: Array("lines".utf8)])
        await served.recordings.tell(recording, of: session, [TranscriptLine("lines", at: .zero)], CommandLog())
        return try await RawConnection.connected(to: served.socket) { connection in
            try await connection.ask(String(parts[0]), path, given.body, given.headers)
            return try await connection.head()
        }
    }

    @Test("What changes something, and what enters a machine, leaves a line in the audit log")
    func audited() async throws {
        try await ServedAPI.serving { served in
            let routes = served.api.router(LocalDoor(credentials: PeerCredentials(operators: []))).routes.map {
                "\($0)"
            }
            for route in routes where !route.hasPrefix("GET ") {
                #expect(
                    AuditMiddleware.actions[route] != nil || AuditMiddleware.silent.contains(route),
                    "\(route) is neither",
                )
            }
            for route in AuditMiddleware.actions.keys { #expect(routes.contains(route)) }
            for route in AuditMiddleware.silent { #expect(routes.contains(route)) }

            let session: SessionResource = try await served.value(
                "POST",
                "/api/v1/sessions",
                #"{"lab":"first-steps"}"#,
            )
            let path = "/api/v1/sessions/\(session.id)"
            #expect(try await served.answer("POST", "\(path)/grade", #"{"why":"x"}"#).status == 403)
            #expect(try await served.answer("POST", "\(path)/end").status == 200)
            #expect(try await served.answer("GET", path).status == 200)
            let lines = try await served.people.entries(before: nil, limit: 10).entries
            #expect(lines.map(\.action) == ["session.end", "session.grade", "session.create"])
            #expect(lines.map(\.outcome) == [.done, .refused, .done])
            #expect(Set(lines.map(\.object)) == [session.id])
            #expect(Set(lines.map(\.actor)) == [ServedAPI.person])
            #expect(lines.allSatisfy { $0.origin == Origin(.local) })
        }
    }

    @Test("Who has as many sessions as allowed, and two more that wait, must use one before asking for another")
    func hoarding() async throws {
        let body = #"{"lab":"first-steps"}"#
        try await ServedAPI.serving { served in
            for _ in 0..<5 { #expect(try await served.answer("POST", "/api/v1/sessions", body).status == 201) }
            let refused = try await served.answer("POST", "/api/v1/sessions", body)
            #expect(refused.status == 503)
            #expect(try refused.problem().code == "noCapacity")
            let ready = try await served.commands.sessions(
                .init(states: [.ready]),
                after: nil,
                limit: 10,
                for: ServedAPI.me,
            )
            _ = try await served.commands.enter(try #require(ready.sessions.first).id, by: ServedAPI.me)
            #expect(try await served.answer("POST", "/api/v1/sessions", body).status == 201)
        }
    }
}

import APIClient
import APIContract
import StubService
import Synchronization
import Testing

@Suite("Routes")
struct RouteTests {
    /// Calls a method of the client, names the request that must come of it and tells whether the answer came through.
    struct Call: Sendable, CustomTestStringConvertible {
        let line: String
        let answer: StubAnswer
        let isAnswered: @Sendable (SandglassClient) async throws -> Bool
        var testDescription: String { line }
    }

    static let calls: [Call] = [
        Call(line: "GET /api/v1/host", answer: .json(Samples.fitHost)) {
            try await $0.host() == Samples.fitHost
        },
        Call(line: "GET /api/v1/labs", answer: .json(LabList(labs: [Samples.lab], problems: ["x"]))) {
            try await $0.labs() == LabList(labs: [Samples.lab], problems: ["x"])
        },
        Call(line: "GET /api/v1/labs/first-steps", answer: .json(Samples.lab)) {
            try await $0.lab("first-steps") == Samples.lab
        },
        Call(line: "GET /api/v1/policies", answer: .json(PolicyList(policies: [Samples.policy], problems: []))) {
            try await $0.policies().policies == [Samples.policy]
        },
        Call(line: "GET /api/v1/policies/practice", answer: .json(Samples.policy)) {
            try await $0.policy("practice") == Samples.policy
        },
        Call(
            line: "POST /api/v1/definitions/check",
            answer: .json(CheckDefinitionResponse(valid: false, findings: ["p:1:1: x"])),
        ) {
            try await $0.check(CheckDefinitionRequest(kind: "policy", file: "p", text: "x")).findings == ["p:1:1: x"]
        },
        Call(line: "GET /api/v1/images", answer: .json(ImageList(images: [Samples.image()], problems: []))) {
            try await $0.images().images == [Samples.image()]
        },
        Call(line: "GET /api/v1/images/debian-13", answer: .json(Samples.image())) {
            try await $0.image("debian-13") == Samples.image()
        },
        Call(line: "DELETE /api/v1/images/debian-13", answer: .whole(status: 204, type: "text/plain", body: [])) {
            try await $0.removeImage("debian-13")
            return true
        },
        Call(line: "POST /api/v1/images/gc", answer: .json(ImageGarbageResponse(removed: ["a"]))) {
            try await $0.collectImageGarbage().removed == ["a"]
        },
        Call(line: "POST /api/v1/sessions", answer: .json(Samples.session(), status: 201)) {
            try await $0.createSession(CreateSessionRequest(lab: "first-steps")) == Samples.session()
        },
        Call(line: "GET /api/v1/sessions", answer: .json(SessionList(sessions: [], next: nil))) {
            try await $0.sessions().sessions.isEmpty
        },
        Call(
            line: "GET /api/v1/sessions?state=ready%2Crunning&person=uid%3A1000&cursor=a%2Bb%3D&limit=7",
            answer: .json(SessionList(sessions: [Samples.session()], next: "n")),
        ) {
            try await $0.sessions(states: ["ready", "running"], person: "uid:1000", cursor: "a+b=", limit: 7).next
                == "n"
        },
        Call(line: "GET /api/v1/sessions/abcdefghij", answer: .json(Samples.session())) {
            try await $0.session("abcdefghij") == Samples.session()
        },
        Call(line: "POST /api/v1/sessions/abcdefghij/end", answer: .json(Samples.session())) {
            try await $0.endSession("abcdefghij") == Samples.session()
        },
        Call(line: "POST /api/v1/sessions/abcdefghij/pause", answer: .json(Samples.session(state: "paused"))) {
            try await $0.pauseSession("abcdefghij").state == "paused"
        },
        Call(line: "POST /api/v1/sessions/abcdefghij/resume", answer: .json(Samples.session())) {
            try await $0.resumeSession("abcdefghij") == Samples.session()
        },
        Call(line: "POST /api/v1/sessions/abcdefghij/reset", answer: .json(Samples.session(resetting: true))) {
            try await $0.resetSession("abcdefghij").resetting
        },
        Call(
            line: "GET /api/v1/warm",
            answer: .json(
                WarmList(machines: [Samples.warmMachine()], snapshots: [Samples.snapshot()], problems: ["x"])
            ),
        ) {
            let list = try await $0.warm()
            return list.machines == [Samples.warmMachine()] && list.snapshots == [Samples.snapshot()]
        },
        Call(line: "GET /api/v1/warm/abcdefghijkl", answer: .json(Samples.snapshot())) {
            try await $0.snapshot("abcdefghijkl") == Samples.snapshot()
        },
        Call(line: "DELETE /api/v1/warm/abcdefghijkl", answer: .whole(status: 204, type: "text/plain", body: [])) {
            try await $0.removeSnapshot("abcdefghijkl")
            return true
        },
        Call(line: "POST /api/v1/warm/gc", answer: .json(WarmGarbageResponse(removed: ["a"]))) {
            try await $0.collectWarmGarbage().removed == ["a"]
        },
        Call(
            line: "POST /api/v1/warm/build",
            answer: .lines([WarmProgressResource(step: "a"), WarmProgressResource(machines: [Samples.warmMachine()])]),
        ) {
            var reports: [WarmProgressResource] = []
            for try await report in try await $0.buildWarm(.init(lab: "first-steps")) { reports.append(report) }
            return reports.map(\.step) == ["a", nil] && reports.last?.machines == [Samples.warmMachine()]
        },
        Call(line: "POST /api/v1/sessions/abcdefghij/extend", answer: .json(Samples.session())) {
            try await $0.extendSession("abcdefghij") == Samples.session()
        },
        Call(line: "GET /api/v1/sessions/abcdefghij/events?after=4", answer: .json(EventList(events: Samples.start))) {
            try await $0.events(of: "abcdefghij", after: 4).events == Samples.start
        },
        Call(line: "GET /api/v1/sign-in", answer: .json(Samples.me)) { try await $0.whoAmI() == Samples.me },
        Call(line: "GET /api/v1/people", answer: .json(PersonList(people: [Samples.person()], next: nil))) {
            try await $0.people().people == [Samples.person()]
        },
        Call(line: "GET /api/v1/people?cursor=p-a&limit=7", answer: .json(PersonList(people: [], next: "n"))) {
            try await $0.people(cursor: "p-a", limit: 7).next == "n"
        },
        Call(line: "GET /api/v1/people/me", answer: .json(Samples.person())) {
            try await $0.person("me") == Samples.person()
        },
        Call(line: "POST /api/v1/people", answer: .json(Samples.person(), status: 201)) {
            try await $0.createPerson(.init(login: "anna", name: "Anna Lee", roles: ["author"])) == Samples.person()
        },
        Call(line: "PATCH /api/v1/people/p-a", answer: .json(Samples.person())) {
            try await $0.changePerson("p-a", .init(name: "Anna")) == Samples.person()
        },
        Call(line: "DELETE /api/v1/people/p-a", answer: .whole(status: 204, type: "text/plain", body: [])) {
            try await $0.erasePerson("p-a")
            return true
        },
        Call(line: "POST /api/v1/people/p-a/password-link", answer: .json(Samples.link)) {
            try await $0.passwordLink(for: "p-a") == Samples.link
        },
        Call(line: "POST /api/v1/people/p-a/sign-out", answer: .whole(status: 204, type: "text/plain", body: [])) {
            try await $0.signOut("p-a")
            return true
        },
        Call(line: "GET /api/v1/people/me/tokens", answer: .json(TokenList(tokens: [Samples.token()]))) {
            try await $0.tokens(of: "me").tokens == [Samples.token()]
        },
        Call(line: "POST /api/v1/people/me/tokens", answer: .json(Samples.issuedToken, status: 201)) {
            try await $0.issueToken(for: "me", .init(name: "ci", lifetimeSeconds: 60)) == Samples.issuedToken
        },
        Call(line: "DELETE /api/v1/tokens/t", answer: .whole(status: 204, type: "text/plain", body: [])) {
            try await $0.revokeToken("t")
            return true
        },
        Call(line: "GET /api/v1/audit", answer: .json(AuditList(entries: [Samples.auditEntry], next: 7))) {
            try await $0.audit() == AuditList(entries: [Samples.auditEntry], next: 7)
        },
        Call(line: "GET /api/v1/audit?before=7&limit=2", answer: .json(AuditList(entries: [], next: nil))) {
            try await $0.audit(before: 7, limit: 2).entries.isEmpty
        },
        Call(line: "GET /api/v1/sessions/a%2Fb%20c%3F..%C3%A9", answer: .json(Samples.session())) {
            try await $0.session("a/b c?..é") == Samples.session()
        },
    ]

    @Test(
        "Every method asks its route and returns what the service answers",
        .timeLimit(.minutes(1)),
        arguments: calls,
    )
    func route(_ call: Call) async throws {
        let asked = Mutex<[String]>([])
        try await StubService.serving({ request in
            asked.withLock { $0.append(request.line) }
            return call.answer
        }) { service in
            let isAnswered = try await SandglassClient.connected(to: service.socket) { try await call.isAnswered($0) }
            #expect(isAnswered)
        }
        #expect(asked.withLock { $0 } == [call.line])
    }

    @Test("Bodies carry what was asked for", .timeLimit(.minutes(1)))
    func bodies() async throws {
        let wanted = CreateSessionRequest(
            lab: "l",
            policy: "p",
            limitSeconds: 60,
            cohort: "c",
            isolationOverride: "why",
        )
        let got = Mutex<CreateSessionRequest?>(nil)
        try await StubService.serving({ request in
            do {
                let body = try request.decoded(as: CreateSessionRequest.self)
                got.withLock { $0 = body }
            } catch {
                Issue.record(error)
            }
            return .json(Samples.session())
        }) { service in
            try await SandglassClient.connected(to: service.socket) { _ = try await $0.createSession(wanted) }
        }
        #expect(got.withLock { $0 } == wanted)
    }
}

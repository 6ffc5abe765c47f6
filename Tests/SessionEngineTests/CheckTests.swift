import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("Checks of what was done", .timeLimit(.minutes(1)))
struct CheckTests {
    private static func task(_ id: String, needs: [String] = [], retries: Int = 0, points: Int = 10) -> LabTask {
        let script = LabScript(
            on: "box",
            .file(path: "files/\(id).sh", text: "is \(id) done"),
            limit: .seconds(30),
        )
        return LabTask(
            id: id,
            text: LocalizedText(["en": "Do \(id)"]),
            points: points,
            needs: needs,
            check: LabCheck(.run(script), retries: retries),
        )
    }

    private func harness(
        _ tasks: [LabTask] = [task("serve", points: 40), task("persist", needs: ["serve"], points: 60)],
        limits: Lab.CheckLimits = .init(max: 3, cooldown: .zero),
        _ adjust: (inout Policy) -> Void = { _ in },
    ) throws -> Harness {
        try Harness(adjust) { lab in
            lab.variables = [LabVariable("token", .hex(length: 8))]
            lab.tasks = tasks
            lab.checks = limits
        }
    }

    /// What was found of each task, in the order it was told.
    private func check(
        _ names: [String] = [],
        of session: Session,
        by principal: Principal = Harness.person,
        _ commands: SessionCommands,
    ) async throws -> (told: [String], standing: Standing) {
        var told: [String] = []
        let standing = try await commands.check(names, of: session.id, by: principal) { result in
            told.append("\(result.task) \(result.verdict.rawValue) \(result.reason)")
        }
        return (told, standing)
    }

    private func ready(_ harness: Harness, _ commands: SessionCommands) async throws -> Session {
        let session = try await commands.create(harness.request(), by: Harness.person)
        try await harness.waitFor(.ready, of: session.id, advancing: .milliseconds(200))
        return try await harness.store.session(session.id)
    }

    @Test("A check's status is the verdict, and what it knows are the session's variables")
    func verdicts() async throws {
        let harness = try harness()
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            await harness.agents.endScripts(.exited(0), .exited(1))
            let first = try await check(of: session, commands)
            #expect(first.told == ["serve passed ", "persist failed "])
            #expect(first.standing.points == 40 && first.standing.total == 100 && first.standing.attempts == 1)
            #expect(try await harness.store.session(session.id).lifecycle.state.kind == .running)
            let program = try #require(await harness.agents.started.last { $0.name == "sh" })
            #expect(program.environment == session.definition?.values(seed: session.seed))
            #expect(await harness.agents.scripts == ["is serve done", "is persist done"])

            let results = try await commands.checkResults(of: session.id, for: Harness.chief)
            #expect(results.map(\.output) == ["", "it broke"])
            #expect(results.map(\.attempt) == [1, 1])
            let lines = await harness.store.timeline(of: session.id, after: 0).filter { $0.kind == "checked" }
            #expect(lines.map(\.text) == ["\(Harness.person.person): serve passed, persist failed"])
        }
    }

    @Test(
        "Whatever is neither 0 nor 1 means that nobody knows, which costs no attempt and no wait",
        arguments: [
            (.exited(7), "ended with status 7"), (.signalled(9), "was killed by signal 9"),
            (.timedOut, "was not done within 30s"),
        ] as [(ProgramEnd, String)],
    )
    func unchecked(_ end: ProgramEnd, _ why: String) async throws {
        let harness = try harness([Self.task("serve")], limits: .init(max: 1, cooldown: .seconds(60)))
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            await harness.agents.endScripts(end)
            let first = try await check(of: session, commands)
            #expect(first.told == ["serve unchecked files/serve.sh \(why)"])
            #expect(first.standing.attempts == 0 && first.standing.tasks[0].result == nil)
            await harness.agents.endScripts(.exited(0))
            let second = try await check(of: session, commands)
            #expect(second.told == ["serve passed "] && second.standing.attempts == 1)
        }
    }

    private static func page(_ url: String, status: Int? = nil, contains: String? = nil) -> LabTask {
        let probe = LabProbe(
            on: "box",
            .http(url),
            expect: .init(status: status, contains: contains),
            limit: .seconds(5),
        )
        return LabTask(
            id: "page",
            text: LocalizedText(["en": "Serve it"]),
            points: 10,
            check: LabCheck(.forward(probe)),
        )
    }

    @Test(
        "A certificate passes when it is valid for long enough and for the name",
        arguments: [
            (nil, "secure failed "), (.noTLS, "secure failed "),
            (.certificate(from: -1, until: 31), "secure passed "),
            (.certificate(from: -1, until: 29), "secure failed "),
            (.certificate(from: 1, until: 60), "secure failed "),
            (.certificate(from: -1, until: 31, for: "other.test"), "secure failed "),
            (.late, "secure unchecked localhost:443 was not answered within 5s"),
        ] as [(GuestTLSAnswer?, String)],
    )
    func certificates(_ answer: GuestTLSAnswer?, _ told: String) async throws {
        let probe = LabProbe(
            on: "box",
            .tls("localhost:443"),
            expect: .init(name: "web.test", days: 30),
            limit: .seconds(5),
        )
        let task = LabTask(
            id: "secure",
            text: LocalizedText(["en": "Encrypt it"]),
            points: 10,
            check: LabCheck(.forward(probe)),
        )
        let harness = try harness([task])
        if let answer { await harness.agents.show(answer, at: 443) }
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            #expect(try await check(of: session, commands).told == [told])
        }
    }

    @Test(
        "A page passes when it is as expected; that nobody serves it is a failure, that it does not come in time is not",
        arguments: [
            (nil, "page failed "), (.page(status: 200, body: Array("the token".utf8)), "page failed "),
            (.page(status: 500, body: []), "page failed "), (.noPage, "page failed "),
            (.late, "page unchecked http://localhost:8080/x was not answered within 5s"),
            (.page(status: 204, body: []), "page passed "),
        ] as [(GuestAnswer?, String)],
    )
    func pages(_ answer: GuestAnswer?, _ told: String) async throws {
        // A page with a body lacks what is looked for; one without is not looked into.
        let contains: String? = if case .page(200, _) = answer { "${token}" } else { nil }
        let harness = try harness([Self.page("http://localhost:8080/x", contains: contains)])
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            await harness.agents.serve(answer, at: "/x")
            #expect(try await check(of: session, commands).told == [told])
            guard contains != nil else { return }
            let token = try #require(session.definition?.values(seed: session.seed)["token"])
            await harness.agents.serve(.page(status: 200, body: Array("<p>\(token)</p>".utf8)), at: "/x")
            #expect(try await check(of: session, commands).told == ["page passed "])
            #expect(await harness.agents.fetched.last == GuestPage(port: 8080, host: "localhost:8080", path: "/x"))
        }
    }

    @Test(
        "A port passes when somebody listens",
        arguments: [("localhost:80", "port passed "), ("localhost:1", "port failed ")],
    )
    func ports(_ place: String, _ told: String) async throws {
        let task = LabTask(
            id: "port",
            text: LocalizedText(["en": "Listen"]),
            points: 10,
            check: LabCheck(.forward(LabProbe(on: "box", .tcp(place), limit: .seconds(5)))),
        )
        let harness = try harness([task])
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            #expect(try await check(of: session, commands).told == [told])
        }
    }

    @Test("A port that lets nobody in says nothing about the guest: other tasks are looked at all the same")
    func droppedPort() async throws {
        let port = LabTask(
            id: "port",
            text: LocalizedText(["en": "Listen"]),
            points: 10,
            check: LabCheck(.forward(LabProbe(on: "box", .tcp("localhost:2"), limit: .seconds(5)))),
        )
        let harness = try harness([port, Self.task("serve")])
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            let told = try await check(of: session, commands).told
            #expect(told == ["port unchecked localhost:2 did not let anybody connect in time", "serve passed "])
        }
    }

    @Test("A guest that does not answer is no failure of the person's")
    func silent() async throws {
        let harness = try harness([Self.task("serve")])
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            await harness.agents.keepSilent()
            let told = try await check(of: session, commands).told
            #expect(told == ["serve unchecked no agent answers"])
        }
    }

    @Test("A task waits for what it needs, in the same attempt or an earlier one; a later failure counts")
    func needs() async throws {
        let harness = try harness()
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            #expect(
                try await check(["persist"], of: session, commands).told == [
                    "persist unchecked serve must have passed before"
                ]
            )
            await harness.agents.endScripts(.exited(0))
            _ = try await check(["serve"], of: session, commands)
            await harness.agents.endScripts(.exited(0))
            #expect(try await check(["persist"], of: session, commands).standing.points == 100)
            await harness.agents.endScripts(.exited(1))
            let last = try await check(of: session, commands)
            #expect(last.told == ["serve failed ", "persist unchecked serve must have passed before"])
            // What was found of it before stands.
            #expect(last.standing.points == 60)
        }
    }

    @Test("A check that fails is run again as often as the lab says, and only then counts")
    func retries() async throws {
        let harness = try harness([Self.task("serve", retries: 2)])
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            await harness.agents.endScripts(.exited(1), .exited(1), .exited(0))
            async let checked = check(of: session, commands)
            try await harness.eventually("it was not run again", advancing: .milliseconds(500)) {
                await harness.agents.scripts.count == 3
            }
            #expect(try await checked.told == ["serve passed "])
        }
    }

    @Test("Attempts are counted, with time between them; an operator's are not the person's")
    func limits() async throws {
        let harness = try harness([Self.task("serve")], limits: .init(max: 2, cooldown: .seconds(30)))
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            await harness.agents.endScripts(.exited(1), .exited(1), .exited(1))
            _ = try await check(of: session, by: Harness.chief, commands)
            _ = try await check(of: session, commands)
            let soon = await #expect(throws: Failure.self) { try await check(of: session, commands) }
            #expect(soon?.code == .policyRefused && soon?.message.contains("30s") == true)
            try await harness.pass(.seconds(31))
            #expect(try await check(of: session, commands).standing.attempts == 2)
            try await harness.pass(.seconds(31))
            let late = await #expect(throws: Failure.self) { try await check(of: session, commands) }
            #expect(late?.message.contains("all 2 attempts") == true)
        }
    }

    @Test("A policy keeps what is found from the person, during the session or for ever", arguments: Feedback.allCases)
    func feedback(_ feedback: Feedback) async throws {
        let harness = try harness([Self.task("serve")]) { $0.feedback = feedback }
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            await harness.agents.endScripts(.exited(0), .exited(0))
            if feedback == .live {
                #expect(try await check(of: session, commands).standing.points == 10)
            } else {
                let failure = await #expect(throws: Failure.self) { try await check(of: session, commands) }
                #expect(failure?.code == .policyRefused)
                #expect(try await harness.store.session(session.id).lifecycle.state.kind == .ready)
            }
            #expect(try await check(of: session, by: Harness.chief, commands).standing.points == 10)
            func points(_ principal: Principal) async throws -> Int {
                try await commands.standing(of: session.id, for: principal).points
            }
            #expect(try await points(Harness.chief) == 10)
            #expect(try await points(Harness.person) == (feedback == .live ? 10 : 0))
            _ = try await commands.end(session.id, by: Harness.person)
            #expect(try await points(Harness.person) == (feedback == .never ? 0 : 10))
        }
    }

    @Test("Hints are told one after the other, once each, and cost points of what passes")
    func hints() async throws {
        var task = Self.task("serve", points: 10)
        task.hints = [3, 20].map { LabTask.Hint(text: LocalizedText(["en": "It costs \($0)."]), cost: $0) }
        let harness = try harness([task, Self.task("persist", points: 5)])
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            await harness.agents.endScripts(.exited(0), .exited(0))
            let first = try await commands.hint(for: "serve", of: session.id, by: Harness.person)
            #expect(first.number == 1 && first.hint.text.english == "It costs 3.")
            #expect(try await check(of: session, commands).standing.points == 12)
            #expect(try await commands.hint(for: "serve", of: session.id, by: Harness.person).number == 2)
            // Never less than nothing.
            #expect(try await commands.standing(of: session.id, for: Harness.person).points == 5)
            func code(_ task: String, _ principal: Principal) async -> FailureCode? {
                await #expect(throws: Failure.self) {
                    try await commands.hint(for: task, of: session.id, by: principal)
                }?.code
            }
            #expect(await code("serve", Harness.person) == .wrongState)
            #expect(await code("persist", Harness.person) == .wrongState)
            #expect(await code("other", Harness.person) == .notFound)
            #expect(await code("serve", Harness.stranger) == .notFound)
            let lines = await harness.store.timeline(of: session.id, after: 0).filter { $0.kind == "hinted" }
            #expect(lines.map(\.text) == (1...2).map { "\(Harness.person.person): hint \($0) of serve" })
        }
    }

    @Test(
        "When a session is over its tasks are checked once more, and that counts; what passed before stays to be seen"
    )
    func graded() async throws {
        let harness = try harness()
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            await harness.agents.endScripts(.exited(0), .exited(0))
            #expect(try await check(of: session, commands).standing.points == 100)
            await harness.agents.endScripts(.exited(0), .exited(1))
            _ = try await commands.submit(session.id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(200))
            let standing = try await commands.standing(of: session.id, for: Harness.person)
            #expect(standing.points == 40 && standing.attempts == 1)
            #expect(standing.tasks.map(\.result?.occasion) == [.final, .final])
            #expect(standing.tasks.map(\.hasPassedBefore) == [true, true])
            let lines = await harness.store.timeline(of: session.id, after: 0).map { "\($0.kind) \($0.text)" }
            let graded = try #require(lines.firstIndex(of: "graded serve passed, persist failed: 40 of 100 points"))
            let over = try #require(lines.firstIndex(of: "ended submitted"))
            #expect(try #require(lines.firstIndex(of: "finishing submitted")) < graded && graded < over)
            // Again changes nothing.
            _ = try await commands.submit(session.id, by: Harness.person)
        }
    }

    @Test("What stands on something that was not done when the session is over does not count, whatever it was before")
    func gradedNeeds() async throws {
        let harness = try harness()
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            await harness.agents.endScripts(.exited(0), .exited(0))
            _ = try await check(of: session, commands)
            await harness.agents.endScripts(.exited(1))
            _ = try await commands.submit(session.id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(200))
            let standing = try await commands.standing(of: session.id, for: Harness.person)
            #expect(standing.points == 0)
            #expect(standing.tasks.map(\.result?.verdict) == [.failed, .failed])
            #expect(standing.tasks.map(\.hasPassedBefore) == [true, true])
        }
    }

    @Test(
        "Time that is over grades too; who ends a session, or switches its machine off, has nothing graded",
        arguments: [EndReason.expired, .stopped, .guestPoweredOff],
    )
    func gradedBy(_ reason: EndReason) async throws {
        let harness = try harness([Self.task("serve")])
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            _ = try await commands.enter(session.id, by: Harness.person)
            await harness.agents.endScripts(.exited(0))
            switch reason {
            case .expired: try await harness.pass(.seconds(601))
            case .stopped: _ = try await commands.end(session.id, by: Harness.person)
            default: await harness.hypervisor.end(session.machines[0].id, .poweredOff)
            }
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(200))
            let found = await harness.store.results(of: session.id).map(\.occasion)
            #expect(found == (reason == .expired ? [.final] : []))
        }
    }

    @Test("A guest that does not answer is asked once, costs nobody anything, and holds up no end")
    func gradedSilently() async throws {
        let harness = try harness()
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            await harness.agents.endScripts(.exited(0), .exited(0))
            _ = try await check(of: session, commands)
            let asked = await harness.agents.started.count
            await harness.agents.keepSilent()
            _ = try await commands.submit(session.id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(200))
            let results = await harness.store.results(of: session.id).filter { $0.occasion == .final }
            #expect(results.map(\.verdict) == [.unchecked, .unchecked])
            #expect(results.map(\.reason) == ["no agent answers", "serve must have passed before"])
            #expect(await harness.agents.started.count == asked)
            // What was found before stands.
            // What was found when it was over scores, and that is nothing; what had passed is shown beside it.
            let standing = try await commands.standing(of: session.id, for: Harness.person)
            #expect(standing.points == 0 && standing.tasks.allSatisfy(\.hasPassedBefore))
            #expect(standing.tasks.map(\.result?.verdict) == [.unchecked, .unchecked])
        }
    }

    @Test("A daemon that dies while it grades leaves the rest to the next; nothing is graded twice")
    func gradedOverARestart() async throws {
        let harness = try harness([Self.task("one"), Self.task("two")])
        let session = try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            _ = try await commands.enter(session.id, by: Harness.person)
            await harness.agents.endScripts(.exited(0))
            _ = try await commands.submit(session.id, by: Harness.person)
            try await harness.eventually("nothing was graded") {
                await harness.store.results(of: session.id).count == 1
            }
            return session
        }
        await harness.agents.endScripts(.exited(1))
        try await harness.withDaemon { commands in
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(200))
            let results = await harness.store.results(of: session.id)
            #expect(results.map(\.task) == ["one", "two"])
            #expect(try await commands.standing(of: session.id, for: Harness.person).points >= 10)
        }
    }

    @Test("A policy may allow no hints and no reset; operators are not held to that")
    func forbidden() async throws {
        var task = Self.task("serve")
        task.hints = [LabTask.Hint(text: LocalizedText(["en": "Look."]), cost: 0)]
        let harness = try harness([task]) { policy in
            policy.hints = .never
            policy.reset = .never
        }
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            _ = try await commands.enter(session.id, by: Harness.person)
            let refused = await #expect(throws: Failure.self) {
                try await commands.hint(for: "serve", of: session.id, by: Harness.person)
            }
            #expect(refused?.code == .policyRefused)
            let kept = await #expect(throws: Failure.self) { try await commands.reset(session.id, by: Harness.person) }
            #expect(kept?.code == .policyRefused)
            #expect(try await commands.hint(for: "serve", of: session.id, by: Harness.chief).number == 1)
            _ = try await commands.reset(session.id, by: Harness.chief)
        }
    }

    @Test("Who asks for what is not there, or for nothing, is told; strangers see nothing")
    func refused() async throws {
        let harness = try harness()
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            func code(_ names: [String], _ principal: Principal) async -> FailureCode? {
                await #expect(throws: Failure.self) { try await check(names, of: session, by: principal, commands) }?
                    .code
            }
            #expect(await code(["serv"], Harness.person) == .notFound)
            #expect(await code([], Harness.stranger) == .notFound)
            #expect(try await harness.store.session(session.id).lifecycle.state.kind == .ready)
            await #expect(throws: Failure.self) {
                try await commands.checkResults(of: session.id, for: Harness.person)
            }
            _ = try await commands.end(session.id, by: Harness.person)
            #expect(await code([], Harness.person) == .wrongState)
        }
        let empty = try self.harness([])
        try await empty.withDaemon { commands in
            let session = try await ready(empty, commands)
            let failure = await #expect(throws: Failure.self) { try await check(of: session, commands) }
            #expect(failure?.code == .wrongState)
        }
    }
}

extension GuestTLSAnswer {
    /// A certificate that is valid from and until so many days from the fakes' present.
    fileprivate static func certificate(from: Int64, until: Int64, for name: String = "web.test") -> GuestTLSAnswer {
        let now = ManualClock().read().wall.milliseconds
        return .certificate(
            GuestCertificate(
                names: [name],
                validFrom: Timestamp(milliseconds: now + from * 86_400_000),
                validUntil: Timestamp(milliseconds: now + until * 86_400_000),
            )
        )
    }
}

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
            check: LabCheck(script, retries: retries),
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

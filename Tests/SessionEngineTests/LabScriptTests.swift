import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("A lab's scripts", .timeLimit(.minutes(1)))
struct LabScriptTests {
    private static let setup = LabScript(
        on: "box",
        .file(path: "files/setup.sh", text: "the setup"),
        limit: .seconds(60),
    )
    private static let start = LabScript(
        on: "box",
        .file(path: "files/start.sh", text: "the start"),
        limit: .seconds(10),
    )

    private func harness(pool: Int? = nil, ready: Duration? = nil) throws -> Harness {
        try Harness(
            pool: pool,
            lab: { lab in
                lab.variables = [LabVariable("token", .hex(length: 8))]
                lab.setup = [Self.setup]
                lab.start = [Self.start]
                lab.ready = ready.map { LabReadiness(LabScript(on: "box", .command("is it ready"), limit: $0)) }
            },
        )
    }

    private func lines(of id: SessionID, _ harness: Harness) async -> [String] {
        await harness.store.timeline(of: id, after: 0).map { "\($0.kind) \($0.text)" }
    }

    private func ready(_ harness: Harness, _ commands: SessionCommands) async throws -> Session {
        let session = try await commands.create(harness.request(), by: Harness.person)
        try await harness.waitFor(.ready, of: session.id, advancing: .milliseconds(200))
        return try await harness.store.session(session.id)
    }

    /// What was handed to the machines; whoever clears up is handed nothing.
    private func scripts(_ harness: Harness) async -> [String] { await harness.agents.scripts.filter { !$0.isEmpty } }

    @Test("Set-up runs once, when the snapshot is built; the start runs in every session and knows its variables")
    func warm() async throws {
        let harness = try harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            try await harness.eventually("it was never warm", advancing: .milliseconds(200)) {
                try await daemon.warm.status(for: Harness.chief).first?.state == .ready
            }
            #expect(await scripts(harness) == ["the setup"])
            var tokens: Set<String> = []
            var sessions: [SessionID] = []
            for _ in 0..<2 {
                let session = try await ready(harness, daemon.commands)
                sessions.append(session.id)
                #expect(session.machines.first?.fork != nil)
                let program = try #require(await harness.agents.started.last)
                #expect(program.environment == session.definition?.values(seed: session.seed))
                tokens.insert(try #require(program.environment["token"]))
            }
            #expect(tokens.count == 2)
            #expect(await scripts(harness) == ["the setup", "the start", "the start"])
            let steps = try await harness.store.timeline(of: #require(sessions.first), after: 0).map(\.text)
            #expect(steps.contains("start box") && !steps.contains("setup box"))
        }
    }

    @Test("Without a snapshot a session's own machine is set up; variables are unknown then")
    func cold() async throws {
        let harness = try harness()
        try await harness.withDaemon { commands in
            _ = try await ready(harness, commands)
            #expect(await scripts(harness) == ["the setup", "the start"])
            let environments = await harness.agents.started.filter { $0.name == "sh" }.map(\.environment)
            #expect(environments.map(\.isEmpty) == [true, false])
        }
    }

    @Test("A changed set-up is another snapshot")
    func changed() async throws {
        let harness = try harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            try await harness.eventually("it was never warm", advancing: .milliseconds(200)) {
                try await daemon.warm.status(for: Harness.chief).first?.state == .ready
            }
            harness.catalogue.change { lab in lab.setup[0].body = .command("another") }
            try await harness.eventually("it was not built again", advancing: .seconds(1)) {
                await scripts(harness).contains("another")
            }
        }
    }

    @Test("A set-up that fails is no snapshot; sessions fail too, and say what it said")
    func failingSetup() async throws {
        let harness = try harness(pool: 0)
        await harness.agents.endScripts(.exited(7), .timedOut, .exited(0), .signalled(9))
        try await harness.withWholeDaemon { daemon in
            try await harness.eventually("it never failed", advancing: .milliseconds(200)) {
                let state = try await daemon.warm.status(for: Harness.chief).first?.state
                return state == .failed("files/setup.sh ended with status 7 on box: it broke")
            }
            let lab = try harness.request().lab
            let failure = await #expect(throws: Failure.self) {
                _ = try await daemon.warm.build(lab, replacing: false, by: Harness.chief) { _ in }
            }
            #expect(failure?.code == .scriptFailed)
            #expect(failure?.message == "files/setup.sh was not done within 1m on box")
            // It could not clear up after itself.
            #expect(await harness.agents.started.last?.arguments[2].contains("rm -rf") == true)
            let session = try await daemon.commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(200))
            #expect(try await harness.state(of: session.id).endReason == .startFailed)
            let told = "failed files/setup.sh was killed by signal 9 on box"
            #expect(await lines(of: session.id, harness).contains(told))
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("Ready is asked again until it holds; where it never does, the session ends and says so")
    func readiness() async throws {
        let harness = try harness(ready: .seconds(5))
        await harness.agents.endScripts(.exited(0), .exited(0), .exited(3), .exited(3))
        try await harness.withDaemon { commands in
            _ = try await ready(harness, commands)
            #expect(await scripts(harness).count { $0 == "is it ready" } == 3)
            await harness.agents.endScripts(.exited(0), .exited(0))
            for _ in 0..<30 { await harness.agents.endScripts(.exited(3)) }
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(200))
            #expect(try await harness.state(of: session.id).endReason == .startFailed)
            let told = "failed is it ready ended with status 3 on box: it broke"
            #expect(await lines(of: session.id, harness).contains(told))
        }
    }

    @Test("A reset starts again with the same variables")
    func reset() async throws {
        let harness = try harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            let commands = daemon.commands
            try await harness.eventually("it was never warm", advancing: .milliseconds(200)) {
                try await daemon.warm.status(for: Harness.chief).first?.state == .ready
            }
            let session = try await ready(harness, commands)
            _ = try await commands.enter(session.id, by: Harness.person)
            _ = try await commands.reset(session.id, by: Harness.person)
            try await harness.eventually("it was not reset", advancing: .milliseconds(50)) {
                try await harness.kinds(of: session.id).count { $0 == "ready" } == 2
            }
            let starts = await harness.agents.started.filter { !$0.environment.isEmpty }
            #expect(starts.count == 2)
            #expect(await scripts(harness).count { $0 == "the setup" } == 1, "the fresh machine was not forked")
            #expect(starts.first?.environment == starts.last?.environment)
        }
    }

    @Test("A machine in which a script was running when the service died is made anew")
    func interrupted() async throws {
        let harness = try harness()
        let life = KillSwitch()
        await harness.agents.holdScripts()
        let id = try await harness.withDaemon(life) { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.eventually("nothing runs", advancing: .milliseconds(200)) {
                await harness.agents.started.contains { $0.name == "sh" }
            }
            return session.id
        }
        await harness.agents.releaseScripts()
        try await harness.withDaemon { _ in
            try await harness.waitFor(.ready, of: id, advancing: .milliseconds(200))
            #expect(await lines(of: id, harness).count { $0 == "step boot box" } == 2)
        }
    }
}

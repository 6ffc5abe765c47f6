import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("Checks of disks and after reboots", .timeLimit(.minutes(1)))
struct CopyTests {
    private static func task(_ id: String, _ way: (LabScript) -> LabCheck, needs: [String] = []) -> LabTask {
        let script = LabScript(on: "box", .command("check \(id)"), limit: .seconds(30))
        return LabTask(
            id: id,
            text: LocalizedText(["en": "Do \(id)"]),
            points: 10,
            needs: needs,
            check: way(script),
        )
    }

    /// Written in another order than they are checked.
    private static let tasks = [
        task("disk") { LabCheck(.disk($0)) },
        task("again") { LabCheck(.run($0), afterReboot: true) },
        task("more") { LabCheck(.disk($0)) },
        task("here") { LabCheck(.run($0)) },
    ]

    private func harness(
        _ tasks: [LabTask] = tasks,
        collecting: [LabCollection] = [],
        pool: Int? = nil,
        _ adjust: (inout Policy) -> Void = { _ in },
    ) throws -> Harness {
        try Harness(pool: pool, adjust) { lab in
            lab.tasks = tasks
            lab.checks = .init(max: 10, cooldown: .zero)
            lab.collect = collecting
        }
    }

    private func ready(_ harness: Harness, _ commands: SessionCommands) async throws -> Session {
        let session = try await commands.create(harness.request(), by: Harness.person)
        try await harness.waitFor(.ready, of: session.id, advancing: .milliseconds(200))
        return try await harness.store.session(session.id)
    }

    private func check(_ session: Session, _ commands: SessionCommands) async throws -> [CheckResult] {
        var found: [CheckResult] = []
        _ = try await commands.check([], of: session.id, by: Harness.person) { found.append($0) }
        return found
    }

    private func texts(_ results: [CheckResult]) -> [String] { results.map { "\($0.task) \($0.verdict.rawValue)" } }

    /// Nothing but the session is left, and its machine runs as before.
    private func expectNothingLeft(_ harness: Harness, of session: Session) async throws {
        let machine = try #require(session.machines.first).id
        let found = try await harness.hypervisor.observe()
        #expect(found == [ObservedMachine(id: machine, session: session.id, activity: .running)])
        #expect(await harness.store.unowned().isEmpty)
        #expect(await harness.disks.copies.isEmpty)
        #expect(await Set(harness.disks.disks.keys) == [machine])
        #expect(await harness.agents.frozen.isEmpty)
    }

    @Test("The person's own machine is looked at first and a copy of its disk last, one for all; nothing stays")
    func order() async throws {
        let harness = try harness()
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            let found = try await check(session, commands)
            #expect(texts(found) == ["here passed", "again passed", "disk passed", "more passed"])
            #expect(found.map(\.witness) == [.guest, .guest, .grader, .grader])
            #expect(await harness.store.results(of: session.id).map(\.witness) == found.map(\.witness))
            let scripts = await harness.agents.scripts
            #expect(
                scripts.filter { $0.hasPrefix("check") } == ["here", "again", "disk", "more"].map { "check \($0)" }
            )
            #expect(scripts.count { $0.contains("nosymfollow") } == 1)
            let folders = await harness.agents.started.filter { $0.directory != nil }.map(\.directory)
            #expect(folders == ["/mnt/disk", "/mnt/disk"])
            #expect(await harness.hypervisor.plugged.count == 1)
            try await expectNothingLeft(harness, of: session)
        }
    }

    @Test("A task is checked after the one it needs, wherever that one is looked for")
    func needs() async throws {
        let tasks = [
            Self.task("disk") { LabCheck(.disk($0)) },
            Self.task("here", { LabCheck(.run($0)) }, needs: ["disk"]),
        ]
        let harness = try harness(tasks)
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            #expect(texts(try await check(session, commands)) == ["disk passed", "here passed"])
        }
    }

    @Test("A disk that was not at rest passes, but that something is missing there says nothing")
    func unrest() async throws {
        let harness = try harness()
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            await harness.agents.fail(.freeze, times: 2, with: Failure(.wrongState, "/ is busy"))
            // here, the wait for the restarted system, again, the mount, disk, more.
            await harness.agents.endScripts(.exited(0), .exited(0), .exited(1), .exited(0), .exited(1), .exited(0))
            let found = try await check(session, commands)
            #expect(texts(found) == ["here passed", "again unchecked", "disk unchecked", "more passed"])
            #expect(found[2].reason.hasSuffix(": / is busy"))
            try await expectNothingLeft(harness, of: session)
        }
    }

    @Test("A disk that cannot be copied or read is no verdict, and the person's machine goes on")
    func failures() async throws {
        let harness = try harness()
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            await harness.disks.fail(.copyDisk, .beforeEffect, times: 2, with: Failure(.conflict, "it is no overlay"))
            let found = try await check(session, commands)
            #expect(texts(found) == ["here passed", "again unchecked", "disk unchecked", "more unchecked"])
            #expect(Set(found.dropFirst().map(\.reason)) == ["it is no overlay"])
            try await expectNothingLeft(harness, of: session)
            // here, the wait for the restarted system, again, the mount.
            await harness.agents.endScripts(.exited(0), .exited(0), .exited(0), .exited(3))
            let later = try await check(session, commands)
            #expect(texts(later) == ["here passed", "again passed", "disk unchecked", "more unchecked"])
            #expect(later.last?.reason == "the copy of the disk cannot be read: it broke")
            try await expectNothingLeft(harness, of: session)
        }
    }

    @Test("A grader is forked where that can be, from a snapshot that all labs share")
    func forked() async throws {
        let harness = try harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            try await harness.eventually("no snapshots are built", advancing: .seconds(1)) {
                await harness.disks.snapshots.count == 2
            }
            let grader = try #require(await harness.disks.snapshots.values.first { $0.lab.name == "grader" })
            #expect(grader.machine == "debian-13")
            let status = try await daemon.warm.status(for: Harness.chief)
            #expect(status.map { "\($0.lab) \($0.machine)" } == ["first-steps box", "grader debian-13"])
            let session = try await ready(harness, daemon.commands)
            let found = try await check(session, daemon.commands)
            #expect(texts(found) == ["here passed", "again passed", "disk passed", "more passed"])
            #expect(await harness.agents.identities.count == 2, "the session's machine and the grader are forks")
            try await expectNothingLeft(harness, of: session)
        }
    }

    @Test("A session whose time ran out while it slept is woken and graded")
    func asleep() async throws {
        let harness = try harness { $0.time.pause = .runs }
        try await harness.withDaemon { commands in
            let session = try await ready(harness, commands)
            _ = try await commands.enter(session.id, by: Harness.person)
            _ = try await commands.pause(session.id, by: Harness.person)
            try await harness.eventually("it does not sleep") { try await harness.hypervisor.observe().isEmpty }
            try await harness.pass(.seconds(605))
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(100))
            let found = await harness.store.results(of: session.id)
            #expect(texts(found) == ["here passed", "again passed", "disk passed", "more passed"])
            #expect(found.allSatisfy { $0.occasion == .final })
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("A daemon killed at any call while a session is graded is taken up by the next, which grades it to its end")
    func killedAnywhere() async throws {
        let tasks = Array(Self.tasks.prefix(2))
        func prepared() async throws -> Harness {
            let harness = try self.harness(tasks, collecting: [LabCollection(machine: "box", paths: ["/root"])])
            await harness.agents.speak { $0.contains("SANDGLASS_PATHS") ? "1200 3\n" : nil }
            await harness.agents.pack([[1, 2, 3]])
            return harness
        }
        func live(_ harness: Harness, _ commands: SessionCommands) async throws {
            let session = try await ready(harness, commands)
            _ = try await commands.enter(session.id, by: Harness.person)
            _ = try await commands.submit(session.id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(100))
        }
        let (harness, life) = (try await prepared(), KillSwitch())
        try await harness.withDaemon(life) { try await live(harness, $0) }
        let calls = life.calls
        #expect(Set(["copyDisk", "plugCopy", "freeze guest", "removeCopy", "keep"]).isSubset(of: calls))
        let begun = try #require(calls.firstIndex(of: "commit finishing"))
        for index in begun..<calls.endIndex {
            let fate = KillSwitch.Fate(call: index + 1, hasEffect: index.isMultiple(of: 2))
            let (harness, life) = (try await prepared(), KillSwitch(fate))
            try await harness.withDaemon(life) { commands in
                // The caller learns of the death by its own errors, or by nothing at all.
                let task = Task { try? await live(harness, commands) }
                try await harness.eventually("\(fate) (\(calls[index])) never came") { life.isDead }
                task.cancel()
                await task.value
            }
            try await harness.withDaemon { commands in
                let page = try await commands.sessions(SessionFilter(), after: nil, limit: 10, for: Harness.chief)
                let id = try #require(page.sessions.first?.id)
                if try await harness.state(of: id).endReason == nil, try await harness.state(of: id).kind == .running {
                    _ = try await commands.submit(id, by: Harness.person)
                }
                try await harness.waitFor(.tornDown, of: id, advancing: .milliseconds(100))
                let found = await harness.store.results(of: id).filter { $0.occasion == .final }
                #expect(texts(found) == ["again passed", "disk passed"], "\(fate) (\(calls[index]))")
                let archives = try await harness.collections.archives(of: id)
                #expect(archives.map(\.size.bytes) == [3], "\(fate) (\(calls[index]))")
                let lines = await harness.store.timeline(of: id, after: 0).map(\.kind)
                for kind in ["graded", "collected"] {
                    #expect(lines.count { $0 == kind } == 1, "\(kind): \(fate) (\(calls[index]))")
                }
                #expect(try await harness.leftovers() == [], "\(fate) (\(calls[index]))")
            }
        }
    }
}

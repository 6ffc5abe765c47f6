import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("Grading again what a session has left", .timeLimit(.minutes(1)))
struct RegradingTests {
    private static func task(_ id: String, _ way: (LabScript) -> LabCheck) -> LabTask {
        LabTask(
            id: id,
            text: LocalizedText(["en": "Do \(id)"]),
            points: 10,
            check: way(LabScript(on: "box", .command("check \(id)"), limit: .seconds(30))),
        )
    }

    private func harness(keepsDisk: Bool = true) throws -> Harness {
        try Harness(
            { $0.keep.disk = keepsDisk },
            lab: { lab in
                lab.tasks = [
                    Self.task("here") { LabCheck(.run($0)) },
                    Self.task("again") { LabCheck(.run($0), afterReboot: true) },
                    Self.task("disk") { LabCheck(.disk($0)) },
                ]
            },
        )
    }

    /// A session that was submitted with nothing done in it, and is torn down.
    private func over(_ harness: Harness, _ commands: SessionCommands) async throws -> Session {
        let session = try await commands.create(harness.request(), by: Harness.person)
        try await harness.waitFor(.ready, of: session.id, advancing: .milliseconds(200))
        _ = try await commands.enter(session.id, by: Harness.person)
        await harness.agents.answerScripts { _, script in .exited(script.hasPrefix("check") ? 1 : 0) }
        _ = try await commands.submit(session.id, by: Harness.person)
        try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(100))
        return try await harness.store.session(session.id)
    }

    private func regrade(
        _ session: Session,
        _ commands: SessionCommands,
        by edition: SessionCommands.Edition = .published,
        because why: String = "the check was wrong",
        as principal: Principal = Harness.chief,
    ) async throws -> (found: [CheckResult], standing: Standing) {
        var found: [CheckResult] = []
        let standing = try await commands.regrade(session.id, by: edition, because: why, by: principal) {
            found.append($0)
        }
        return (found, standing)
    }

    @Test("A corrected check scores, what was found before is kept, and a later daemon can do it as well")
    func corrected() async throws {
        let harness = try harness()
        let session = try await harness.withDaemon { try await over(harness, $0) }
        #expect(await harness.store.results(of: session.id).map(\.verdict) == [.failed, .failed, .failed])
        harness.catalogue.change { lab in
            lab.version += 1
            lab.tasks[2] = Self.task("disk") { script in
                var script = script
                script.body = .command("look better")
                return LabCheck(.disk(script))
            }
        }
        try await harness.withDaemon { commands in
            let (found, standing) = try await regrade(session, commands)
            #expect(
                found.map { "\($0.task) \($0.verdict.rawValue)" } == ["here unchecked", "again failed", "disk passed"]
            )
            #expect(found[0].reason == "the machine is gone, only its disk was kept")
            #expect(found.allSatisfy { $0.occasion == .regraded && $0.why == "the check was wrong" })
            #expect(found.allSatisfy { $0.labVersion == session.labVersion + 1 && $0.person == Harness.chief.person })
            #expect(standing.points == 10)
            #expect(standing.tasks.map(\.result?.occasion) == [.final, .regraded, .regraded])
            let all = await harness.store.results(of: session.id)
            #expect(all.filter { $0.occasion == .final }.map(\.verdict) == [.failed, .failed, .failed])
            #expect(Array(all.suffix(3)) == found)
            let line = await harness.store.timeline(of: session.id, after: 0).last { $0.kind == "regraded" }
            #expect(line?.text == "uid:0: here unchecked, again failed, disk passed; the check was wrong")
            let own = try await regrade(session, commands, by: .own)
            #expect(own.found.map(\.labVersion) == [nil, nil, nil])
            #expect(own.standing.points == 0)
            #expect(try await harness.leftovers() == [])
            #expect(await harness.disks.copies.isEmpty)
        }
    }

    @Test("Of a guest that did not come to rest something may be missing, which is no failure")
    func unrest() async throws {
        let harness = try harness()
        await harness.agents.fail(.freeze, times: 3, with: Failure(.guestSilent, "no agent answers"))
        try await harness.withDaemon { commands in
            let session = try await over(harness, commands)
            let (found, _) = try await regrade(session, commands)
            #expect(found.map(\.verdict) == [.unchecked, .unchecked, .unchecked])
            #expect(found[2].reason.contains("did not answer when it was ended"))
        }
    }

    @Test("It is refused clearly: to others, without a reason, while the session goes on, and where nothing was kept")
    func refused() async throws {
        func code(_ body: () async throws -> Void) async -> FailureCode? {
            await #expect(throws: Failure.self) { try await body() }?.code
        }
        let harness = try harness(keepsDisk: false)
        try await harness.withDaemon { commands in
            let going = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: going.id, advancing: .milliseconds(200))
            #expect(await code { _ = try await regrade(going, commands) } == .wrongState)
            let session = try await over(harness, commands)
            #expect(await code { _ = try await regrade(session, commands) } == .wrongState)
            #expect(await code { _ = try await regrade(session, commands, because: "") } == .invalidInput)
            #expect(await code { _ = try await regrade(session, commands, as: Harness.person) } == .forbidden)
        }
    }
}

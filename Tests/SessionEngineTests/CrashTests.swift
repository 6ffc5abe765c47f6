import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("Failures and crashes", .timeLimit(.minutes(2)))
struct CrashTests {
    /// One whole life of a session with two machines: made, entered, ended, gone.
    private func live(_ harness: Harness, _ commands: SessionCommands) async throws -> SessionID {
        let session = try await commands.create(harness.request(), by: Harness.person)
        try await harness.waitFor(.ready, of: session.id)
        _ = try await commands.enter(session.id, by: Harness.person)
        _ = try await commands.end(session.id, by: Harness.person)
        try await harness.waitFor(.tornDown, of: session.id)
        return session.id
    }

    /// The calls to the outside that such a life makes.
    private func callsOfALife() async throws -> [String] {
        let harness = try Harness(machines: ["web", "db"]) { $0.keep.disk = true }
        let life = KillSwitch()
        _ = try await harness.withDaemon(life) { try await live(harness, $0) }
        return life.calls
    }

    @Test("A daemon killed at any call to the outside is taken up by the next, which leaves nothing behind")
    func killedAnywhere() async throws {
        let calls = try await callsOfALife()
        #expect(calls.contains("start") && calls.contains("removeDisk") && calls.contains("commit tornDown"))
        for (index, name) in calls.enumerated() {
            for hasEffect in [false, true] {
                let fate = KillSwitch.Fate(call: index + 1, hasEffect: hasEffect)
                try await killed(by: fate, at: name)
            }
        }
    }

    private func killed(by fate: KillSwitch.Fate, at name: String) async throws {
        let harness = try Harness(machines: ["web", "db"]) { $0.keep.disk = true }
        let foreign = MachineID.example(99)
        await harness.hypervisor.placeForeign(foreign)
        let life = KillSwitch(fate)
        try await harness.withDaemon(life) { commands in
            // The caller learns of the death by its own errors, or by nothing at all.
            let task = Task { try? await self.live(harness, commands) }
            try await harness.eventually("\(fate) (\(name)) never came") { life.isDead }
            task.cancel()
        }
        // A minute passes before anyone starts it again.
        harness.clock.advance(by: .seconds(60))
        try await harness.withDaemon { commands in
            let page = try await commands.sessions(SessionFilter(), after: nil, limit: 10, for: Harness.chief)
            guard let session = page.sessions.first?.id else {
                #expect(name == "create", "\(fate) (\(name)) lost the session")
                return
            }
            try await harness.eventually("\(fate) (\(name)): it neither works nor ends") {
                switch try await harness.state(of: session).kind {
                case .ready, .running, .tornDown: true
                case .requested, .preparing, .paused, .finishing, .ended: false
                }
            }
            if try await harness.state(of: session).endReason == nil {
                let machines = try await harness.hypervisor.observe().filter { $0.session == session }
                #expect(machines.count == 2, "\(fate) (\(name)): machines are missing")
                _ = try await commands.end(session, by: Harness.person)
            }
            try await harness.waitFor(.tornDown, of: session, advancing: .milliseconds(100))
            #expect(try await harness.leftovers() == [], "\(fate) (\(name))")
        }
        #expect(await harness.hypervisor.hasForeign(foreign), "\(fate) (\(name)) touched what is not ours")
    }

    @Test(
        "A step that fails, before or after its effect, ends the session as failed and everything is undone",
        arguments: [FakeHypervisor.Moment.beforeEffect, .afterEffect],
    )
    func failedBoot(moment: FakeHypervisor.Moment) async throws {
        let harness = try Harness()
        await harness.hypervisor.failNext(.start, moment, with: Failure(.hypervisor, "no such luck"))
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id)
            #expect(try await harness.state(of: session.id) == .tornDown(.startFailed))
            let failed = await harness.store.timeline(of: session.id, after: 0).first { $0.kind == "failed" }
            #expect(failed?.text == "no such luck")
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("A disk that cannot be made, before or after its effect", arguments: FakeDiskStore.Moment.allCases)
    func failedDisk(moment: FakeDiskStore.Moment) async throws {
        let harness = try Harness()
        await harness.disks.fail(.makeDisk, moment)
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id)
            #expect(try await harness.state(of: session.id) == .tornDown(.startFailed))
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("A guest that never answers")
    func silent() async throws {
        let harness = try Harness()
        await harness.door.failNext(with: Failure(.guestSilent, "no prompt"))
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id)
            #expect(try await harness.state(of: session.id) == .tornDown(.startFailed))
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("A teardown that fails is repeated until nothing is left")
    func failedTeardown() async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            await harness.hypervisor.failNext(.destroy, .beforeEffect)
            await harness.disks.fail(.removeDisk, .afterEffect, times: 3)
            _ = try await commands.end(session.id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(200))
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("A minute without the daemon is given back, with a line that says so")
    func credited() async throws {
        let harness = try Harness()
        let (id, before) = try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            let entered = try await commands.enter(session.id, by: Harness.person)
            return (session.id, entered.lifecycle.remaining(at: commands.now().service))
        }
        harness.clock.advance(by: .seconds(60))
        harness.clock.step(wall: .seconds(-86_400))
        try await harness.withDaemon { commands in
            try await harness.eventually("no credit came") { try await harness.kinds(of: id).contains("credited") }
            let after = try await commands.session(id, for: Harness.person).lifecycle.remaining(
                at: commands.now().service
            )
            #expect(before == after)
            let line = await harness.store.timeline(of: id, after: 0).first { $0.kind == "credited" }
            #expect(line?.milliseconds == 60_000)
            try await harness.eventually("nobody was told") {
                await harness.door.notices[id]?.contains(.credited(.seconds(60))) == true
            }
            #expect(await harness.door.known.count == 1, "the running machine was not taken up")
        }
    }

    @Test("While the record cannot be written nobody's time runs out; then everything goes on")
    func fullDisk() async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            _ = try await commands.enter(session.id, by: Harness.person)
            await harness.store.refuseWrites(with: Failure(.storage, "the disk is full"))
            for _ in 0..<200 {
                harness.clock.advance(by: .seconds(5))
                await Task.yield()
            }
            #expect(try await harness.state(of: session.id).kind == .running)
            let failure = await #expect(throws: Failure.self) {
                _ = try await commands.extend(session.id, by: nil, by: Harness.person)
            }
            #expect(failure?.code == .storage)
            await harness.store.refuseWrites(with: nil)
            try await harness.eventually("no credit came", advancing: .milliseconds(500)) {
                try await harness.kinds(of: session.id).contains("credited")
            }
            #expect(try await harness.state(of: session.id).kind == .running)
            try await harness.waitFor(.tornDown, of: session.id, advancing: .seconds(1))
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("After a host restart a session whose machine is gone ends as a fault")
    func hostRestart() async throws {
        let harness = try Harness()
        let session = try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            return session
        }
        try await harness.hypervisor.destroy(session.machines[0].id)
        try await harness.withDaemon { _ in
            try await harness.waitFor(.tornDown, of: session.id)
            #expect(try await harness.state(of: session.id) == .tornDown(.fault))
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("Leftovers that carry our mark are removed; a spare is kept, and removed once it is broken")
    func leftovers() async throws {
        let harness = try Harness()
        let image = try #require(ImageID("debian-13"))
        let policy = try harness.catalogue.policy(try #require(PolicyID("practice")))
        let specification = try MachineSpecification(shape: MachineShape(name: "box", image: image), policy: policy)
        let leftover = Machine(
            id: .example(1),
            session: SessionID("zzzzzzzzzz"),
            name: "box",
            specification: specification,
            userID: 7001,
        )
        let spare = Machine(id: .example(2), session: nil, name: "spare", specification: specification)
        try await harness.disks.makeDisk(for: leftover)
        try await harness.hypervisor.start(leftover)
        try await harness.store.createSpare(spare)
        let time = ServiceTime(
            ServiceClock.resume(after: nil, reading: harness.clock.read()).clock,
            host: harness.clock,
        )
        let saga = MachineSaga(ports: harness.ports(), time: time, userIDs: Harness.userIDs)
        try await saga.make(spare, answeringWithin: .seconds(1))
        try await harness.hypervisor.suspend(spare.id)
        try await harness.withDaemon { _ in
            #expect(try await harness.hypervisor.observe().map(\.id) == [spare.id])
            #expect(try await harness.disks.observeDisks() == [spare.id])
            try await harness.hypervisor.destroy(spare.id)
            try await harness.eventually("the broken spare stays", advancing: .seconds(1)) {
                await harness.store.spares().isEmpty
            }
            #expect(try await harness.disks.observeDisks() == [])
        }
    }
}

extension MachineID {
    /// A fixed identifier.
    static func example(_ number: Int) -> MachineID {
        var generator = SeededGenerator(seed: UInt64(number))
        return MachineID(using: &generator)
    }
}

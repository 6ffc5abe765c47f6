import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("Failures and crashes", .timeLimit(.minutes(2)))
struct CrashTests {
    private static let spare = MachineID.example(3)

    /// One whole life of a session with two machines beside a spare: made, entered, ended, gone; the spare breaks last.
    private func live(_ harness: Harness, _ daemon: Harness.Daemon) async throws {
        try await harness.makeSpare(Self.spare, in: daemon)
        try await live(harness, daemon.commands)
        try await harness.breakSpare(Self.spare)
    }

    private func live(_ harness: Harness, _ commands: SessionCommands) async throws {
        let session = try await commands.create(harness.request(), by: Harness.person)
        try await harness.waitFor(.ready, of: session.id)
        _ = try await commands.enter(session.id, by: Harness.person)
        _ = try await commands.end(session.id, by: Harness.person)
        try await harness.waitFor(.tornDown, of: session.id)
    }

    @Test("A daemon killed at any call to the outside is taken up by the next, which leaves nothing behind")
    func killedAnywhere() async throws {
        let harness = try Harness(machines: ["web", "db"]) { $0.keep.disk = true }
        let life = KillSwitch()
        try await harness.withWholeDaemon(life) { try await live(harness, $0) }
        #expect(try await harness.leftovers() == [])
        let calls = life.calls
        #expect(Set(["createUnowned", "start", "removeDisk", "commit tornDown", "removeUnowned"]).isSubset(of: calls))
        for index in calls.indices {
            for hasEffect in [false, true] {
                try await killed(by: KillSwitch.Fate(call: index + 1, hasEffect: hasEffect), in: calls)
            }
        }
    }

    private func killed(by fate: KillSwitch.Fate, in calls: [String]) async throws {
        let (harness, name) = (try Harness(machines: ["web", "db"]) { $0.keep.disk = true }, calls[fate.call - 1])
        let foreign = MachineID.example(99)
        await harness.hypervisor.placeForeign(foreign)
        let life = KillSwitch(fate)
        try await harness.withWholeDaemon(life) { daemon in
            // The caller learns of the death by its own errors, or by nothing at all.
            let task = Task { try? await self.live(harness, daemon) }
            try await harness.eventually("\(fate) (\(name)) never came") { life.isDead }
            task.cancel()
            await task.value
        }
        // A minute passes before anyone starts it again.
        harness.clock.advance(by: .seconds(60))
        try await harness.withDaemon { commands in
            try await expectSpare(harness, after: fate, in: calls)
            let page = try await commands.sessions(SessionFilter(), after: nil, limit: 10, for: Harness.chief)
            if let session = page.sessions.first?.id {
                try await end(session, harness, commands, "\(fate) (\(name))")
            } else {
                #expect(!calls[..<(fate.call - 1)].contains("create"), "\(fate) (\(name)) lost the session")
            }
            try await harness.breakSpare(Self.spare)
            #expect(try await harness.leftovers() == [], "\(fate) (\(name))")
        }
        #expect(await harness.hypervisor.hasForeign(foreign), "\(fate) (\(name)) touched what is not ours")
    }

    /// The first look is over: a spare that was finished waits, and of any other nothing is left.
    private func expectSpare(_ harness: Harness, after fate: KillSwitch.Fate, in calls: [String]) async throws {
        let spares = await harness.store.unowned().map(\.id)
        let found = try await harness.hypervisor.observe().filter { $0.session == nil }
        #expect(found.map(\.id) == spares, "\(fate)")
        #expect(found.allSatisfy { $0.activity == .suspended }, "\(fate)")
        let (isDone, isGone) = (calls.firstIndex(of: "suspend"), calls.firstIndex(of: "commit tornDown"))
        let (first, last) = (try #require(isDone) + 1, try #require(isGone) + 1)
        if fate.call >= first, fate.call < last { #expect(spares == [Self.spare], "\(fate) lost the spare") }
        if fate.call < first - 1 { #expect(spares == [], "\(fate) left half a spare") }
    }

    private func end(_ id: SessionID, _ harness: Harness, _ commands: SessionCommands, _ fate: String) async throws {
        try await harness.eventually("\(fate): it neither works nor ends") {
            switch try await harness.state(of: id).kind {
            case .ready, .running, .tornDown: true
            case .requested, .preparing, .paused, .finishing, .ended: false
            }
        }
        if try await harness.state(of: id).endReason == nil {
            let machines = try await harness.hypervisor.observe().filter { $0.session == id }
            #expect(machines.count == 2, "\(fate): machines are missing")
            _ = try await commands.end(id, by: Harness.person)
        }
        try await harness.waitFor(.tornDown, of: id, advancing: .milliseconds(100))
    }

    @Test("A call to the outside that fails leaves nothing behind, and ends a session whose machines it was to make")
    func failedAnywhere() async throws {
        let harness = try Harness(machines: ["web", "db"])
        let life = KillSwitch()
        try await harness.withDaemon(life) { try await live(harness, $0) }
        let (begun, ready) = (life.calls.firstIndex(of: "commit preparing"), life.calls.firstIndex(of: "commit ready"))
        let making = try #require(begun) + 1..<(try #require(ready))
        for step in ["reserve", "makeDisk", "start", "waitUntilAnswering"] {
            #expect(life.calls[making].count { $0 == step } == 2)
        }
        for (index, name) in life.calls.enumerated() {
            for hasEffect in [false, true] {
                let fate = KillSwitch.Fate(call: index + 1, hasEffect: hasEffect, kills: false)
                try await failed(fate, name, isMaking: making.contains(index))
            }
        }
    }

    private func failed(_ fate: KillSwitch.Fate, _ name: String, isMaking: Bool) async throws {
        let harness = try Harness(machines: ["web", "db"])
        let life = KillSwitch(fate)
        try await harness.withDaemon(life) { commands in
            // Who asks is told of the failure and asks again; a session that was not stored is not there.
            guard let id = try? await commands.create(harness.request(), by: Harness.person).id else {
                return #expect(name == "create", "\(fate) (\(name))")
            }
            try await harness.eventually("\(fate) (\(name)): never made", advancing: .milliseconds(100)) {
                [.ready, .tornDown].contains(try await harness.state(of: id).kind)
            }
            if try await harness.state(of: id).kind == .ready {
                for command in [commands.enter, commands.end] {
                    try await harness.eventually("\(fate) (\(name)): refused", advancing: .milliseconds(100)) {
                        // Asked again until it is granted.
                        (try? await command(id, Harness.person)) != nil
                    }
                }
            }
            try await harness.waitFor(.tornDown, of: id, advancing: .milliseconds(100))
            let reason = try await harness.state(of: id).endReason
            #expect(reason == (isMaking ? .startFailed : .stopped), "\(fate) (\(name))")
            #expect(try await harness.kinds(of: id).contains("failed") == isMaking, "\(fate) (\(name))")
            #expect(life.isFulfilled)
        }
        #expect(try await harness.leftovers() == [], "\(fate) (\(name))")
    }

    @Test(
        "Where no host user id is left the session ends with the reason and what it had made is undone",
        arguments: 1...2,
    )
    func noUserID(machines: Int) async throws {
        let harness = try Harness(machines: Array(["web", "db"].prefix(machines)), userIDs: 7000...7000)
        try await harness.withDaemon { commands in
            let other = machines == 1 ? try await commands.create(harness.request(), by: Harness.person) : nil
            if let other { try await harness.waitFor(.ready, of: other.id) }
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id)
            #expect(try await harness.state(of: session.id) == .tornDown(.startFailed))
            let lines = await harness.store.timeline(of: session.id, after: 0)
            #expect(lines.first { $0.kind == "failed" }?.text.contains("user ids") == true)
            #expect(lines.contains { $0.text == "boot web" && $0.kind == "undone" } == (machines == 2))
            if let other {
                #expect(try await harness.state(of: other.id).kind == .ready)
                _ = try await commands.end(other.id, by: Harness.person)
                try await harness.waitFor(.tornDown, of: other.id)
            }
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
}

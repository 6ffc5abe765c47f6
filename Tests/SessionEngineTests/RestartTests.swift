import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("Stops and starts of the daemon", .timeLimit(.minutes(1)))
struct RestartTests {
    @Test("Idleness ends a session also after a restart of the daemon, from which it counts anew")
    func idle() async throws {
        let harness = try Harness { $0.time.idle = .seconds(120) }
        let id = try await harness.withDaemon { commands in
            let id = try await commands.create(harness.request(), by: Harness.person).id
            try await harness.waitFor(.ready, of: id)
            _ = try await commands.enter(id, by: Harness.person)
            try await harness.pass(.seconds(60))
            commands.inputSeen(in: id)
            try await harness.pass(.seconds(60))
            return id
        }
        try await harness.withDaemon { _ in
            try await harness.pass(.seconds(115))
            #expect(try await harness.state(of: id).kind == .running)
            try await harness.pass(.seconds(10))
            try await harness.waitFor(.tornDown, of: id, advancing: .milliseconds(20))
            #expect(try await harness.state(of: id) == .tornDown(.idle))
        }
    }

    @Test(
        "Queued sessions get their turn in the order of asking, and keep their place over a restart of the daemon",
        arguments: [false, true],
    )
    func queue(restarts: Bool) async throws {
        let harness = try Harness {
            $0.concurrency.perPerson = 1
            $0.time.limit = .seconds(3600)
        }
        let ids = try await harness.withDaemon { commands in
            let first = try await commands.create(harness.request(), by: Harness.person).id
            try await harness.waitFor(.ready, of: first)
            _ = try await commands.enter(first, by: Harness.person)
            var ids = [first]
            for _ in 0..<3 {
                harness.clock.advance(by: .seconds(1))
                ids.append(try await commands.create(harness.request(), by: Harness.person).id)
                try await expectQueued(ids.suffix(1), harness)
            }
            if !restarts { try await serve(ids, harness, commands) }
            return ids
        }
        guard restarts else { return }
        try await harness.withDaemon { commands in
            try await harness.lookAround()
            for id in ids.dropFirst() {
                #expect(try await harness.state(of: id) == .requested(queued: true))
                #expect(try await harness.kinds(of: id) == ["requested", "queued"])
            }
            try await serve(ids, harness, commands)
        }
    }

    /// Ends one after the other; each time the next in the queue, and no other, gets its turn.
    private func serve(_ ids: [SessionID], _ harness: Harness, _ commands: SessionCommands) async throws {
        var waiting = ids.dropFirst()
        for id in ids {
            _ = try await commands.end(id, by: Harness.person)
            guard let next = waiting.popFirst() else { return }
            try await harness.waitFor(.ready, of: next)
            try await expectQueued(waiting, harness)
        }
    }

    private func expectQueued(_ ids: ArraySlice<SessionID>, _ harness: Harness) async throws {
        for id in ids {
            try await harness.eventually("\(id) is not in the queue") {
                try await harness.state(of: id) == .requested(queued: true)
            }
        }
    }

    @Test("What was asked for under hardware isolation is not made by a daemon that finds none, and says so")
    func isolation() async throws {
        let harness = try Harness(acceleration: .kvm) {
            $0.isolation = .hardware
            $0.concurrency.perPerson = 1
        }
        await harness.door.keepSilent()
        let (first, second) = try await harness.withDaemon { commands in
            let first = try await commands.create(harness.request(), by: Harness.person).id
            try await harness.eventually("nobody waits for the prompt") { await harness.door.waits == 1 }
            let second = try await commands.create(harness.request(), by: Harness.person).id
            try await expectQueued([second], harness)
            return (first, second)
        }
        try await harness.withDaemon(finding: .tcg) { _ in
            for (id, reason, kind) in [(first, EndReason.startFailed, "failed"), (second, .denied, "denied")] {
                try await harness.waitFor(.tornDown, of: id)
                #expect(try await harness.state(of: id) == .tornDown(reason))
                let line = await harness.store.timeline(of: id, after: 0).first { $0.kind == kind }
                #expect(line?.text.contains("demands hardware isolation") == true)
            }
            #expect(try await harness.kinds(of: second) == ["requested", "queued", "denied", "ended", "tornDown"])
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("An operator's override of the isolation holds over a restart of the daemon")
    func override() async throws {
        let harness = try Harness { $0.isolation = .hardware }
        await harness.door.keepSilent()
        let id = try await harness.withDaemon { commands in
            let id = try await commands.create(harness.request("a demonstration"), by: Harness.chief).id
            try await harness.eventually("nobody waits for the prompt") { await harness.door.waits == 1 }
            return id
        }
        await harness.door.answer()
        try await harness.withDaemon { _ in try await harness.waitFor(.ready, of: id) }
    }

    @Test("A daemon that cannot write its record ends with the reason, and so does who waits for it")
    func cannotStart() async throws {
        let harness = try Harness()
        await harness.store.refuseWrites(with: Failure(.storage, "the disk is full"))
        let service = try await harness.daemon().service
        let early = Task { try await service.waitUntilServing() }
        let ended = await #expect(throws: Failure.self) { try await service.run() }
        let waited = await #expect(throws: Failure.self) { try await early.value }
        let late = await #expect(throws: Failure.self) { try await service.waitUntilServing() }
        for failure in [ended, waited, late] { #expect(failure?.message == "the disk is full") }
    }

    @Test("A daemon that has stopped refuses every command, and stores nothing it would not serve")
    func stopped() async throws {
        let harness = try Harness()
        let daemon = try await harness.daemon()
        let run = Task { try await daemon.service.run() }
        try await daemon.service.waitUntilServing()
        let id = try await daemon.commands.create(harness.request(), by: Harness.person).id
        try await harness.waitFor(.ready, of: id)
        run.cancel()
        try await run.value
        for command in [
            { _ = try await daemon.commands.create(harness.request(), by: Harness.person) },
            { _ = try await daemon.commands.enter(id, by: Harness.person) },
            { _ = try await daemon.commands.end(id, by: Harness.person) },
        ] {
            let failure = await #expect(throws: Failure.self) { try await command() }
            #expect(failure?.code == .wrongState)
            #expect(failure?.message.contains("stopping") == true)
        }
        #expect(await harness.store.openSessions().sessions.map(\.id) == [id])
        #expect(try await harness.state(of: id).kind == .ready)
    }
}

import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("A record that is not as it was left", .timeLimit(.minutes(1)))
struct RecordTests {
    @Test("A session that someone else changed is taken up anew")
    func changed() async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let id = try await commands.create(harness.request(), by: Harness.person).id
            try await harness.waitFor(.ready, of: id)
            _ = try await commands.enter(id, by: Harness.person)
            try await harness.touch(id, commands)
            let failure = await #expect(throws: Failure.self) {
                _ = try await commands.extend(id, by: nil, by: Harness.person)
            }
            #expect(failure?.code == .conflict)
            _ = try await commands.extend(id, by: nil, by: Harness.person)
            try await harness.touch(id, commands)
            try await harness.pass(.seconds(660))
            try await harness.waitFor(.tornDown, of: id, advancing: .milliseconds(200))
            #expect(try await harness.state(of: id) == .tornDown(.expired))
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("A session that is gone from the record is served no longer, and gives its room and machines back")
    func gone() async throws {
        let harness = try Harness {
            $0.concurrency.perPerson = 1
            $0.time.enter = .seconds(3600)
        }
        try await harness.withDaemon { commands in
            let lost = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: lost.id)
            _ = try await commands.enter(lost.id, by: Harness.person)
            let next = try await commands.create(harness.request(), by: Harness.person)
            await harness.store.lose(lost.id)
            try await harness.pass(.seconds(600))
            try await harness.waitFor(.ready, of: next.id, advancing: .milliseconds(200))
            try await harness.lookAround()
            #expect(try await harness.hypervisor.observe().map(\.id) == next.machines.map(\.id))
            #expect(try await harness.disks.observeDisks().map(\.id) == next.machines.map(\.id))
        }
    }

    @Test("What cannot be stored is tried again, less and less often, until it can")
    func backsOff() async throws {
        let harness = try Harness()
        let life = KillSwitch()
        try await harness.withDaemon(life) { commands in
            let id = try await commands.create(harness.request(), by: Harness.person).id
            try await harness.waitFor(.ready, of: id)
            _ = try await commands.enter(id, by: Harness.person)
            life.refuse(["commit finishing"])
            func attempts() -> Int { life.calls.count { $0 == "commit finishing" } }
            // 1, 2, 4, 8, 16 and 32 seconds, then every minute.
            try await harness.pass(.seconds(600 + 300))
            #expect(attempts() <= 12)
            try await harness.eventually("it gave up", advancing: .seconds(1)) { attempts() >= 5 }
            #expect(try await harness.state(of: id).kind == .running)
            life.refuse([])
            try await harness.waitFor(.tornDown, of: id, advancing: .seconds(1))
            #expect(try await harness.state(of: id) == .tornDown(.expired))
        }
    }
}

extension Harness {
    /// Changes a session's record behind the daemon's back.
    fileprivate func touch(_ id: SessionID, _ commands: SessionCommands) async throws {
        _ = try await store.commit(try await store.session(id), records: [], at: commands.now())
    }
}

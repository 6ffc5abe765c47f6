import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("Warm machines", .timeLimit(.minutes(2)))
struct WarmTests {
    /// Waits until the lab's snapshot is there, with as many spares.
    func warmUp(_ harness: Harness, _ daemon: Harness.Daemon, spares: Int = 0) async throws -> SnapshotID {
        try await harness.eventually("it was never warm", advancing: .milliseconds(200)) {
            let status = try await daemon.warm.status(for: Harness.chief)
            return status.allSatisfy { $0.state == .ready && $0.spares == spares } && !status.isEmpty
        }
        let found = try await daemon.warm.status(for: Harness.chief).first?.snapshot
        return try #require(found)
    }

    func lines(of id: SessionID, _ harness: Harness) async -> [String] {
        await harness.store.timeline(of: id, after: 0).map { "\($0.kind) \($0.text)" }
    }

    func ready(_ harness: Harness, _ commands: SessionCommands) async throws -> Session {
        let session = try await commands.create(harness.request(), by: Harness.person)
        try await harness.waitFor(.ready, of: session.id)
        return try await harness.store.session(session.id)
    }

    func end(_ id: SessionID, _ harness: Harness, _ commands: SessionCommands) async throws {
        _ = try await commands.end(id, by: Harness.person)
        try await harness.waitFor(.tornDown, of: id, advancing: .milliseconds(100))
    }

    @Test("A lab's snapshot is built by itself, and its sessions are forked from it and given an identity first")
    func forked() async throws {
        let harness = try Harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            let snapshot = try await warmUp(harness, daemon)
            let session = try await ready(harness, daemon.commands)
            #expect(session.machines.first?.fork == Fork(snapshot))
            #expect(await lines(of: session.id, harness).contains("step fork box"))
            let identities = await harness.agents.identities.filter { $0.machine == session.machines[0].id }
            #expect(identities.count == 1)
            #expect(identities.first?.identity.hostname == "box")
            #expect(identities.first?.identity.machineID?.count == 16)
            #expect(identities.first?.identity.entropy.count == 512)
            try await end(session.id, harness, daemon.commands)
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("A spare is handed out once, brought up to date, and replaced by another")
    func pool() async throws {
        let harness = try Harness(pool: 2)
        try await harness.withWholeDaemon { daemon in
            let snapshot = try await warmUp(harness, daemon, spares: 2)
            let spares = await harness.store.unowned().map(\.id)
            #expect(spares.count == 2)
            var used: Set<MachineID> = []
            for _ in 0..<3 {
                let session = try await ready(harness, daemon.commands)
                let machine = try #require(session.machines.first)
                #expect(machine.session == session.id && machine.role == .member && machine.name == "box")
                #expect(used.insert(machine.id).inserted, "a machine was handed out twice")
                let identities = await harness.agents.identities.filter { $0.machine == machine.id }.map(\.identity)
                // Once when it was made, and once more when it was claimed: its clock and its randomness alone.
                #expect(identities.map { $0.machineID != nil } == [true, false])
                #expect(identities.first?.entropy != identities.last?.entropy)
                let observed = try await harness.hypervisor.observe().first { $0.id == machine.id }
                #expect(observed?.activity == .running && observed?.session == session.id)
                try await end(session.id, harness, daemon.commands)
                _ = try await warmUp(harness, daemon, spares: 2)
            }
            #expect(used.isSuperset(of: spares))
            try await daemon.warm.remove(snapshot, by: Harness.chief)
        }
    }

    @Test("A spare that dies is replaced, and one that died unnoticed costs a session nothing but a fork")
    func deadSpares() async throws {
        let harness = try Harness(pool: 1)
        try await harness.withWholeDaemon { daemon in
            _ = try await warmUp(harness, daemon, spares: 1)
            let first = try #require(await harness.store.unowned().first?.id)
            await harness.hypervisor.end(first, .crashed)
            try await harness.eventually("it was not replaced", advancing: .milliseconds(200)) {
                let spares = await harness.store.unowned().map(\.id)
                return spares.count == 1 && spares != [first]
            }
            let second = try #require(await harness.store.unowned().first?.id)
            // Gone without a word: nobody tells the pool.
            try await harness.hypervisor.destroy(second)
            let session = try await ready(harness, daemon.commands)
            #expect(session.machines.first?.fork != nil)
            #expect(await !lines(of: session.id, harness).contains { $0.hasPrefix("coldBoot") })
            try await end(session.id, harness, daemon.commands)
        }
    }

    @Test("A reset on a host without room for both machines ends the old one first")
    func crampedReset() async throws {
        let harness = try Harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            _ = try await warmUp(harness, daemon)
            let session = try await ready(harness, daemon.commands)
            _ = try await daemon.commands.enter(session.id, by: Harness.person)
            await harness.gauge.set(HostCapacity(memory: Admission.memoryReserve, disk: .gibibytes(500)))
            await harness.hypervisor.hold(.start)
            _ = try await daemon.commands.reset(session.id, by: Harness.person)
            try await harness.eventually("nothing starts") { await harness.hypervisor.waiting(for: .start) == 1 }
            #expect(try await harness.hypervisor.observe().isEmpty)
            await harness.hypervisor.release(.start)
            try await harness.eventually("it was not reset", advancing: .milliseconds(50)) {
                try await harness.kinds(of: session.id).count { $0 == "ready" } == 2
            }
            #expect(await harness.door.moves.count == 1)
            try await end(session.id, harness, daemon.commands)
        }
    }

    @Test("A snapshot that cannot be loaded is one line, a cold boot and a new snapshot")
    func unloadable() async throws {
        let harness = try Harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            let snapshot = try await warmUp(harness, daemon)
            await harness.hypervisor.failNext(.start, with: Failure(.snapshotUnusable, "another version wrote it"))
            let session = try await ready(harness, daemon.commands)
            #expect(session.machines.first?.fork == nil)
            let told = await lines(of: session.id, harness).filter { $0.hasPrefix("coldBoot") }
            #expect(told == ["coldBoot box is booted from its image: another version wrote it"])
            try await harness.eventually("it was not built again", advancing: .milliseconds(200)) {
                let now = try await daemon.warm.status(for: Harness.chief).first
                return now?.state == .ready && now?.snapshot != snapshot
            }
            try await end(session.id, harness, daemon.commands)
            // The bad one went with the build of the good one.
            #expect(try await daemon.warm.snapshots(for: Harness.chief).snapshots.count == 1)
            #expect(try await daemon.warm.collectGarbage(by: Harness.chief) == [])
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("A snapshot that cannot be built is given up after three attempts, until it is asked for")
    func unbuildable() async throws {
        let harness = try Harness(pool: 0)
        await harness.agents.fail(.settle, times: 4, with: Failure(.guestSilent, "it never comes to rest"))
        try await harness.withWholeDaemon { daemon in
            try await harness.eventually("it was never given up", advancing: .seconds(1)) {
                guard await harness.agents.failed == 3 else { return false }
                return try await daemon.warm.status(for: Harness.chief).map(\.state) == [
                    .failed("it never comes to rest")
                ]
            }
            harness.clock.advance(by: .seconds(3600))
            let session = try await ready(harness, daemon.commands)
            #expect(session.machines.first?.fork == nil)
            let status = try await daemon.warm.status(for: Harness.chief)
            #expect(status.map(\.state) == [.failed("it never comes to rest")])
            let lab = try harness.request().lab
            let failure = await #expect(throws: Failure.self) {
                _ = try await daemon.warm.build(lab, replacing: false, by: Harness.chief) { _ in }
            }
            #expect(failure?.code == .guestSilent)
            let built = try await daemon.warm.build(lab, replacing: false, by: Harness.chief) { _ in }
            #expect(built.map(\.state) == [.ready])
            try await end(session.id, harness, daemon.commands)
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("A reset gives a fresh machine at the same deadline and moves the terminals", arguments: [0, 1])
    func reset(pool: Int) async throws {
        let harness = try Harness(pool: pool)
        try await harness.withWholeDaemon { daemon in
            _ = try await warmUp(harness, daemon, spares: pool)
            let session = try await ready(harness, daemon.commands)
            let entered = try await daemon.commands.enter(session.id, by: Harness.person)
            _ = try await warmUp(harness, daemon, spares: pool)
            _ = try await daemon.commands.reset(session.id, by: Harness.person)
            try await harness.eventually("it was not reset", advancing: .milliseconds(50)) {
                try await harness.kinds(of: session.id).count { $0 == "ready" } == 2
            }
            let after = try await harness.store.session(session.id)
            #expect(after.lifecycle.nextDue == entered.lifecycle.nextDue)
            let (old, new) = (session.machines[0].id, after.machines[0].id)
            #expect(old != new)
            #expect(await harness.door.moves.map { [$0.old, $0.new] } == [[old, new]])
            try await harness.eventually("the old one stays", advancing: .milliseconds(50)) {
                let observed = try await harness.hypervisor.observe()
                return !observed.contains { $0.id == old }
            }
            try await end(session.id, harness, daemon.commands)
        }
    }

    @Test("A reset that cannot be done ends the session with the reason")
    func failedReset() async throws {
        let harness = try Harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            _ = try await warmUp(harness, daemon)
            let session = try await ready(harness, daemon.commands)
            _ = try await daemon.commands.enter(session.id, by: Harness.person)
            await harness.disks.fail(.makeDisk, .beforeEffect, times: 2, with: Failure(.storage, "the disk is full"))
            _ = try await daemon.commands.reset(session.id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(100))
            #expect(try await harness.state(of: session.id) == .tornDown(.fault))
            #expect(await lines(of: session.id, harness).contains("failed the disk is full"))
            try await harness.eventually("something stays", advancing: .seconds(1)) {
                try await harness.leftovers().isEmpty
            }
        }
    }

    @Test("A paused session sleeps on disk, also while the daemon is started anew, and goes on where it was")
    func hibernation() async throws {
        let harness = try Harness(pool: 0)
        let id = try await harness.withWholeDaemon { daemon in
            _ = try await warmUp(harness, daemon)
            let session = try await ready(harness, daemon.commands)
            _ = try await daemon.commands.enter(session.id, by: Harness.person)
            _ = try await daemon.commands.pause(session.id, by: Harness.person)
            try await harness.eventually("it was not saved") {
                guard try await harness.hypervisor.observe().isEmpty else { return false }
                return try await harness.disks.observeDisks().map(\.isSaved) == [true]
            }
            return session.id
        }
        try await harness.withWholeDaemon { daemon in
            try await harness.lookAround()
            #expect(try await harness.state(of: id).kind == .paused)
            #expect(try await harness.hypervisor.observe().isEmpty)
            _ = try await daemon.commands.resume(id, by: Harness.person)
            try await harness.eventually("it was not woken") {
                guard try await harness.hypervisor.observe().map(\.activity) == [.running] else { return false }
                return try await harness.disks.observeDisks().map(\.isSaved) == [false]
            }
            // It keeps its secrets: only clock and randomness are new.
            try await harness.eventually("its clock was not set") { await harness.agents.identities.count == 2 }
            #expect(await harness.agents.identities.last?.identity.machineID == nil)
            #expect(await harness.agents.identities.last?.identity.entropy.count == 512)
            try await end(id, harness, daemon.commands)
            #expect(try await harness.leftovers() == [])
        }
    }

    /// A session that was paused and is woken while its agent does not answer.
    private func woken(
        failing times: Int,
        _ harness: Harness,
        _ daemon: Harness.Daemon,
    ) async throws -> Session {
        _ = try await warmUp(harness, daemon)
        let session = try await ready(harness, daemon.commands)
        _ = try await daemon.commands.enter(session.id, by: Harness.person)
        _ = try await daemon.commands.pause(session.id, by: Harness.person)
        try await harness.eventually("it was not saved") { try await harness.hypervisor.observe().isEmpty }
        let silence = Failure(.guestSilent, "the test wants it silent")
        await harness.agents.fail(.identify, times: times, with: silence)
        _ = try await daemon.commands.resume(session.id, by: Harness.person)
        try await harness.eventually("it was not asked") { await harness.agents.failed == 1 }
        return session
    }

    @Test("A machine that does not answer when it is woken is asked again, a few times", arguments: [2, 5])
    func lateRefresh(failing times: Int) async throws {
        let harness = try Harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            let session = try await woken(failing: times, harness, daemon)
            if times < 5 {
                try await harness.eventually("its clock was not set", advancing: .milliseconds(200)) {
                    await harness.agents.identities.count == 2
                }
                #expect(await harness.agents.identities.last?.machine == session.machines[0].id)
                #expect(await harness.agents.identities.last?.identity.entropy.count == 512)
            } else {
                try await harness.eventually("it was given up early", advancing: .milliseconds(200)) {
                    await harness.agents.failed == 5
                }
                for _ in 0..<20 { try await harness.pass(.seconds(5)) }
                // It would have been set now.
                #expect(await harness.agents.identities.count == 1)
            }
            try await end(session.id, harness, daemon.commands)
        }
    }

    @Test("A machine that sleeps again or is replaced is not asked again", arguments: [true, false])
    func noRefresh(sleeps: Bool) async throws {
        let harness = try Harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            let session = try await woken(failing: 1, harness, daemon)
            if sleeps {
                _ = try await daemon.commands.pause(session.id, by: Harness.person)
                try await harness.eventually("it was not saved") { try await harness.hypervisor.observe().isEmpty }
            } else {
                _ = try await daemon.commands.reset(session.id, by: Harness.person)
                try await harness.eventually("it was not reset") {
                    try await harness.kinds(of: session.id).count { $0 == "ready" } == 2
                }
            }
            for _ in 0..<20 { try await harness.pass(.seconds(5)) }
            // Once, when it was made.
            let machine = session.machines.first?.id
            #expect(await harness.agents.identities.count { $0.machine == machine } == 1)
            try await end(session.id, harness, daemon.commands)
        }
    }

    @Test("A machine that cannot be saved sleeps in memory", arguments: [false, true])
    func unsaved(onDisk: Bool) async throws {
        let harness = try Harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            _ = try await warmUp(harness, daemon)
            let session = try await ready(harness, daemon.commands)
            _ = try await daemon.commands.enter(session.id, by: Harness.person)
            let full = Failure(.storage, "the disk is full")
            if onDisk {
                await harness.disks.fail(.prepareSave, .beforeEffect, with: full)
            } else {
                await harness.hypervisor.failNext(.save, .beforeEffect, with: full)
            }
            _ = try await daemon.commands.pause(session.id, by: Harness.person)
            try await harness.eventually("it does not stand still") {
                try await harness.hypervisor.observe().map(\.activity) == [.suspended]
            }
            try await harness.lookAround()
            #expect(try await harness.hypervisor.observe().map(\.activity) == [.suspended])
            _ = try await daemon.commands.resume(session.id, by: Harness.person)
            try await harness.eventually("it does not go on") {
                try await harness.hypervisor.observe().map(\.activity) == [.running]
            }
            try await end(session.id, harness, daemon.commands)
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("A machine that cannot be woken now sleeps on; one whose saved state is of no use ends its session")
    func unwoken() async throws {
        let harness = try Harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            _ = try await warmUp(harness, daemon)
            let session = try await ready(harness, daemon.commands)
            _ = try await daemon.commands.enter(session.id, by: Harness.person)
            _ = try await daemon.commands.pause(session.id, by: Harness.person)
            try await harness.eventually("it was not saved") { try await harness.hypervisor.observe().isEmpty }
            await harness.hypervisor.failNext(.restore, with: Failure(.hypervisor, "libvirt is away"))
            _ = try await daemon.commands.resume(session.id, by: Harness.person)
            try await harness.eventually("it does not sleep on") {
                await lines(of: session.id, harness).contains("failed libvirt is away")
            }
            #expect(try await harness.state(of: session.id).kind == .paused)
            #expect(try await harness.disks.observeDisks().map(\.isSaved) == [true])
            let useless = Failure(.snapshotUnusable, "it cannot be read")
            await harness.hypervisor.failNext(.restore, with: useless)
            _ = try await daemon.commands.resume(session.id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(100))
            #expect(try await harness.state(of: session.id) == .tornDown(.fault))
            #expect(await lines(of: session.id, harness).contains("failed it cannot be read"))
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("With whom memory is shared is up to the policy", arguments: Sharing.allCases)
    func sharing(rule: Sharing) async throws {
        let harness = try Harness(pool: 0) { $0.sharing = rule }
        let cohort = try #require(CohortID("class-7"))
        try await harness.withWholeDaemon { daemon in
            let snapshot = try await warmUp(harness, daemon)
            for asked in [nil, cohort] {
                var request = try harness.request()
                request.cohort = asked
                let session = try await daemon.commands.create(request, by: Harness.chief)
                try await harness.waitFor(.ready, of: session.id)
                let expected: Fork.Memory =
                    switch (rule, asked) {
                    case (.lab, _): .lab
                    case (.cohort, .some): .cohort(cohort)
                    case (.cohort, nil), (.none, _): .machine
                    }
                let machines = try await harness.store.session(session.id).machines
                #expect(machines.map(\.fork) == [Fork(snapshot, memory: expected)])
                _ = try await daemon.commands.end(session.id, by: Harness.chief)
                try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(100))
            }
            var request = try harness.request()
            request.cohort = cohort
            let refused = await #expect(throws: Failure.self) {
                _ = try await daemon.commands.create(request, by: Harness.person)
            }
            #expect(refused?.code == .forbidden)
        }
    }

    @Test("Only operators look after snapshots, and one that is stood on stays")
    func administration() async throws {
        let harness = try Harness(pool: 1)
        try await harness.withWholeDaemon { daemon in
            let snapshot = try await warmUp(harness, daemon, spares: 1)
            let refused = await #expect(throws: Failure.self) { _ = try await daemon.warm.status(for: Harness.person) }
            #expect(refused?.code == .forbidden)
            let session = try await ready(harness, daemon.commands)
            let inUse = await #expect(throws: Failure.self) {
                try await daemon.warm.remove(snapshot, by: Harness.chief)
            }
            #expect(inUse?.code == .inUse)
            try await end(session.id, harness, daemon.commands)
            try await daemon.warm.remove(snapshot, by: Harness.chief)
            let gone = await #expect(throws: Failure.self) {
                try await daemon.warm.remove(snapshot, by: Harness.chief)
            }
            #expect(gone?.code == .notFound)
        }
    }
}

import SessionEngine
import SessionModel
import TestKit
import Testing

// When spares go, and when they come back.

extension WarmTests {
    @Test("A spare makes way for a session that would have to wait, and comes back when there is room")
    func makesWay() async throws {
        let harness = try Harness(pool: 1)
        try await harness.withWholeDaemon { daemon in
            _ = try await warmUp(harness, daemon, spares: 1)
            let ceiling = try harness.spare(.example(1)).specification.memoryCeiling
            // Room for two machines and a part of a third.
            let memory = Admission.memoryReserve + ceiling + ceiling + ByteCount.mebibytes(100)
            await harness.gauge.charge(ceiling, perMachineOf: harness.hypervisor)
            await harness.gauge.set(HostCapacity(memory: memory, disk: .gibibytes(500)))
            let first = try await ready(harness, daemon.commands)
            _ = try await warmUp(harness, daemon, spares: 1)
            let second = try await ready(harness, daemon.commands)
            let spares = await harness.store.unowned()
            #expect(spares.isEmpty)
            #expect(try await harness.hypervisor.observe().allSatisfy { $0.session != nil })
            try await end(first.id, harness, daemon.commands)
            _ = try await warmUp(harness, daemon, spares: 1)
            try await end(second.id, harness, daemon.commands)
        }
    }

    @Test("A spare stays while what is lacking is not its memory")
    func staysInVain() async throws {
        let harness = try Harness(pool: 1)
        try await harness.withWholeDaemon { daemon in
            _ = try await warmUp(harness, daemon, spares: 1)
            let other = try await ready(harness, daemon.commands)
            _ = try await warmUp(harness, daemon, spares: 1)
            let total = ByteCount.gibibytes(500)
            await harness.gauge.set(HostCapacity(memory: .gibibytes(64), disk: .gibibytes(5), diskTotal: total))
            let session = try await daemon.commands.create(harness.request(), by: Harness.person)
            try await harness.eventually("it does not wait", advancing: .milliseconds(100)) {
                try await harness.state(of: session.id) == .requested(queued: true)
            }
            #expect(await harness.store.unowned().count == 1)
            await harness.gauge.set(HostCapacity(memory: .gibibytes(64), disk: total))
            try await harness.waitFor(.ready, of: session.id, advancing: .seconds(1))
            for id in [session.id, other.id] { try await end(id, harness, daemon.commands) }
        }
    }

    @Test("Snapshots that are built again and again and never work are given up, and shown as that")
    func neverWorks() async throws {
        let harness = try Harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            for _ in 0..<3 {
                _ = try await warmUp(harness, daemon)
                await harness.hypervisor.failNext(.start, with: Failure(.snapshotUnusable, "it cannot be loaded"))
                let session = try await ready(harness, daemon.commands)
                #expect(session.machines.first?.fork == nil)
                try await end(session.id, harness, daemon.commands)
            }
            try await harness.eventually("it is not shown", advancing: .milliseconds(200)) {
                try await daemon.warm.status(for: Harness.chief).first?.state
                    == .failed("3 snapshots were built and none could be forked")
            }
            let built = try await daemon.warm.build(harness.request().lab, replacing: false, by: Harness.chief) { _ in }
            #expect(built.map(\.state) == [.ready])
        }
    }

    @Test("A spare that died unheard and was removed by the reconciler is replaced")
    func ghost() async throws {
        let harness = try Harness(pool: 1)
        try await harness.withWholeDaemon { daemon in
            _ = try await warmUp(harness, daemon, spares: 1)
            let first = try #require(await harness.store.unowned().first?.id)
            try await harness.hypervisor.destroy(first)
            try await harness.eventually("it was not replaced", advancing: .seconds(1)) {
                let (spares, alive) = (await harness.store.unowned(), try await harness.hypervisor.observe())
                return spares.count == 1 && spares.first?.id != first && alive.map(\.activity) == [.suspended]
            }
        }
    }

    @Test("A spare that could not be removed goes with the next look")
    func stubbornSpare() async throws {
        let harness = try Harness(pool: 1)
        try await harness.withWholeDaemon { daemon in
            let snapshot = try await warmUp(harness, daemon, spares: 1)
            await harness.hypervisor.failNext(.destroy)
            // The snapshot it stands on stays too.
            await #expect(throws: Failure.self) { try await daemon.warm.remove(snapshot, by: Harness.chief) }
            try await harness.eventually("the old one stays", advancing: .seconds(1)) {
                let spares = await harness.store.unowned()
                return try await harness.hypervisor.observe().count == 1
                    && spares.allSatisfy { $0.fork?.snapshot != snapshot }
            }
            _ = try await daemon.warm.collectGarbage(by: Harness.chief)
            #expect(try await daemon.warm.snapshots(for: Harness.chief).snapshots.allSatisfy { $0.id != snapshot })
        }
    }

    @Test("Where nothing is kept warm, an earlier daemon's spares are leftovers")
    func unwantedSpares() async throws {
        let harness = try Harness(pool: 1)
        try await harness.withWholeDaemon { daemon in _ = try await warmUp(harness, daemon, spares: 1) }
        #expect(await harness.store.unowned().count == 1)
        try await harness.withWholeDaemon(keepingWarm: false) { _ in
            try await harness.eventually("it stays", advancing: .seconds(1)) { await harness.store.unowned().isEmpty }
            #expect(try await harness.hypervisor.observe().isEmpty)
        }
    }
}

import SessionModel
import TestKit
import Testing

@testable import SessionEngine

/// Machines that die, or have no room, while they are made warm.
@Suite("Machines lost while they are made warm", .timeLimit(.minutes(1)))
struct WarmLossTests {
    @Test("A fork that dies before it answers is booted from its image at once, and its session goes on")
    func fork() async throws {
        let harness = try Harness(pool: 0)
        try await harness.withWholeDaemon { daemon in
            try await harness.eventually("it was never warm", advancing: .milliseconds(200)) {
                try await daemon.warm.status(for: Harness.chief).first?.state == .ready
            }
            await harness.door.keepSilent()
            let session = try await daemon.commands.create(harness.request(), by: Harness.person)
            try await harness.eventually("it was not forked", advancing: .zero) { await harness.door.waits == 1 }
            let machine = try #require(try await harness.store.session(session.id).machines.first)
            #expect(machine.fork != nil)
            await harness.hypervisor.end(machine.id, .crashed)
            // By the clock no time passes: it is not waited for.
            try await harness.eventually("it is not booted", advancing: .zero) {
                guard await harness.door.waits == 1 else { return false }
                return await harness.hypervisor.machine(machine.id).map { $0.fork == nil } == true
            }
            await harness.door.answer()
            try await harness.waitFor(.ready, of: session.id)
            let told = await harness.store.timeline(of: session.id, after: 0).filter { $0.kind == "coldBoot" }
            #expect(told.map(\.text) == ["box is booted from its image: box crashed before it answered"])
            _ = try await daemon.commands.end(session.id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(100))
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("Whoever removes an image waits for no snapshot that is being built of it, and whoever ordered that is told")
    func released() async throws {
        let harness = try Harness(pool: 0)
        await harness.door.keepSilent()
        try await harness.withWholeDaemon { daemon in
            let image = ImageID(unchecked: "debian-13")
            try await harness.eventually("nothing is built", advancing: .zero) { await harness.door.waits == 1 }
            // By the clock no time passes: it is not waited for.
            await daemon.warm.release(image)
            let isLeft = try await harness.leftovers()
            #expect(isLeft == [])
            #expect(try await harness.snapshots.snapshots().snapshots.isEmpty)
            await harness.door.answer()
            await daemon.warm.reclaim(image)
            try await harness.eventually("it is not built afterwards", advancing: .milliseconds(200)) {
                try await daemon.warm.status(for: Harness.chief).allSatisfy { $0.state == .ready }
            }
        }
    }

    @Test("A template that dies fails its build at once, and says so")
    func template() async throws {
        let harness = try Harness(pool: 0)
        await harness.door.keepSilent()
        try await harness.withWholeDaemon { daemon in
            try await harness.eventually("nothing is built", advancing: .milliseconds(200)) {
                await harness.door.waits == 1
            }
            let template = try #require(try await harness.hypervisor.observe().first)
            await harness.hypervisor.end(template.id, .crashed)
            try await harness.eventually("it goes on", advancing: .zero) {
                let state = try await daemon.warm.status(for: Harness.chief).first?.state
                return state == .failed("box crashed before it answered")
            }
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("What a build made is removed also when nothing can be recorded, so that a full disk has room again")
    func unrecordable() async throws {
        let harness = try Harness(pool: 0)
        await harness.door.keepSilent()
        try await harness.withWholeDaemon { daemon in
            try await harness.eventually("nothing is built", advancing: .milliseconds(200)) {
                await harness.door.waits == 1
            }
            let template = try #require(try await harness.hypervisor.observe().first)
            await harness.store.refuseWrites(with: Failure(.storage, "the disk is full"))
            await harness.hypervisor.end(template.id, .crashed)
            try await harness.eventually("its disk stays", advancing: .zero) {
                try await harness.disks.observeDisks().isEmpty
            }
            await harness.store.refuseWrites(with: nil)
            try await harness.eventually("it stays in the record", advancing: .milliseconds(200)) {
                await !harness.store.unowned().contains { $0.id == template.id }
            }
        }
    }

    @Test("A build that fails on a full disk says so, and is never given up")
    func fullDisk() async throws {
        let harness = try Harness(pool: 0)
        await harness.door.keepSilent()
        try await harness.withWholeDaemon { daemon in
            // As often as other builds are tried, and once more.
            for _ in 0...SnapshotOutcomes.retries.count {
                try await harness.eventually("nothing is built", advancing: .seconds(10)) {
                    await harness.door.waits == 1
                }
                let template = try #require(try await harness.hypervisor.observe().first)
                await harness.gauge.set(HostCapacity(memory: .gibibytes(64), disk: .mebibytes(8)))
                await harness.hypervisor.end(template.id, .crashed)
                try await harness.eventually("it goes on", advancing: .zero) {
                    let state = try await daemon.warm.status(for: Harness.chief).first?.state
                    return state == .failed("the disk is full (8 MiB are free): box crashed before it answered")
                }
                await harness.gauge.set(HostCapacity(memory: .gibibytes(64), disk: .gibibytes(500)))
            }
            await harness.door.answer()
            try await harness.eventually("it is given up", advancing: .seconds(10)) {
                try await daemon.warm.status(for: Harness.chief).first?.state == .ready
            }
            #expect(try await harness.leftovers() == [])
        }
    }
}

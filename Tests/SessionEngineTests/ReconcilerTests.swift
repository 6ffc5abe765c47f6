import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("The host and the record", .timeLimit(.minutes(1)))
struct ReconcilerTests {
    private let id = MachineID.example(2)

    @Test("Leftovers that carry our mark are removed; a spare is kept, and removed once it is broken")
    func leftovers() async throws {
        let harness = try Harness()
        let leftover = try harness.leftover(1)
        try await harness.disks.makeDisk(for: leftover)
        try await harness.hypervisor.start(leftover)
        try await harness.withWholeDaemon { daemon in
            #expect(try await harness.leftovers() == [])
            try await harness.makeSpare(id, in: daemon)
            try await harness.lookAround()
        }
        try await harness.withDaemon { _ in
            try await harness.lookAround()
            #expect(try await harness.hypervisor.observe().map(\.id) == [id])
            #expect(try await harness.disks.observeDisks().map(\.id) == [id])
            try await harness.breakSpare(id)
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("A spare in the middle of its boot is left alone by who looks meanwhile")
    func bootingSpare() async throws {
        let harness = try Harness()
        await harness.hypervisor.hold(.start)
        try await harness.withWholeDaemon { daemon in
            async let made: Void = harness.makeSpare(id, in: daemon)
            try await harness.eventually("nothing starts") { await harness.hypervisor.waiting(for: .start) == 1 }
            try await harness.lookAround()
            #expect(await harness.store.steps(of: id) == [.reserve: .done, .overlay: .done, .boot: .begun])
            #expect(try await harness.disks.observeDisks().map(\.id) == [id])
            await harness.hypervisor.release(.start)
            try await made
            try await harness.lookAround()
            #expect(try await harness.hypervisor.observe().map(\.activity) == [.suspended])
            #expect(await harness.store.unowned().map(\.id) == [id])
        }
    }

    @Test("A session that became ready while the host was looked at is not taken for gone")
    func lateLook() async throws {
        let harness = try Harness { $0.time.enter = .seconds(3600) }
        await harness.hypervisor.hold(.start)
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.eventually("nothing starts") { await harness.hypervisor.waiting(for: .start) == 1 }
            await harness.hypervisor.hold(.observe)
            try await harness.eventually("nobody looks at the host", advancing: .seconds(1)) {
                await harness.hypervisor.waiting(for: .observe) == 1
            }
            await harness.hypervisor.release(.start)
            try await harness.waitFor(.ready, of: session.id)
            await harness.hypervisor.release(.observe)
            try await harness.lookAround()
            #expect(try await harness.state(of: session.id).kind == .ready)
        }
    }

    @Test("A leftover that cannot be removed holds up no other, and goes the next time")
    func badLeftover() async throws {
        let harness = try Harness()
        for number in 10...11 { try await harness.disks.makeDisk(for: harness.leftover(number)) }
        await harness.door.failNext(with: Failure(.guestSilent, "no prompt"))
        try await harness.withWholeDaemon { daemon in
            await #expect(throws: Failure.self) { try await harness.makeSpare(id, in: daemon) }
            // The first of each kind: the domain of the half-made spare, and a disk.
            await harness.hypervisor.failNext(.destroy)
            await harness.disks.fail(.removeDisk, .beforeEffect)
        }
        for number in 10...11 { try await harness.disks.makeDisk(for: harness.leftover(number)) }
        try await harness.withDaemon { _ in
            let disks = try await harness.disks.observeDisks().map(\.id)
            #expect(disks.count == 2 && disks.contains(id), "\(disks)")
            #expect(await harness.store.unowned().map(\.id) == [id])
            try await harness.lookAround()
            #expect(try await harness.leftovers() == [])
        }
    }
}

extension Harness {
    /// A machine of a session that nobody knows.
    fileprivate func leftover(_ number: Int) throws -> Machine {
        let specification = try spare(.example(number)).specification
        let owner = SessionID("zzzzzzzzzz")
        return Machine(id: .example(number), session: owner, name: "box", specification: specification, userID: 7001)
    }
}

import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("A session's life", .timeLimit(.minutes(1)))
struct SessionLifeTests {
    @Test("A lab by which people are assessed is in nobody's catalogue, nor is it named to those who guess")
    func assessment() async throws {
        let harness = try Harness()
        harness.catalogue.change { $0.description.audience = .assessment }
        let (id, guess) = (try #require(LabID("first-steps")), try #require(LabID("first-step")))
        try await harness.withDaemon { commands in
            for name in [id, guess] {
                let failure = await #expect(throws: Failure.self) { try await commands.lab(name, for: Harness.person) }
                #expect(failure?.code == .notFound)
                #expect(failure?.message == "there is no lab \"\(name)\" that could be used")
            }
            #expect(try await commands.lab(id, for: Harness.chief).id == id)
            // Whoever is told its name may start it.
            _ = try await commands.create(harness.request(), by: Harness.person)
        }
    }

    @Test("It is made, entered, warned, expires and leaves nothing but its record")
    func wholeLife() async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            _ = try await commands.enter(session.id, by: Harness.person)
            try await harness.pass(.seconds(535))
            #expect(try await harness.kinds(of: session.id).last == "entered")
            try await harness.pass(.seconds(5))
            try await harness.eventually("no warning came", advancing: .milliseconds(20)) {
                try await harness.kinds(of: session.id).last == "warned"
            }
            try await harness.pass(.seconds(60))
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(20))
            #expect(try await harness.state(of: session.id) == .tornDown(.expired))
            #expect(
                try await harness.kinds(of: session.id) == [
                    "requested", "admitted", "step", "step", "step", "step", "ready", "entered", "warned", "finishing",
                    "ended", "undone", "undone", "undone", "undone", "tornDown",
                ]
            )
            #expect(await harness.door.notices[session.id] == [.timeLeft(.seconds(60)), .ended(.expired)])
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("The deadline starts when it is entered: waiting before that costs nothing")
    func deadline() async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            harness.clock.advance(by: .seconds(5))
            let entered = try await commands.enter(session.id, by: Harness.person)
            #expect(entered.lifecycle.remaining(at: commands.now().service) == .seconds(600))
        }
    }

    @Test("A stop is heard while a boot is in flight")
    func stopDuringBoot() async throws {
        let harness = try Harness()
        await harness.door.keepSilent()
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.eventually("nobody waits for the prompt") { await harness.door.waits == 1 }
            let ended = try await commands.end(session.id, by: Harness.person)
            #expect(ended.lifecycle.state == .ended(.stopped))
            try await harness.waitFor(.tornDown, of: session.id)
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("A machine that goes away ends its session with the right reason", arguments: MachineExit.allCases)
    func exits(exit: MachineExit) async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            _ = try await commands.enter(session.id, by: Harness.person)
            await harness.hypervisor.end(session.machines[0].id, exit)
            try await harness.waitFor(.tornDown, of: session.id)
            let expected: EndReason =
                switch exit {
                case .poweredOff: .guestPoweredOff
                case .crashed: .guestCrashed
                case .vanished: .fault
                }
            #expect(try await harness.state(of: session.id) == .tornDown(expected))
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("Another session's machine going away is nobody else's business")
    func otherExit() async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let one = try await commands.create(harness.request(), by: Harness.person)
            let two = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: one.id)
            try await harness.waitFor(.ready, of: two.id)
            await harness.hypervisor.end(one.machines[0].id, .crashed)
            try await harness.waitFor(.tornDown, of: one.id)
            #expect(try await harness.state(of: two.id).kind == .ready)
        }
    }

    @Test("The final disk is kept where the policy says so, and only after someone worked", arguments: [true, false])
    func keepDisk(entered: Bool) async throws {
        let harness = try Harness { $0.keep.disk = true }
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            if entered { _ = try await commands.enter(session.id, by: Harness.person) }
            if entered {
                _ = try await commands.end(session.id, by: Harness.person)
            } else {
                harness.clock.advance(by: .seconds(121))
            }
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(100))
            #expect(await harness.disks.evidence.keys.contains(session.id) == entered)
            #expect(try await harness.kinds(of: session.id).contains("diskKept") == entered)
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test("A kept disk that was tampered with is not called evidence")
    func tamperedDisk() async throws {
        let harness = try Harness { $0.keep.disk = true }
        await harness.disks.spoil("it names a stranger's file")
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            _ = try await commands.enter(session.id, by: Harness.person)
            _ = try await commands.end(session.id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(100))
            let told = await harness.store.timeline(of: session.id, after: 0).filter { $0.kind == "diskKept" }
            let text = "the final disk of box is set aside and is no evidence: it names a stranger's file"
            #expect(told.map(\.text) == [text])
        }
    }

    @Test("What the host can never hold is denied with the reason, and nothing was made")
    func denied() async throws {
        let harness = try Harness()
        await harness.gauge.set(HostCapacity(memory: .mebibytes(600), disk: .gibibytes(500)))
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id)
            #expect(try await harness.state(of: session.id) == .tornDown(.denied))
            #expect(try await harness.kinds(of: session.id) == ["requested", "denied", "ended", "tornDown"])
        }
    }

    @Test("Nobody sees, changes or lists a stranger's session; an operator does")
    func strangers() async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            func expectNotFound(_ body: () async throws -> Void) async {
                let failure = await #expect(throws: Failure.self) { try await body() }
                #expect(failure?.code == .notFound)
            }
            await expectNotFound { _ = try await commands.session(session.id, for: Harness.stranger) }
            await expectNotFound { _ = try await commands.enter(session.id, by: Harness.stranger) }
            await expectNotFound { _ = try await commands.extend(session.id, by: nil, by: Harness.stranger) }
            await expectNotFound { _ = try await commands.end(session.id, by: Harness.stranger) }
            await expectNotFound { _ = try await commands.timeline(of: session.id, after: 0, for: Harness.stranger) }
            await expectNotFound { _ = try await commands.tail(of: session.id, for: Harness.stranger) }
            let theirs = try await commands.sessions(SessionFilter(), after: nil, limit: 10, for: Harness.stranger)
            #expect(theirs.sessions.isEmpty)
            let all = try await commands.sessions(SessionFilter(), after: nil, limit: 10, for: Harness.chief)
            #expect(all.sessions.map(\.id) == [session.id])
            _ = try await commands.end(session.id, by: Harness.chief)
        }
    }

    @Test("A policy that demands hardware is refused under emulation, unless an operator says why, which is recorded")
    func isolation() async throws {
        let harness = try Harness { $0.isolation = .hardware }
        try await harness.withDaemon { commands in
            for (principal, why, code) in [
                (Harness.person, nil, FailureCode.policyRefused), (Harness.person, "please", .forbidden),
                (Harness.chief, "", .invalidInput),
            ] as [(Principal, String?, FailureCode)] {
                let failure = await #expect(throws: Failure.self) {
                    _ = try await commands.create(harness.request(why), by: principal)
                }
                #expect(failure?.code == code)
            }
            let session = try await commands.create(harness.request("a demonstration"), by: Harness.chief)
            #expect(session.isolationOverride == "a demonstration")
            try await harness.waitFor(.ready, of: session.id)
            #expect(try await harness.kinds(of: session.id).prefix(2) == ["requested", "overridden"])
        }
        let hardware = try Harness(acceleration: .kvm) { $0.isolation = .hardware }
        try await hardware.withDaemon { commands in
            let session = try await commands.create(hardware.request(), by: Harness.person)
            #expect(session.isolationOverride == nil)
        }
    }
}

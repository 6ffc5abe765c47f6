import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("Crashes while machines are kept warm", .timeLimit(.minutes(4)))
struct WarmCrashTests {
    /// A snapshot is built and a spare made; a session claims it, is reset, sleeps, wakes and ends.
    private func live(_ harness: Harness, _ daemon: Harness.Daemon) async throws {
        try await harness.eventually("it was never warm", advancing: .milliseconds(100)) {
            let status = try await daemon.warm.status(for: Harness.chief)
            return status.first?.state == .ready && status.first?.spares == 1
        }
        let id = try await daemon.commands.create(harness.request(), by: Harness.person).id
        try await harness.waitFor(.ready, of: id)
        _ = try await daemon.commands.enter(id, by: Harness.person)
        _ = try await daemon.commands.reset(id, by: Harness.person)
        try await harness.eventually("it was not reset", advancing: .milliseconds(50)) {
            try await harness.kinds(of: id).count { $0 == "ready" } == 2
        }
        let machine = try await harness.store.session(id).machines[0].id
        _ = try await daemon.commands.pause(id, by: Harness.person)
        try await harness.eventually("it does not sleep", advancing: .milliseconds(50)) {
            let observed = try await harness.hypervisor.observe()
            return !observed.contains { $0.id == machine }
        }
        _ = try await daemon.commands.resume(id, by: Harness.person)
        try await harness.eventually("it does not wake", advancing: .milliseconds(50)) {
            let (observed, disks) = (try await harness.hypervisor.observe(), try await harness.disks.observeDisks())
            return observed.contains { $0.id == machine && $0.activity == .running }
                && !disks.contains { $0.id == machine && $0.isSaved }
        }
        _ = try await daemon.commands.end(id, by: Harness.person)
        try await harness.waitFor(.tornDown, of: id, advancing: .milliseconds(50))
    }

    @Test("A daemon killed at any call while it builds, forks, claims, resets, saves or wakes leaves nothing behind")
    func killedAnywhere() async throws {
        let life = KillSwitch()
        let harness = try Harness(pool: 1)
        try await harness.withWholeDaemon(life) { try await live(harness, $0) }
        let calls = life.calls
        let wanted: Set = [
            "createUnowned", "settle", "freeze", "publish", "identify", "exchange", "prepareSave", "save", "sealSave",
            "restore", "removeSave", "removeUnowned",
        ]
        #expect(wanted.isSubset(of: calls), "\(wanted.subtracting(calls)) never happened")
        var strikes = 0
        for number in 1...calls.count {
            for hasEffect in [false, true] {
                strikes += try await killed(KillSwitch.Fate(call: number, hasEffect: hasEffect)) ? 1 : 0
            }
        }
        // Which calls there are depends a little on who is faster: the last ones may not come.
        #expect(strikes >= calls.count * 2 - 20)
    }

    /// - Returns: Whether the call ever came.
    private func killed(_ fate: KillSwitch.Fate) async throws -> Bool {
        let harness = try Harness(pool: 1)
        let life = KillSwitch(fate)
        try await harness.withWholeDaemon(life) { daemon in
            // The caller learns of the death by its own errors, or by nothing at all.
            let task = Task { try? await self.live(harness, daemon) }
            let end = ContinuousClock.now + .seconds(5)
            while !life.isDead, ContinuousClock.now < end { await Task.yield() }
            task.cancel()
            await task.value
        }
        let last = life.calls.last ?? ""
        harness.clock.advance(by: .seconds(60))
        try await harness.withWholeDaemon { daemon in
            let page = try await daemon.commands.sessions(SessionFilter(), after: nil, limit: 10, for: Harness.chief)
            if let id = page.sessions.first?.id {
                try await harness.eventually(
                    "\(fate) (\(last)): it neither works nor ends",
                    advancing: .milliseconds(50),
                ) {
                    switch try await harness.state(of: id) {
                    case .running(let time): !time.isResetting
                    case .ready, .paused, .tornDown: true
                    case .requested, .preparing, .finishing, .ended: false
                    }
                }
                if try await harness.state(of: id).endReason == nil {
                    _ = try await daemon.commands.end(id, by: Harness.person)
                }
                try await harness.waitFor(.tornDown, of: id, advancing: .milliseconds(100))
            }
            // With its image goes all that was kept warm; what is left then is a leftover.
            await daemon.warm.release(ImageID(unchecked: "debian-13"))
            var left: [String] = []
            try await harness.eventually("\(fate) (\(last)): \(left) stay", advancing: .seconds(1)) {
                left = try await harness.leftovers()
                return left.isEmpty
            }
            // What stood on a snapshot the first time is gone now.
            await daemon.warm.release(ImageID(unchecked: "debian-13"))
            #expect(try await harness.snapshots.snapshots().snapshots.isEmpty, "\(fate) (\(last)): a snapshot stays")
        }
        return life.isDead
    }
}

import SessionModel
import TestKit
import Testing

@testable import SessionEngine

@Suite("Whoever watches over the service is told how it is", .timeLimit(.minutes(1)))
struct HealthTests {
    @Test("Sessions can be started while the service serves, the record is written and the hypervisor answers")
    func missing() async throws {
        let harness = try Harness()
        let daemon = try await harness.daemon()
        #expect(await daemon.commands.missing() == [.service, .record])
        let task = Task { try await daemon.service.run() }
        try await daemon.service.waitUntilServing()
        #expect(await daemon.commands.missing().isEmpty)

        await harness.store.refuseWrites(with: Failure(.storage, "the disk is full"))
        try await harness.eventually("a record that refuses is not told", advancing: .seconds(1)) {
            await daemon.commands.missing() == [.record]
        }
        await harness.store.refuseWrites(with: nil)
        try await harness.eventually("it is never well again", advancing: .seconds(1)) {
            await daemon.commands.missing().isEmpty
        }

        task.cancel()
        _ = await task.result
        #expect(await daemon.commands.missing().contains(.service))
    }

    @Test("A heartbeat that is long overdue counts as one that failed")
    func overdue() async throws {
        let (clock, store) = (ManualClock(), MemoryStore())
        let time = ServiceTime(ServiceClock.resume(after: nil, reading: clock.read()).0, host: clock)
        #expect(!time.isRecorded)
        _ = try await time.beat(into: store)
        clock.advance(by: ServiceClock.interval * 3)
        #expect(time.isRecorded)
        clock.advance(by: .milliseconds(1))
        #expect(!time.isRecorded)
    }

    @Test("However many ask, the hypervisor is asked once in two seconds")
    func hypervisor() async throws {
        let (clock, hypervisor) = (ManualClock(), FakeHypervisor())
        let time = ServiceTime(ServiceClock.resume(after: nil, reading: clock.read()).0, host: clock)
        let watch = HypervisorWatch(hypervisor, time: time)
        await hypervisor.failNext(.observe)
        #expect(await !watch.answers())
        // It would answer now.
        #expect(await !watch.answers())
        clock.advance(by: HypervisorWatch.validity)
        #expect(await watch.answers())
        // It would not answer now.
        await hypervisor.failNext(.observe)
        #expect(await watch.answers())
    }

    @Test("A hypervisor that hangs keeps nobody waiting for more than five seconds, and is asked once")
    func hanging() async throws {
        let (clock, hypervisor) = (ManualClock(), FakeHypervisor())
        let time = ServiceTime(ServiceClock.resume(after: nil, reading: clock.read()).0, host: clock)
        let watch = HypervisorWatch(hypervisor, time: time)
        await hypervisor.hold(.observe)
        let ticker = Task {
            while !Task.isCancelled {
                clock.advance(by: .seconds(1))
                await Task.yield()
            }
        }
        for _ in 0..<3 {
            let answers = (0..<5).map { _ in Task { await watch.answers() } }
            for answer in answers { #expect(await !answer.value) }
            #expect(await hypervisor.waiting(for: .observe) == 1)
        }
        ticker.cancel()
        await hypervisor.release(.observe)
        try await eventually("it never answers again") {
            clock.advance(by: HypervisorWatch.validity)
            return await watch.answers()
        }
    }

    @Test("Sessions and machines are counted as they are, starts and ends as they happen")
    func figures() async throws {
        let harness = try Harness()
        try await harness.withWholeDaemon { daemon in
            let session = try await daemon.commands.create(harness.request(), by: Harness.person)
            try await harness.eventually("it never was ready") {
                try await daemon.commands.session(session.id, for: Harness.person).lifecycle.state.kind == .ready
            }
            var figures = await daemon.service.metrics()
            #expect(figures.number("sandglass_sessions", "ready") == 1)
            #expect(figures.number("sandglass_sessions", "running") == 0)
            #expect(figures.number("sandglass_machines", "member") == 1)
            #expect(figures.number("sandglass_sessions_ready_total") == 1)
            #expect(figures.number("sandglass_admission_queue_sessions") == 0)
            #expect(figures.count("sandglass_machine_start_duration_seconds", "boot") == 1)
            #expect(figures.count("sandglass_machine_start_duration_seconds", "fork") == 0)

            _ = try await daemon.commands.end(session.id, by: Harness.person)
            try await harness.eventually("it is never torn down", advancing: .milliseconds(100)) {
                try await daemon.commands.session(session.id, for: Harness.person).lifecycle.state.kind == .tornDown
            }
            figures = await daemon.service.metrics()
            #expect(figures.number("sandglass_sessions", "ready") == 0)
            #expect(figures.number("sandglass_machines", "member") == 0)
            #expect(figures.number("sandglass_sessions_ended_total", "stopped") == 1)
            #expect(figures.number("sandglass_sessions_ended_total", "denied") == 0)
        }
    }

    @Test("Attempts to sign in are counted by what came of them")
    func signIns() async throws {
        let stage = AccessStage()
        try await stage.person("ann")
        _ = try await stage.signIn("ann")
        for _ in 0..<50 { _ = await stage.attempt("ann") }
        let figures = await stage.desk.metrics()
        let (accepted, refused, throttled) = (
            figures.number("sandglass_sign_ins_total", "accepted"),
            figures.number("sandglass_sign_ins_total", "refused"),
            figures.number("sandglass_sign_ins_total", "throttled"),
        )
        #expect(accepted == 1)
        #expect(refused > 0 && throttled > 0 && refused + throttled == 50)
    }
}

extension [MetricFamily] {
    /// The number of a family with that value of its label; -1 when there is none.
    fileprivate func number(_ name: String, _ label: String? = nil) -> Double {
        guard case .number(let number) = value(name, label) else { return -1 }
        return number
    }

    /// How many durations a family has with that value of its label; -1 when there are none.
    fileprivate func count(_ name: String, _ label: String) -> Int {
        guard case .durations(let durations) = value(name, label) else { return -1 }
        return durations.count
    }

    private func value(_ name: String, _ label: String?) -> MetricFamily.Value? {
        first { $0.name == name }?.samples.first { $0.labels.values.first == label }?.value
    }
}

import APIClient
import APIContract
import Benchmarks
import Foundation
import Testing

/// What goes wrong with warm machines of real guests: the person's session works all the same, or says why it does not.
@Suite("Faults of warm machines of real guests", .serialized, .inTurn, .timeLimit(.minutes(8)))
struct WarmFaultTests {
    private static func policy(_ id: String) -> String {
        """
        apiVersion: sandglass/v1
        kind: Policy
        id: \(id)
        title: {en: Practice}
        time: {limit: 20m, enter: 10m, ready: 2m}
        resources: {vcpus: 1, cpuPercent: 100, memory: 512M, disk: 4G}
        network: none
        isolation: any
        concurrency: {perPerson: 20, host: 20}

        """
    }

    /// Whose machines share with their cohort alone: never given a spare, always forked.
    private static let apart = "apart"

    @Test("A killed emulator, a host that restarts, an agent that fails and a state of another version cost no session")
    func faults() async throws {
        let daemon = try TestDaemon(
            policy: Self.policy("practice"),
            policies: [Self.apart: Self.policy(Self.apart) + "sharing: cohort\n"],
            labs: ["first-steps": "{box: {image: debian-13}}\nwarm: {pool: 1}"],
            keepsWarm: true,
        )
        defer { daemon.remove() }
        var process = try await daemon.start()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        let sessions = try await daemon.connected { client in
            try await daemon.provideImages(client)
            let template = try await templateKilled(daemon, client)
            try await spareKilled(daemon, client)
            let sessions = try await cohorts(template, daemon, client)
            try await killedWhileSaving(sessions.other, daemon, client)
            try await beforeTheHostRestarts(sessions.one, daemon, client)
            return sessions
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try await restartOfTheHost(daemon)
        process = try await daemon.start()
        try await daemon.connected { client in
            try await afterTheHostRestarted(sessions, daemon, client)
            try await falseAgents(daemon, client)
            try await stateOfAnotherVersion(daemon, process.processIdentifier, client)
        }
    }

    // MARK: Emulators that are killed

    /// A template is killed while it comes to rest; the build fails at once and leaves nothing, the next one succeeds.
    ///
    /// - Returns: The generation id that a template showed its guest.
    private func templateKilled(_ daemon: TestDaemon, _ client: SandglassClient) async throws -> String {
        let template = try await daemon.template(of: "first-steps", at: "come to rest", client)
        kill(template.process, SIGKILL)
        let began = ContinuousClock.now
        let why = try await daemon.failureToBuild("first-steps", client)
        #expect(ContinuousClock.now - began < .seconds(10), "it took long to be noticed")
        #expect(why.contains("crashed"), "it does not say that the machine crashed: \(why)")
        #expect(try await client.warm().snapshots == [], "half a snapshot is left")
        try await nothingRemains("the template") { try daemon.leftovers() }
        // Whoever asks for it need not wait for the second attempt.
        let build = Task {
            for try await line in try await client.buildWarm(.init(lab: "first-steps")) {
                if let problem = line.problem { throw problem }
            }
        }
        let second = try await daemon.template(of: "first-steps", at: "come to rest", client)
        let generation = try second.generation
        try await build.value
        return generation
    }

    /// A spare is killed; another takes its place, and nobody notices.
    private func spareKilled(_ daemon: TestDaemon, _ client: SandglassClient) async throws {
        _ = try await daemon.warm("first-steps", spares: 1, client)
        let first = try #require(try daemon.machines().first)
        kill(try daemon.emulator(of: first).process, SIGKILL)
        try await eventually("it was not replaced", within: .seconds(20)) {
            let machines = try daemon.machines()
            guard machines.count == 1, machines != [first] else { return false }
            return try await daemon.warmth(of: "first-steps", client).spares == 1
        }
        let second = try #require(try daemon.machines().first)
        let session = try await daemon.readySession(client)
        #expect(session.detail?.machines.first?.id == second, "the spare was not claimed")
        #expect(try await daemon.output("echo $((6*7))", in: session.id, client) == "42")
        try await end([session], daemon, client)
    }

    /// The emulator of a machine that is being saved is killed: its session ends and says why.
    private func killedWhileSaving(
        _ session: SessionResource,
        _ daemon: TestDaemon,
        _ client: SandglassClient,
    ) async throws {
        let emulator = try daemon.emulator(session)
        let part = "\(emulator.home)/own/saved.part"
        _ = try await client.pauseSession(session.id)
        let end = ContinuousClock.now.advanced(by: .seconds(20))
        var entry = stat()
        while stat(part, &entry) != 0 || entry.st_size == 0 {
            try #require(ContinuousClock.now < end, "nothing was written")
            try await Task.sleep(for: .milliseconds(1))
        }
        kill(emulator.process, SIGKILL)
        let over = try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(20))
        #expect(over.reason == "guestCrashed")
        try await nothingRemains("the machine") { try daemon.remains(of: [session]) }
    }

    // MARK: With whom memory is shared

    /// Two of one cohort, and a stranger of another.
    private struct Sessions {
        let one: SessionResource
        let other: SessionResource
        let stranger: SessionResource
    }

    /// Machines of one cohort map one file, those of another map another; each has a generation id of its own.
    private func cohorts(
        _ template: String,
        _ daemon: TestDaemon,
        _ client: SandglassClient,
    ) async throws -> Sessions {
        let sessions = Sessions(
            one: try await forked("red", daemon, client),
            other: try await forked("red", daemon, client),
            stranger: try await forked("blue", daemon, client),
        )
        func inodes(_ session: SessionResource) throws -> Set<String> {
            try daemon.emulator(session).memoryInodes(below: daemon.folder)
        }
        let (one, other, stranger) = try (
            inodes(sessions.one), inodes(sessions.other), inodes(sessions.stranger),
        )
        #expect(one.count == 1 && one == other, "a cohort does not share one file: \(one), \(other)")
        #expect(stranger.count == 1 && stranger != one, "cohorts share a file: \(one), \(stranger)")
        let all = [sessions.one, sessions.other, sessions.stranger]
        let checks = MachineChecks(daemon: daemon, client: client)
        try checks.generationsDiffer(all, from: [template])
        try checks.isolated(all)
        for session in all {
            try await GuestClock.expectRight(in: session.id, client)
            try await checks.toldOfTheFork(session)
        }
        return sessions
    }

    /// Asks for a session that must be forked and waits until it is ready.
    private func forked(
        _ cohort: String,
        _ daemon: TestDaemon,
        _ client: SandglassClient,
    ) async throws -> SessionResource {
        let session = try await daemon.readySession(client, request(cohort))
        #expect(session.detail?.machines.first?.forkedFrom != nil, "it was not forked")
        return session
    }

    private func request(_ cohort: String) -> CreateSessionRequest {
        CreateSessionRequest(lab: "first-steps", policy: Self.apart, cohort: cohort)
    }

    // MARK: A restart of the host

    private func beforeTheHostRestarts(
        _ session: SessionResource,
        _ daemon: TestDaemon,
        _ client: SandglassClient,
    ) async throws {
        try await GuestShell.attached(to: session.id, client) { shell in
            _ = try await shell.run("kept=over-the-restart")
        }
        let generation = try daemon.emulator(session).generation
        _ = try await daemon.output("echo \(generation) >/root/generation", in: session.id, client)
        try await daemon.sleep(session, client)
    }

    /// Takes away what a restart of the host takes away: every emulator, what libvirt knew of it, and what is in `/run`.
    private func restartOfTheHost(_ daemon: TestDaemon) async throws {
        for machine in try daemon.machines() {
            // One that sleeps has none.
            guard let emulator = try? daemon.emulator(of: machine) else { continue }
            kill(emulator.process, SIGKILL)
        }
        try await eventually("libvirt still knows of machines", within: .seconds(10)) {
            let domains = try HostProgram.virsh("list", "--all", "--name")
            return try daemon.machines().allSatisfy { !domains.contains($0) }
        }
        try FileManager.default.removeItem(atPath: "\(daemon.folder)/socket")
    }

    private func afterTheHostRestarted(
        _ sessions: Sessions,
        _ daemon: TestDaemon,
        _ client: SandglassClient,
    ) async throws {
        // One that was ready cannot go on, and says so.
        let lost = try await daemon.wait(for: ["tornDown"], sessions.stranger.id, client, within: .seconds(30))
        #expect(lost.reason == "fault")
        #expect(try await client.session(sessions.one.id).state == "paused")
        _ = try await client.resumeSession(sessions.one.id)
        try await GuestClock.expectRight(in: sessions.one.id, client)
        try await GuestShell.attached(to: sessions.one.id, client) { shell in
            let kept = try await shell.run("echo $kept")
            #expect(kept == "over-the-restart")
        }
        let generation = try await daemon.output("cat /root/generation", in: sessions.one.id, client)
        #expect(try daemon.emulator(sessions.one).generation == generation, "it woke up as another machine")
        try await end([sessions.one], daemon, client)
        #expect(try daemon.remains(of: [sessions.one, sessions.other, sessions.stranger]) == [])
        // The spare went with the host, and the snapshot stayed.
        _ = try await daemon.warm("first-steps", spares: 1, client)
    }

    // MARK: Agents that fail

    /// What is wrong with the machine of a session that is being forked.
    private enum Fault: String, CaseIterable {
        case silent, nonsense, killed

        /// What the person is told.
        var words: String {
            switch self {
            case .silent: "no agent"
            case .nonsense: "the guest's agent broke the protocol"
            case .killed: "box crashed before it answered"
            }
        }
    }

    /// An agent that never answers, one that answers nonsense, and an emulator that is killed while its machine becomes
    /// one of its own.
    private func falseAgents(_ daemon: TestDaemon, _ client: SandglassClient) async throws {
        let snapshot = try await daemon.warm("first-steps", client)
        var asked: [(fault: Fault, session: SessionResource)] = []
        for fault in Fault.allCases {
            let session = try await client.createSession(request("green"))
            let machine = try #require(try await client.session(session.id).detail?.machines.first).id
            let port = "\(daemon.home(of: machine))/own/agent.sock"
            let agent = try await FalseAgent.inPlace(of: port, fault == .nonsense ? .nonsense : .silent)
            try await eventually("nobody asked the agent", within: .seconds(20)) { agent.visits > 0 }
            if fault == .killed {
                kill(try daemon.emulator(of: machine).process, SIGKILL)
                agent.close()
            }
            asked.append((fault, session))
        }
        var ready: [SessionResource] = []
        for (fault, session) in asked {
            let found = try await daemon.wait(for: ["ready"], session.id, client, within: .seconds(120))
            #expect(found.detail?.machines.first?.forkedFrom == nil, "\(fault): it was forked all the same")
            let lines = try await coldBoots(of: session, client)
            #expect(lines.count == 1 && lines[0].contains(fault.words), "\(fault): \(lines)")
            #expect(try await daemon.output("echo $((6*7))", in: session.id, client) == "42")
            ready.append(found)
        }
        let found = try await client.warm().snapshots.first { $0.id == snapshot }
        // Out of service, or gone with the one that was built in its place.
        #expect(found?.health.hasPrefix("unusable") ?? true, "a snapshot whose agents do not answer is still used")
        try await end(ready, daemon, client)
    }

    private func coldBoots(of session: SessionResource, _ client: SandglassClient) async throws -> [String] {
        try await client.events(of: session.id).events.filter { $0.kind == "coldBoot" }.map(\.text)
    }

    // MARK: A state that cannot be loaded

    private func stateOfAnotherVersion(
        _ daemon: TestDaemon,
        _ process: pid_t,
        _ client: SandglassClient,
    ) async throws {
        let snapshot = try await daemon.warm("first-steps", spares: 1, client)
        // It must not look between the change of the state and that of its digest.
        kill(process, SIGSTOP)
        defer { kill(process, SIGCONT) }
        try DeviceState.age(in: "\(daemon.folder)/snapshots/\(snapshot)")
        kill(process, SIGCONT)
        let began = try daemon.logText().count
        let session = try await daemon.readySession(client, request("green"))
        #expect(session.detail?.machines.first?.forkedFrom == nil, "it was forked from a state of another version")
        let lines = try await coldBoots(of: session, client)
        #expect(lines == ["box is booted from its image: the state that it was saved in could not be loaded"])
        let warnings = try daemon.logText().dropFirst(began).split(separator: "A machine could not be had warm")
        #expect(warnings.count == 2, "it was not said once: \(warnings)")
        let found = try await client.warm().snapshots.first { $0.id == snapshot }
        #expect(found?.health.hasPrefix("unusable") ?? true, "it is still used")
        #expect(try await daemon.output("echo $((6*7))", in: session.id, client) == "42")
        try await eventually("it is not built again", within: .seconds(120)) {
            let now = try await daemon.warmth(of: "first-steps", client)
            return now.state == "building" || (now.state == "ready" && now.snapshot != snapshot)
        }
        try await end([session], daemon, client)
    }

    // MARK: Private

    /// Waits a moment until nothing is left of something.
    private func nothingRemains(_ what: String, _ remains: () throws -> [String]) async throws {
        var found: [String] = []
        try await eventually("\(what) left \(found)", within: .seconds(5)) {
            found = try remains()
            return found.isEmpty
        }
    }

    private func end(
        _ sessions: [SessionResource],
        _ daemon: TestDaemon,
        _ client: SandglassClient,
    ) async throws {
        for session in sessions { _ = try await client.endSession(session.id) }
        for session in sessions {
            try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(30))
        }
        #expect(try daemon.remains(of: sessions) == [])
    }
}

import APIClient
import APIContract
import Foundation
import Testing

/// Real guests forked from real snapshots.
@Suite("Warm machines of real guests", .serialized, .inTurn, .timeLimit(.minutes(10)))
struct WarmForkTests {
    private static let policy = """
        apiVersion: sandglass/v1
        kind: Policy
        id: practice
        title: {en: Practice}
        time: {limit: 20m, enter: 10m, ready: 4m}
        resources: {vcpus: 1, cpuPercent: 100, memory: 512M, disk: 8G}
        network: none
        isolation: any
        concurrency: {perPerson: 50, host: 50}

        """

    /// As many as wait as spares when the twenty and these are asked for.
    private static let spares = 3

    @Test("Twenty forks are machines of their own; a reset makes another, a pause keeps it; spares are like forks")
    func machinesOfTheirOwn() async throws {
        let daemon = try TestDaemon(
            policy: Self.policy,
            labs: ["first-steps": "{box: {image: debian-13}}\nwarm: {pool: \(Self.spares)}"],
            packages: ["openssh-server"],
            keepsWarm: true,
        )
        try await daemon.serving { client in
            _ = try await daemon.warm("first-steps", spares: Self.spares, client)
            let waiting = Set(try daemon.machines())
            let sessions = try await forks(20 + Self.spares, daemon, client)
            let claimed = sessions.filter { waiting.contains($0.detail?.machines.first?.id ?? "") }
            #expect(claimed.count == Self.spares, "spares were not claimed")
            let checks = MachineChecks(daemon: daemon, client: client)
            // Those that waited and those that did not, among and beside each other.
            try await checks.all(sessions)
            let first = try #require(sessions.first { !claimed.contains($0) })
            for session in sessions where session.id != first.id { _ = try await client.endSession(session.id) }
            try await sleeps(first, daemon, client)
            try await startsAfresh(first, daemon, client)
            _ = try await client.endSession(first.id)
            for session in sessions {
                try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(60))
            }
            #expect(try daemon.remains(of: sessions) == [])
        }
    }

    /// Asks for sessions at once and waits until all are ready; each must have been forked.
    private func forks(
        _ count: Int,
        _ daemon: TestDaemon,
        lab: String = "first-steps",
        _ client: SandglassClient,
    ) async throws -> [SessionResource] {
        var asked: [SessionResource] = []
        for _ in 0..<count { asked.append(try await client.createSession(.init(lab: lab))) }
        var ready: [SessionResource] = []
        for session in asked {
            ready.append(try await daemon.wait(for: ["ready"], session.id, client, within: .seconds(120)))
        }
        for session in ready {
            #expect(session.detail?.machines.allSatisfy { $0.forkedFrom != nil } == true, "it was not forked")
        }
        return ready
    }

    private func sleeps(
        _ session: SessionResource,
        _ daemon: TestDaemon,
        _ client: SandglassClient,
    ) async throws {
        let before = try await daemon.output(MachineChecks.lastingSecrets, in: session.id, client)
        try await GuestShell.attached(to: session.id, client) { shell in
            _ = try await shell.run("kept=over-the-sleep")
        }
        let generation = try daemon.emulator(session).generation
        try await daemon.sleep(session, client)
        try await Task.sleep(for: .seconds(3))
        _ = try await client.resumeSession(session.id)
        try await GuestClock.expectRight(in: session.id, client)
        #expect(try daemon.emulator(session).generation == generation, "it woke up as another machine")
        let after = try await daemon.output(MachineChecks.lastingSecrets, in: session.id, client)
        #expect(before == after)
        try await GuestShell.attached(to: session.id, client) { shell in
            let kept = try await shell.run("echo $kept")
            #expect(kept == "over-the-sleep")
        }
    }

    private func startsAfresh(
        _ session: SessionResource,
        _ daemon: TestDaemon,
        _ client: SandglassClient,
    ) async throws {
        let before = try await daemon.output(MachineChecks.lastingSecrets, in: session.id, client)
        try await GuestShell.attached(to: session.id, client) { shell in
            _ = try await shell.run("touch /home/student/mine; kept=gone")
            let old = try #require(session.detail?.machines.first?.id)
            _ = try await client.resetSession(session.id)
            try await shell.see("replaced by a fresh one")
            try await eventually("it is not fresh", within: .seconds(60)) {
                guard try await client.session(session.id).detail?.machines.first?.id != old else { return false }
                return try await client.events(of: session.id).events.count { $0.kind == "ready" } == 2
            }
            #expect(try await shell.run("echo \"[$kept]\"; ls /home/student") == "[]")
        }
        let after = try await daemon.output(MachineChecks.lastingSecrets, in: session.id, client)
        let (old, new) = (Set(before.split(separator: "\n")), Set(after.split(separator: "\n")))
        #expect(old.isDisjoint(with: new), "a reset kept a secret")
        try await GuestClock.expectRight(in: session.id, client)
    }

    @Test("Memory is shared with whom the policy says, spares wait, and a damaged snapshot costs a cold boot")
    func rules() async throws {
        let daemon = try TestDaemon(
            policy: Self.policy + "sharing: none\n",
            labs: ["pooled": "{box: {image: debian-13}}\nwarm: {pool: 2}"],
            keepsWarm: true,
        )
        try await daemon.serving { client in
            _ = try await daemon.warm("pooled", spares: 2, client)
            // With nobody: no two machines map the same file.
            let claimed = try await forks(2, daemon, lab: "pooled", client)
            _ = try await daemon.warm("first-steps", client)
            let fresh = try await forks(2, daemon, client)
            var inodes: [String] = []
            for session in claimed + fresh {
                let memory = try daemon.emulator(session).memoryInodes(below: daemon.folder)
                #expect(!memory.isEmpty, "it maps no file")
                inodes += memory
                #expect(try await daemon.output("hostname", in: session.id, client) == "box")
            }
            #expect(Set(inodes).count == inodes.count, "two machines map one file")
            try MachineChecks(daemon: daemon, client: client).isolated(claimed + fresh)
            try await resets(fresh[0], daemon, client)
            let identities = try await withThrowingTaskGroup { group in
                for session in claimed + fresh {
                    group.addTask { try await daemon.output("cat /etc/machine-id", in: session.id, client) }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(identities.count == 4)
            for session in claimed + fresh { _ = try await client.endSession(session.id) }
            for session in claimed + fresh {
                try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(60))
            }
            try await damaged(daemon, client)
        }
    }

    /// Where no spare waits, a reset forks.
    private func resets(_ session: SessionResource, _ daemon: TestDaemon, _ client: SandglassClient) async throws {
        let old = try #require(session.detail?.machines.first)
        _ = try await client.resetSession(session.id)
        try await eventually("it is not fresh", within: .seconds(60)) {
            try await client.events(of: session.id).events.count { $0.kind == "ready" } == 2
        }
        let machine = try #require(try await client.session(session.id).detail?.machines.first)
        #expect(machine.id != old.id)
        #expect(machine.forkedFrom == old.forkedFrom, "a reset was not forked")
        #expect(try await daemon.output("hostname", in: session.id, client) == "box")
    }

    private func damaged(_ daemon: TestDaemon, _ client: SandglassClient) async throws {
        let snapshot = try await daemon.warm("first-steps", client)
        let memory = "\(daemon.folder)/snapshots/\(snapshot)/memory"
        let file = try FileHandle(forUpdating: URL(filePath: memory))
        try file.seek(toOffset: 1 << 20)
        try file.write(contentsOf: Data("damaged".utf8))
        try file.close()
        let session = try await daemon.readySession(client)
        #expect(session.detail?.machines.first?.forkedFrom == nil, "it was forked from a damaged snapshot")
        let found = try await client.warm().snapshots.first { $0.id == snapshot }
        #expect(found?.health.hasPrefix("unusable") == true)
        _ = try await client.endSession(session.id)
        try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(60))
    }
}

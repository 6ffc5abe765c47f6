import Foundation
import GuestLink
import GuestProtocol
import Testing

/// Only rehearsals: that a guest's real clock, entropy, host keys and file systems obey is for real guests to show.
@Suite("Requests", .timeLimit(.minutes(1)))
struct AgentRequestTests {
    @Test("The agent says who it is and what it can do")
    func greeting() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let greeting = try await connection.greeting
        #expect(greeting.capabilities.isSuperset(of: [.terminals, .exec, .files, .tar, .forward, .identify, .freeze]))
        let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        #expect(greeting.bootID == boot.filter(\.isHexDigit))
        #expect(try await connection.ping() > .zero)
        await connection.close()
    }

    @Test("Figures are the machine's")
    func statistics() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let figures = try await connection.statistics()
        #expect(Int(figures.processors) == ProcessInfo.processInfo.activeProcessorCount)
        #expect(figures.memoryTotal == ProcessInfo.processInfo.physicalMemory)
        #expect(figures.memoryAvailable > 0 && figures.memoryAvailable < figures.memoryTotal)
        #expect(figures.diskTotal > figures.diskAvailable)
        #expect(figures.totalTicks > figures.busyTicks && figures.busyTicks > 0)
        #expect(figures.uptimeMilliseconds > 0 && figures.processes > 0)
        await connection.close()
    }

    @Test("An identity is written in order, and the machine itself is left alone in a rehearsal")
    func identity() async throws {
        let agent = try RealAgent()
        let etc = agent.root + "/etc"
        try "127.0.0.1\tlocalhost\n127.0.1.1 old old.example\n::1 localhost\n\n"
            .write(toFile: etc + "/hosts", atomically: true, encoding: .utf8)
        let (old, new) = (String(repeating: "e", count: 32), "000102030405060708090a0b0c0d0e0f")
        try "\(old)\n".write(toFile: etc + "/machine-id", atomically: true, encoding: .utf8)
        let journal = agent.root + "/run/log/journal"
        try FileManager.default.createDirectory(atPath: "\(journal)/\(old)", withIntermediateDirectories: true)
        let connection = try await agent.connect()
        var identity = GuestIdentity()
        identity.wallClockNanoseconds = 1
        identity.entropy = Array(repeating: 3, count: 64)
        identity.hostname = "guest-7.example"
        identity.machineID = Array(0..<16)
        identity.renewsHostKeys = true
        identity.units = ["ssh.service"]
        let report = try await connection.identify(identity)
        let results = report.items.map { "\($0.name): \($0.result)" }
        #expect(
            results == [
                "clock: skipped", "entropy: skipped", "hostname: done", "hosts: done", "machine-id: done",
                "host-keys: skipped", "host-key ed25519: skipped", "host-key ecdsa: skipped", "ssh.service: skipped",
            ]
        )
        #expect(try String(contentsOfFile: etc + "/hostname", encoding: .utf8) == "guest-7.example\n")
        #expect(
            try String(contentsOfFile: etc + "/hosts", encoding: .utf8)
                == "127.0.0.1\tlocalhost\n127.0.1.1\tguest-7.example\n::1 localhost\n"
        )
        #expect(
            try String(contentsOfFile: etc + "/machine-id", encoding: .utf8) == "000102030405060708090a0b0c0d0e0f\n"
        )
        // The journal of this boot is found under the new id.
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(journal)/\(new)") == old)
        await connection.close()
    }

    @Test("New host keys take the place of the old ones, and nothing waits while they are made")
    func hostKeys() async throws {
        let agent = try RealAgent()
        let ssh = agent.root + "/etc/ssh"
        for folder in [ssh, agent.root + "/usr/sbin"] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        for file in [
            ssh + "/ssh_host_rsa_key", ssh + "/ssh_host_old_key.pub", ssh + "/sshd_config",
            agent.root + "/usr/sbin/sshd",
        ] {
            #expect(FileManager.default.createFile(atPath: file, contents: Data("old".utf8)))
        }
        let connection = try await agent.connect()
        var identity = GuestIdentity()
        identity.renewsHostKeys = true
        async let report = connection.identify(identity)
        #expect(try await connection.ping() > .zero)
        let results = try await report.items.map(\.result)
        let names = try FileManager.default.contentsOfDirectory(atPath: ssh).sorted()
        // A host without ssh-keygen makes none; the old ones are gone in any case.
        let made = ["ssh_host_ecdsa_key", "ssh_host_ecdsa_key.pub", "ssh_host_ed25519_key", "ssh_host_ed25519_key.pub"]
        if results.last == .skipped {
            #expect(results == [.done, .skipped, .skipped] && names == ["sshd_config"])
        } else {
            #expect(results == [.done, .done, .done] && names == made + ["sshd_config"])
        }
        await connection.close()
    }

    @Test("A name no machine can have is an item that failed, and the rest is done")
    func badHostname() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        var identity = GuestIdentity()
        identity.hostname = "two words"
        identity.machineID = Array(repeating: 255, count: 16)
        let report = try await connection.identify(identity)
        #expect(report.failures.map(\.name) == ["hostname"])
        #expect(report.items.last?.result == .done)
        identity.machineID = [1]
        await #expect(throws: GuestLinkFailure.self) { try await connection.identify(identity) }
        await connection.close()
    }

    @Test("A rehearsal freezes nothing")
    func freeze() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let report = try await connection.freeze(["/"], atMost: .seconds(1))
        #expect(report.items.map(\.result) == [.skipped])
        #expect(try await connection.thaw().items.isEmpty)
        await connection.close()
    }
}

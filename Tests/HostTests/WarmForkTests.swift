import APIClient
import APIContract
import Foundation
import Testing

/// Real guests forked from real snapshots.
@Suite("Warm machines of real guests", .serialized, .timeLimit(.minutes(10)))
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

    /// What must differ between any two machines.
    ///
    /// The keys of a TLS connection are those of a handshake with a shared
    /// secret that is the same everywhere, so that only the machines' own randomness tells them apart.
    private static let secrets = """
        cat /etc/machine-id
        head -c 4096 /dev/urandom | sha256sum
        cat /proc/sys/kernel/random/uuid
        sha256sum /etc/ssh/ssh_host_ed25519_key
        sha256sum /etc/ssh/ssh_host_ecdsa_key
        python3 - <<'PYTHON'
        import ssl, tempfile
        secret = b"the same everywhere"
        log = tempfile.NamedTemporaryFile()
        def context(protocol):
            made = ssl.SSLContext(protocol)
            made.maximum_version = ssl.TLSVersion.TLSv1_2
            made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
            made.set_ciphers("ECDHE-PSK-AES128-CBC-SHA256")
            return made
        client, server = context(ssl.PROTOCOL_TLS_CLIENT), context(ssl.PROTOCOL_TLS_SERVER)
        client.set_psk_client_callback(lambda hint: ("me", secret))
        server.set_psk_server_callback(lambda name: secret)
        client.keylog_filename = log.name
        ways = [ssl.MemoryBIO(), ssl.MemoryBIO()]
        ends = [client.wrap_bio(*ways), server.wrap_bio(*ways[::-1], server_side=True)]
        for _ in range(10):
            for end in ends:
                try:
                    end.do_handshake()
                except ssl.SSLWantReadError:
                    pass
        print([line.split()[2] for line in open(log.name) if line.startswith("CLIENT_RANDOM")][0])
        PYTHON
        """

    @Test("Twenty forks are machines of their own; a reset makes another, a pause keeps it; spares are like forks")
    func machinesOfTheirOwn() async throws {
        let daemon = try TestDaemon(policy: Self.policy, packages: ["openssh-server"], keepsWarm: true)
        try await daemon.serving { client in
            _ = try await daemon.warm("first-steps", client)
            let sessions = try await forks(20, daemon, client)
            try await differ(sessions, daemon, client)
            try isolated(sessions, daemon)
            let first = sessions[0]
            for session in sessions.dropFirst() { _ = try await client.endSession(session.id) }
            try await sleeps(first, daemon, client)
            try await startsAfresh(first, daemon, client)
            _ = try await client.endSession(first.id)
            for session in sessions {
                try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(60))
            }
            #expect(try daemon.leftovers(of: sessions) == [])
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

    private func differ(
        _ sessions: [SessionResource],
        _ daemon: TestDaemon,
        _ client: SandglassClient,
    ) async throws {
        var seen: [Set<String>] = []
        for session in sessions {
            let lines = try await daemon.output(Self.secrets, in: session.id, client).split(separator: "\n")
            try #require(lines.count == 6, "\(lines)")
            if seen.isEmpty { seen = Array(repeating: [], count: lines.count) }
            for (index, line) in lines.enumerated() { seen[index].insert(String(line)) }
            let away = try await daemon.output("date +%s%N", in: session.id, client)
            let late = try #require(Double(away)) / 1e9 - Date().timeIntervalSince1970
            // The way there and back is in it.
            #expect(abs(late) < 0.5, "the clock is \(late) s off")
            #expect(try await daemon.output("hostname; cat /etc/hostname", in: session.id, client) == "box\nbox")
        }
        #expect(seen.map(\.count) == Array(repeating: sessions.count, count: 6))
        // An ssh server answers with the new keys.
        let offered = try await daemon.output(
            "ssh-keyscan -t ed25519 127.0.0.1 2>/dev/null | grep -v '^#' | cut -d' ' -f3; cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub",
            in: sessions[0].id,
            client,
        )
        let keys = offered.split(separator: "\n")
        #expect(keys.count == 2 && keys.first == keys.last, "the ssh server offers another key: \(offered)")
    }

    /// Nobody can write what is shared, and nobody else's files can be opened.
    private func isolated(_ sessions: [SessionResource], _ daemon: TestDaemon) throws {
        var users: Set<UInt32> = []
        for session in sessions {
            let emulator = try daemon.emulator(session)
            users.insert(try emulator.userID)
            let own = "\(emulator.home)/own/"
            for file in try emulator.openFiles where file.path.hasPrefix(daemon.folder) {
                #expect(!file.isWritable || file.path.hasPrefix(own), "\(file.path) is open for writing")
            }
            let mapped = try emulator.mappings(below: daemon.folder)
            #expect(mapped.contains { $0.path.hasSuffix("/memory") })
            for mapping in mapped { #expect(mapping.isPrivate, "\(mapping.path) is mapped shared") }
        }
        #expect(users.count == sessions.count)
    }

    private func sleeps(
        _ session: SessionResource,
        _ daemon: TestDaemon,
        _ client: SandglassClient,
    ) async throws {
        let before = try await daemon.output(
            "cat /etc/machine-id; sha256sum /etc/ssh/ssh_host_*",
            in: session.id,
            client,
        )
        try await GuestShell.attached(to: session.id, client) { shell in
            _ = try await shell.run("kept=over-the-sleep")
        }
        let emulator = try daemon.emulator(session)
        _ = try await client.pauseSession(session.id)
        try await eventually("it does not sleep", within: .seconds(30)) {
            try !daemon.leftovers(of: session).contains(daemon.domain(session))
        }
        #expect(FileManager.default.fileExists(atPath: "\(emulator.home)/saved.state"))
        try await Task.sleep(for: .seconds(3))
        _ = try await client.resumeSession(session.id)
        let away = try await daemon.output("date +%s%N", in: session.id, client)
        let late = try #require(Double(away)) / 1e9 - Date().timeIntervalSince1970
        #expect(abs(late) < 1, "the clock is \(late) s off")
        let after = try await daemon.output(
            "cat /etc/machine-id; sha256sum /etc/ssh/ssh_host_*",
            in: session.id,
            client,
        )
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
        let before = try await daemon.output(
            "cat /etc/machine-id; sha256sum /etc/ssh/ssh_host_*",
            in: session.id,
            client,
        )
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
        let after = try await daemon.output(
            "cat /etc/machine-id; sha256sum /etc/ssh/ssh_host_*",
            in: session.id,
            client,
        )
        let (old, new) = (Set(before.split(separator: "\n")), Set(after.split(separator: "\n")))
        #expect(old.isDisjoint(with: new), "a reset kept a secret")
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
                let files = try daemon.emulator(session).mappings(below: daemon.folder)
                // The kernel is mapped as well, by the emulator itself.
                let memory = files.filter { $0.path.hasSuffix("/memory") }.map(\.inode)
                #expect(!memory.isEmpty, "it maps no file")
                inodes += Set(memory)
                #expect(try await daemon.output("hostname", in: session.id, client) == "box")
            }
            #expect(Set(inodes).count == inodes.count, "two machines map one file")
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

extension Emulator {
    /// A part of its memory that comes from a file.
    struct Mapping {
        let path: String
        let inode: String
        let isPrivate: Bool
    }

    /// What it has mapped of the files below a folder.
    func mappings(below folder: String) throws -> [Mapping] {
        // Read to its end by hand: Foundation takes the first piece that the kernel gives for all of it.
        let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/\(process)/maps"))
        let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard fields.count == 6, fields[5].contains(folder) else { return nil }
            return Mapping(
                path: fields[5].trimmingCharacters(in: .whitespaces),
                inode: String(fields[4]),
                isPrivate: fields[1].hasSuffix("p"),
            )
        }
    }
}

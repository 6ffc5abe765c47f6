import APIClient
import APIContract
import Benchmarks
import Foundation
import Testing

/// What must be so of every warm machine, however a session came by it.
struct MachineChecks {
    let daemon: TestDaemon
    let client: SandglassClient

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

    /// Secrets that a machine keeps for as long as it is the same one.
    static let lastingSecrets = "cat /etc/machine-id; sha256sum /etc/ssh/ssh_host_*"

    /// Each is a machine of its own, with the right time, and apart from the others.
    ///
    /// The image must have an ssh server.
    func all(_ sessions: [SessionResource]) async throws {
        for session in sessions { try await GuestClock.expectRight(in: session.id, client) }
        try await differ(sessions)
        try generationsDiffer(sessions)
        try isolated(sessions)
    }

    private func differ(_ sessions: [SessionResource]) async throws {
        var seen: [Set<String>] = []
        for session in sessions {
            let lines = try await daemon.output(Self.secrets, in: session.id, client).split(separator: "\n")
            try #require(lines.count == 6, "\(lines)")
            if seen.isEmpty { seen = Array(repeating: [], count: lines.count) }
            for (index, line) in lines.enumerated() { seen[index].insert(String(line)) }
            #expect(try await daemon.output("hostname; cat /etc/hostname", in: session.id, client) == "box\nbox")
            try await toldOfTheFork(session)
            // An ssh server answers with the new keys.
            let offered = try await daemon.output(
                "ssh-keyscan -t ed25519 127.0.0.1 2>/dev/null | grep -v '^#' | cut -d' ' -f3; cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub",
                in: session.id,
                client,
            )
            let keys = offered.split(separator: "\n")
            #expect(keys.count == 2 && keys.first == keys.last, "the ssh server offers another key: \(offered)")
        }
        let counts = seen.map(\.count)
        #expect(counts == Array(repeating: sessions.count, count: 6), "two machines have a secret in common")
    }

    /// The guest's kernel has noticed that it goes on as another machine than the template.
    func toldOfTheFork(_ session: SessionResource) async throws {
        let lines = try await daemon.output("dmesg | grep -c 'virtual machine fork' || true", in: session.id, client)
        #expect(lines == "1", "its kernel was told of \(lines) forks")
    }

    /// No two have one generation id.
    func generationsDiffer(_ sessions: [SessionResource], from others: [String] = []) throws {
        let generations = try sessions.map { try daemon.emulator($0).generation } + others
        #expect(Set(generations).count == generations.count, "two machines have one generation id: \(generations)")
    }

    /// Nobody can write what is shared, and nobody else's files can be opened.
    func isolated(_ sessions: [SessionResource]) throws {
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
}

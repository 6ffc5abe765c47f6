import APIClient
import APIContract
import Benchmarks
import Foundation
import Glibc
import SessionModel
import Testing

/// A real guest, come to with the host's own `ssh`, `scp` and `sftp`.
@Suite("Real guests by SSH", .serialized, .inTurn, .timeLimit(.minutes(10)))
struct SSHTests {
    private static let policy = TestDaemon.policy + "recording: {mode: output}\n"

    @Test(
        "The terminal is the one that everybody sees and that is recorded; files go both ways whole, and are the guest's"
    )
    func guest() async throws {
        let place = try SSHPlace()
        defer { place.remove() }
        let daemon = try TestDaemon(policy: Self.policy, programs: place.folder, environment: place.environment)
        try await daemon.serving { client in
            let session = try await daemon.readySession(client)
            let key = try String(contentsOfFile: "\(place.folder)/key.pub", encoding: .utf8)
            _ = try await client.addKey(key, to: session.id)
            let ssh = try #require(try await client.keys(of: session.id).ssh, "the daemon takes no SSH")
            #expect(ssh.user == "sandglass" && ssh.port == place.port)
            let unnamed = try place.run("SSH true 2>&1 || true")
            #expect(unnamed.contains("say which session"))
            try place.run("SSH -o SetEnv=SANDGLASS_SESSION=\(session.id) true")

            try await GuestShell.attached(to: session.id, client) { shell in
                try await shell.see("student@")
                let typed = try place.run(
                    "(sleep 4; printf 'echo by-ssh-$((40+2))\\r'; sleep 6; printf '\\007d') | SSH -tt"
                )
                #expect(typed.contains("by-ssh-42") && typed.contains("You left"))
                try await shell.see("by-ssh-42")
            }
            #expect(try place.run("SSH 'id -un; cat; exit 7' <<<hello || echo $?") == "student\nhello\n7\n")

            try place.run(
                "head -c 5242880 /dev/urandom > there && SCP there USER:/home/student/there && SCP USER:there back"
            )
            let digest = try place.run("sha256sum < there")
            #expect(try place.run("sha256sum < back") == digest)
            #expect(try place.run("SSH sha256sum '<' there") == digest)
            try place.run("printf 'get there again\\nput back put\\nget /etc/hostname\\n' | SFTP -b - USER")
            #expect(try place.run("sha256sum < again") == digest && place.run("SSH sha256sum '<' put") == digest)
            let name = try await daemon.output("cat /etc/hostname", in: session.id, client)
            let got = try place.run("cat hostname").trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(got == name)

            _ = try await client.endSession(session.id)
            try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(60))
            let recording = try #require(try await client.recordings(of: session.id).recordings.first)
            #expect(recording.state == "sealed")
            var bytes: [UInt8] = []
            try await client.recording(recording, "cast", of: session.id) { bytes += $0 }
            #expect(String(decoding: bytes, as: UTF8.self).contains("by-ssh-42"))
            #expect(try place.run("SSH true 2>&1 || true").contains("Permission denied (publickey)"))
        }
    }
}

/// What it takes to come by SSH: programs in a folder of root's, as sshd demands it, a port, and a key.
private struct SSHPlace {
    let folder: String
    let port: Int

    init() throws {
        try #require(getpwnam("sandglass") != nil, "there is no user sandglass; deploy/host/setup makes it")
        folder = "/run/sandglass-test-\(UUID().uuidString.prefix(8))"
        port = Int.random(in: 20_000..<30_000)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try #require(chmod(folder, 0o755) == 0)
        for program in ["sandglass", "sandglassd"] {
            try FileManager.default.copyItem(
                atPath: "\(TestDaemon.products)/\(program)",
                toPath: "\(folder)/\(program)",
            )
        }
        try run("ssh-keygen -q -t ed25519 -N '' -f key")
        if access("/usr/sbin/sshd", X_OK) != 0 {
            // Installed it would begin to serve by itself.
            try run(
                """
                apt-get download -qq openssh-server libwrap0 2>/dev/null
                for package in *.deb; do dpkg --extract "$package" server; done
                # Since 9.8 sshd is several programs, and runs the others where they are installed unless it is told otherwise.
                parts=$PWD/server/usr/lib/openssh options=
                [ ! -x "$parts/sshd-session" ] || options+=" -o SshdSessionPath=$parts/sshd-session"
                [ ! -x "$parts/sshd-auth" ] || options+=" -o SshdAuthPath=$parts/sshd-auth"
                printf '#!/bin/sh\\nLD_LIBRARY_PATH=%s exec %s %s "$@"\\n' \\
                    "$(dirname "$PWD"/server/usr/lib/*/libwrap.so.0)" "$PWD/server/usr/sbin/sshd" "$options" > sshd
                chmod 755 sshd
                """
            )
        }
    }

    /// What the daemon is told.
    var environment: [String: String] {
        let own = "\(folder)/sshd"
        return [
            "SANDGLASS_SSH_LISTEN": "127.0.0.1:\(port)",
            "SANDGLASS_SSHD": access(own, X_OK) == 0 ? own : "/usr/sbin/sshd",
        ]
    }

    /// Runs a script in the folder and returns what it prints; `SSH`, `SCP`, `SFTP` and `USER` stand for what leads to the
    /// session.
    @discardableResult
    func run(_ script: String) throws -> String {
        let options =
            "-F none -i key -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes -o LogLevel=ERROR "
            + "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
        let user = "sandglass@127.0.0.1"
        let text = script.replacing("SSH -tt", with: "timeout 60 ssh -tt \(options) -p \(port) \(user)")
            .replacing("SSH ", with: "timeout 60 ssh \(options) -p \(port) \(user) ")
            .replacing("SCP ", with: "timeout 120 scp -q \(options) -P \(port) ")
            .replacing("SFTP ", with: "timeout 120 sftp -q \(options) -P \(port) ")
            .replacing("USER", with: user)
        return try HostProgram.run("/bin/bash", "-ec", "cd \(folder)\n\(text)")
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }  // What stays is in nobody's way.
}

import Foundation
import Glibc
import SessionEngine
import SessionModel
import Testing

@testable import HTTPAPI

/// Everything it takes to come to a session with the host's own `ssh`: the host's sshd, as its Debian has it, under a user
/// that only this sshd knows.
struct SSHStage: Sendable {
    static let userID: UInt32 = 64_242

    let folder: String
    let instance: SSHInstance
    let port: Int

    /// The versions of sshd that this Debian offers, the usual one first and perhaps one that comes from a later Debian.
    static func versions() async throws -> [String] {
        let found = try await HostProgram.run("/usr/bin/apt-cache", ["madison", "openssh-server"], in: "/")
        let lines = found.text.split(separator: "\n").compactMap { line -> String? in
            let parts = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return parts.count > 1 ? parts[1] : nil
        }
        let policy = try await HostProgram.run("/usr/bin/apt-cache", ["policy", "openssh-server"], in: "/")
        let usual = policy.text.split(separator: "\n").first { $0.contains("Candidate:") }?.split(separator: " ").last
        let first = try #require(usual.map(String.init), "no sshd is to be had: \(policy.errors)")
        let other = lines.first { Self.release($0) != Self.release(first) }
        return [first] + [other].compactMap(\.self)
    }

    /// What is the same in all that Debian has made of one release.
    private static func release(_ version: String) -> Substring? { version.split(separator: "p").first }

    /// Prepares it.
    ///
    /// The folder is root's alone, as are all above it: sshd runs nothing from another.
    ///
    /// - Parameters:
    ///   - socket: Where sshd asks.
    ///   - version: The version of Debian's package; the usual one when `nil`.
    ///   - unusedSeconds: After how long a connection in which nothing runs is closed.
    /// - Throws: What is in the way.
    init(socket: String, version: String? = nil, unusedSeconds: Int = 60) async throws {
        folder = "/run/sandglass-test-\(UUID().uuidString.prefix(8))"
        port = try freePort()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try #require(chmod(folder, 0o755) == 0)
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let built = (own as NSString).deletingLastPathComponent + "/sandglass"
        try FileManager.default.copyItem(atPath: built, toPath: "\(folder)/sandglass")
        var instance = SSHInstance(
            address: ListenAddress(host: "127.0.0.1", port: port),
            program: "\(folder)/sshd",
            user: .init(name: "sandglass", userID: Self.userID, groupID: 65_534),
            tool: "\(folder)/sandglass",
            socket: socket,
            folder: "\(folder)/ssh",
        )
        instance.unusedSeconds = unusedSeconds
        self.instance = instance
        let package = "openssh-server" + (version.map { "=\($0)" } ?? "")
        // Installed it would begin to serve by itself.
        try await require(
            "/bin/sh",
            [
                "-c",
                "apt-get download -qq \(package) libwrap0 libnss-wrapper 2>/dev/null && for p in *.deb; do dpkg --extract $p server; done",
            ],
            in: folder,
        )
        try write("passwd", "sandglass:x:\(Self.userID):65534::/:/bin/sh\n")
        try write("group", "nogroup:x:65534:\ntty:x:5:\n")
        try write(
            "sshd",
            """
            #!/bin/sh
            export LD_LIBRARY_PATH=$(dirname \(folder)/server/usr/lib/*/libwrap.so.0)
            export LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD=\(folder)/passwd NSS_WRAPPER_GROUP=\(folder)/group
            # Since 9.8 sshd is several programs, and runs the others where they are installed unless it is told otherwise.
            parts=\(folder)/server/usr/lib/openssh
            [ ! -x $parts/sshd-session ] || set -- -o SshdSessionPath=$parts/sshd-session "$@"
            [ ! -x $parts/sshd-auth ] || set -- -o SshdAuthPath=$parts/sshd-auth "$@"
            exec \(folder)/server/usr/sbin/sshd "$@"

            """,
        )
        try #require(chmod("\(folder)/sshd", 0o755) == 0)
        for name in ["mine", "other"] {
            try await require("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", name], in: folder)
        }
    }

    /// The public half of a key.
    func key(_ name: String) throws -> PublicKey {
        try PublicKey(line: String(contentsOfFile: "\(folder)/\(name).pub", encoding: .utf8))
    }

    /// Lets a key lead to a session as if it had been named before.
    func admit(to session: SessionID, of served: ServedAPI, with name: String = "mine") async throws {
        let key = try await served.commands.addKey(key(name), to: session, by: ServedAPI.me)
        try await served.commands.confirm(key)
    }

    /// Removes what was made.
    func remove() { try? FileManager.default.removeItem(atPath: folder) }  // What stays is in nobody's way.

    /// The arguments of `ssh`, which believes nothing that this host's people have set up.
    func arguments(_ more: [String], as user: String = "sandglass", with key: String = "mine") -> [String] {
        let options = [
            "StrictHostKeyChecking=yes", "UserKnownHostsFile=\(folder)/known", "IdentitiesOnly=yes", "BatchMode=yes",
            "IdentityAgent=none", "LogLevel=ERROR", "ConnectTimeout=20",
        ]
        return ["-F", "none", "-i", "\(folder)/\(key)", "-p", "\(port)"] + options.flatMap { ["-o", $0] } + more
            + ["\(user)@127.0.0.1"]
    }

    /// Runs `ssh` to its end.
    func ssh(
        _ options: [String] = [],
        _ command: [String] = [],
        as user: String = "sandglass",
        with key: String = "mine",
        input: Data = Data(),
    ) async throws -> HostProgram.Outcome {
        try await HostProgram.run(
            "/usr/bin/ssh",
            arguments(options, as: user, with: key) + command,
            in: folder,
            input: input,
        )
    }

    /// Believes in the keys that the instance shows, and in no others.
    func trust() throws {
        var lines = ""
        for kind in ["ed25519", "ecdsa"] {
            let key = try PublicKey(line: String(contentsOfFile: "\(folder)/ssh/\(kind)_key.pub", encoding: .utf8))
            lines += "[127.0.0.1]:\(port) \(key.type) \(key.base64)\n"
        }
        try write("known", lines)
    }

    /// The process of sshd that listens.
    func processes() -> [pid_t] {
        // A process may be gone by now, and without /proc none is found.
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap(pid_t.init).filter { process in
            // As above.
            let words = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
            return words?.contains(folder) == true && words?.contains("[listener]") == true
        }
    }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
    }

    private func require(_ program: String, _ arguments: [String], in folder: String) async throws {
        let outcome = try await HostProgram.run(program, arguments, in: folder)
        try #require(outcome.status == 0, "\(program): \(outcome.errors)")
    }
}

/// A program of this host.
enum HostProgram {
    /// How one ended, and what it said.
    struct Outcome: Sendable {
        let status: Int32
        let output: Data
        let errors: String

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// Runs one to its end.
    static func run(
        _ program: String,
        _ arguments: [String],
        in folder: String,
        input: Data = Data(),
        environment: [String: String] = [:],
    ) async throws -> Outcome {
        let files = FileManager.default.temporaryDirectory.path + "/program-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: files) }  // What stays is in nobody's way.
        try input.write(to: URL(filePath: "\(files)/input"))
        for name in ["output", "errors"] { try Data().write(to: URL(filePath: "\(files)/\(name)")) }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder)
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": folder].merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: URL(filePath: "\(files)/input"))
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: "\(files)/output"))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: "\(files)/errors"))
        let (statuses, signal) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            signal.yield(process.terminationStatus)
            signal.finish()
        }
        try process.run()
        var status: Int32 = -1
        for await ended in statuses { status = ended }
        return Outcome(
            status: status,
            output: try Data(contentsOf: URL(filePath: "\(files)/output")),
            errors: try String(contentsOfFile: "\(files)/errors", encoding: .utf8),
        )
    }
}

/// A port of this host that nobody listens at.
func freePort() throws -> Int {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    // SAFETY: both calls use the address during the call only, and its size is the structure's.
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
        }
    }
    try #require(isBound)
    return Int(UInt16(bigEndian: address.sin_port))
}

package import APIClient
import APIContract
package import Foundation
import Glibc

/// A daemon of its own beside any other on the host: own state folder, socket, user ids and definitions.
///
/// For measuring and testing; everything it made is removed with it.
package final class PrivateDaemon: Sendable {
    /// What a private daemon is made of.
    package struct Setup: Sendable {
        /// Absolute path of `sandglassd`.
        package var executable: String
        /// The folder that holds `policies` and `templates`.
        package var definitions: String
        /// Where images are taken over from when they are there, so that nothing is built twice.
        package var imagesFrom =
            (ProcessInfo.processInfo.environment["SANDGLASS_STATE_DIR"] ?? "/var/lib/sandglass") + "/images"
        /// Which labs of the definitions folder it has; all when `nil`.
        ///
        /// A daemon that keeps labs warm builds snapshots of every lab it has.
        package var labs: [String]?
        /// Policies, labs and recipes in place of, or beside, those of the definitions folder, by path below it.
        package var files: [String: String] = [:]
        /// Further settings of the daemon.
        package var environment: [String: String] = [:]

        /// Describes a daemon.
        package init(executable: String, definitions: String) {
            self.executable = executable
            self.definitions = definitions
        }
    }

    /// Something that a private daemon needs went wrong.
    package struct Trouble: Error, CustomStringConvertible {
        package let description: String
    }

    /// The state folder.
    package let folder: String
    /// The local socket.
    package let socket: String
    private let setup: Setup
    private let environment: [String: String]

    /// Makes the folders.
    ///
    /// Nothing runs yet.
    ///
    /// - Throws: ``Trouble`` without root's rights, or what the file system throws.
    package init(_ setup: Setup) throws {
        guard geteuid() == 0 else { throw Trouble(description: "this needs root: guests run under users of their own") }
        self.setup = setup
        folder = "/var/lib/sandglass-private-\(UUID().uuidString.prefix(8).lowercased())"
        socket = "\(folder)/socket/s.sock"
        let definitions = "\(folder)/definitions"
        var environment = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "SANDGLASS_STATE_DIR": folder, "SANDGLASS_SOCKET": socket, "SANDGLASS_LISTEN": "off",
            "SANDGLASS_DEFINITIONS_DIR": definitions,
            "SANDGLASS_GUEST_DIR": "\(setup.definitions)/.build/guest/parts",
            "SANDGLASS_UID_FIRST": "\(2_010_000_000 + Int.random(in: 0..<1000) * 10_000)",
            "SANDGLASS_UID_COUNT": "9000",
            "SANDGLASS_LOG_LEVEL": "debug",
        ]
        environment.merge(setup.environment) { _, new in new }
        self.environment = environment
        let files = FileManager.default
        try files.createDirectory(atPath: "\(definitions)/templates", withIntermediateDirectories: true)
        try files.copyItem(atPath: "\(setup.definitions)/policies", toPath: "\(definitions)/policies")
        let labs = "templates/labs"
        if let names = setup.labs {
            try files.createDirectory(atPath: "\(definitions)/\(labs)", withIntermediateDirectories: true)
            for path in names.map({ "\(labs)/\($0)" }) {
                try files.copyItem(atPath: "\(setup.definitions)/\(path)", toPath: "\(definitions)/\(path)")
            }
        } else {
            try files.copyItem(atPath: "\(setup.definitions)/\(labs)", toPath: "\(definitions)/\(labs)")
        }
        try files.copyItem(atPath: "\(setup.definitions)/templates/images", toPath: "\(definitions)/templates/images")
        for (path, text) in setup.files { try write(text, to: path) }
        // Owner alone: the log tells whose sessions there are.
        guard files.createFile(atPath: log, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw Trouble(description: "\(log) cannot be made")
        }
    }

    /// Writes a policy, a lab or a recipe, also while the daemon runs.
    ///
    /// - Parameters:
    ///   - text: What it says.
    ///   - path: Where it is below the definitions folder.
    /// - Throws: What the file system throws.
    package func write(_ text: String, to path: String) throws {
        let file = URL(filePath: "\(folder)/definitions/\(path)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true,
        )
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    /// Makes the running daemon build an image, unless it has it as its recipe says.
    package func provide(image: String, _ client: SandglassClient) async throws {
        for try await line in try await client.buildImage(image, .init(replace: true)) {
            if let problem = line.problem { throw problem }
        }
    }

    /// Copies an image from the installation on this host, when it has it; before ``start()``.
    package func takeOver(image: String) throws {
        let source = "\(setup.imagesFrom)/\(image)"
        guard FileManager.default.fileExists(atPath: source) else { return }
        try FileManager.default.createDirectory(atPath: "\(folder)/images", withIntermediateDirectories: true)
        // No hard links: a new name changes a file's times, and its own daemon would have to compare it again.
        try HostProgram.run("/bin/cp", "-a", "--reflink=auto", source, "\(folder)/images/\(image)")
    }

    /// Starts the daemon and waits until it answers, half a minute at most.
    package func start() async throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: setup.executable)
        process.environment = environment
        guard let output = FileHandle(forWritingAtPath: log) else {
            throw Trouble(description: "\(log) cannot be written")
        }
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let end = ContinuousClock.now.advanced(by: .seconds(30))
        // No answer yet is what is waited for.
        while (try? await connected { try await $0.labs() }) == nil {
            guard process.isRunning, .now < end else {
                throw Trouble(description: "the daemon does not answer; its log ends with:\n\(tailOfLog())")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return process
    }

    /// Runs `body` with a client of the daemon.
    package func connected<R: Sendable>(_ body: (SandglassClient) async throws -> R) async throws -> R {
        try await SandglassClient.connected(to: socket, body)
    }

    /// Everything the daemon logged.
    package func logText() throws -> String { try String(contentsOfFile: log, encoding: .utf8) }

    /// The last lines the daemon logged.
    package func tailOfLog() -> String {
        let text = (try? logText()) ?? "(no log)"  // It only goes into a message.
        return text.split(separator: "\n").suffix(15).joined(separator: "\n")
    }

    /// Ends what is left of the machines and removes the folder.
    package func remove() {
        // Without the folder there are no machines.
        let machines = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/machines")) ?? []
        for machine in machines {
            _ = try? HostProgram.virsh("destroy", "sandglass-\(machine)")  // Or it is gone already.
        }
        try? FileManager.default.removeItem(atPath: folder)  // What stays is in nobody's way.
    }

    private var log: String { "\(folder)/daemon.log" }
}

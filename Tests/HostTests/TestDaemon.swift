import APIClient
import APIContract
import Foundation
import Glibc
import Testing

/// The real daemon with a state folder of its own, on the real libvirt of this host.
final class TestDaemon: Sendable {
    /// The checkout the tests were built from.
    static let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    /// The folder of the executables that were built with the tests.
    static let products = Bundle.main.executableURL?.deletingLastPathComponent().path ?? "\(checkout)/.build/debug"
    static let image = "debian-13"

    let folder: String
    let socket: String
    private let definitions: String
    private let firstUserID: Int

    /// Makes a state folder whose images are those of the installation on this host, when it has any.
    ///
    /// - Parameter policy: Text of a policy `practice` in place of the shipped one.
    init(policy: String? = nil) throws {
        folder = "/var/lib/sandglass-test-\(UUID().uuidString.prefix(8).lowercased())"
        socket = "\(folder)/socket/s.sock"
        definitions = "\(folder)/definitions"
        firstUserID = 2_010_000_000 + Int.random(in: 0..<1000) * 1000
        let files = FileManager.default
        try files.createDirectory(atPath: definitions, withIntermediateDirectories: true)
        try files.createSymbolicLink(atPath: "\(definitions)/templates", withDestinationPath: "\(Self.checkout)/templates")
        try files.copyItem(atPath: "\(Self.checkout)/policies", toPath: "\(definitions)/policies")
        if let policy { try policy.write(toFile: "\(definitions)/policies/practice.yaml", atomically: true, encoding: .utf8) }
        let images = "/var/lib/sandglass/images/\(Self.image)"
        if files.fileExists(atPath: images) {
            try files.createDirectory(atPath: "\(folder)/images", withIntermediateDirectories: true)
            // Hard links: the same bytes, inode and time, so nothing is copied and nothing looks changed.
            try Tool.run("/bin/cp", "-al", images, "\(folder)/images/\(Self.image)")
        }
    }

    /// Runs `body` beside the daemon, with the image in place; everything is removed afterwards.
    static func serving<R: Sendable>(
        policy: String? = nil,
        _ body: (TestDaemon, SandglassClient) async throws -> R,
    ) async throws -> R {
        let daemon = try TestDaemon(policy: policy)
        let outcome: Result<R, any Error>
        do {
            let process = try await daemon.start()
            defer { process.terminate() }
            outcome = .success(
                try await daemon.connected { client in
                    for try await line in try await client.buildImage(image) { if let problem = line.problem { throw problem } }
                    return try await body(daemon, client)
                }
            )
        } catch {
            outcome = .failure(error)
        }
        await daemon.remove()
        return try outcome.get()
    }

    /// Starts the daemon and waits until it answers.
    @discardableResult
    func start() async throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "\(Self.products)/sandglassd")
        process.environment = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "SANDGLASS_STATE_DIR": folder, "SANDGLASS_SOCKET": socket, "SANDGLASS_DEFINITIONS_DIR": definitions,
            "SANDGLASS_UID_FIRST": "\(firstUserID)", "SANDGLASS_UID_COUNT": "900", "SANDGLASS_LOG_LEVEL": "debug",
        ]
        let log = "\(folder)/daemon.log"
        if !FileManager.default.fileExists(atPath: log) {
            try #require(FileManager.default.createFile(atPath: log, contents: nil))
        }
        let output = try #require(FileHandle(forWritingAtPath: log))
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try await eventually("the daemon does not answer; its log: \(tailOfLog())", within: .seconds(30)) {
            guard process.isRunning else { throw DaemonDied(log: self.tailOfLog()) }
            // Not there yet is what is waited for.
            return (try? await self.connected { try await $0.labs() }) != nil
        }
        return process
    }

    /// The daemon ended by itself.
    struct DaemonDied: Error { let log: String }

    func connected<R: Sendable>(_ body: (SandglassClient) async throws -> R) async throws -> R {
        try await SandglassClient.connected(to: socket, body)
    }

    func tailOfLog() -> String {
        let text = (try? String(contentsOfFile: "\(folder)/daemon.log", encoding: .utf8)) ?? "(none)"  // For a message.
        return text.split(separator: "\n").suffix(15).joined(separator: "\n")
    }

    /// Ends what is left of the machines and removes the folder.
    func remove() async {
        let machines = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/machines")) ?? []  // None, then.
        for machine in machines { _ = try? Tool.run("/usr/bin/virsh", "destroy", "sandglass-\(machine)") }  // Or gone.
        try? FileManager.default.removeItem(atPath: folder)  // What stays is in the way of nobody.
    }

    // MARK: Sessions

    /// Asks for a session and waits until it is ready.
    func readySession(_ client: SandglassClient, limitSeconds: Int? = nil) async throws -> SessionResource {
        let session = try await client.createSession(.init(lab: "first-steps", limitSeconds: limitSeconds))
        return try await wait(for: ["ready"], session.id, client, within: .seconds(170))
    }

    @discardableResult
    func wait(
        for states: Set<String>,
        _ id: String,
        _ client: SandglassClient,
        within limit: Duration,
    ) async throws -> SessionResource {
        var last = try await client.session(id)
        try await eventually("session \(id) is \(last.state) (\(last.reason ?? "")); log: \(tailOfLog())", within: limit) {
            last = try await client.session(id)
            if !states.contains(last.state), ["ended", "tornDown"].contains(last.state) {
                let events = try await client.events(of: id).events.map { "\($0.kind) \($0.text)" }
                throw WrongEnd(state: last.state, reason: last.reason ?? "", events: events)
            }
            return states.contains(last.state)
        }
        return last
    }

    /// A session ended where it should not have.
    struct WrongEnd: Error {
        let state: String
        let reason: String
        let events: [String]
    }

    func machineFolder(_ session: SessionResource) throws -> String {
        "\(folder)/machines/\(try #require(session.detail?.machines.first).id)"
    }

    func domain(_ session: SessionResource) throws -> String {
        "sandglass-\(try #require(session.detail?.machines.first).id)"
    }

    func emulator(_ session: SessionResource) throws -> Int32 {
        let text = try String(contentsOfFile: "/run/libvirt/qemu/\(domain(session)).pid", encoding: .utf8)
        return try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    /// What of a session is still on the host.
    func leftovers(of session: SessionResource) throws -> [String] {
        var found: [String] = []
        if FileManager.default.fileExists(atPath: try machineFolder(session)) { found.append(try machineFolder(session)) }
        let domains = try Tool.run("/usr/bin/virsh", "list", "--all", "--name")
        if domains.contains(try domain(session)) { found.append(try domain(session)) }
        return found
    }
}

/// Waits until a condition holds.
func eventually(
    _ what: @autoclosure () -> String,
    within limit: Duration,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool,
) async throws {
    let end = ContinuousClock.now.advanced(by: limit)
    while try await !condition() {
        try #require(ContinuousClock.now < end, Comment(rawValue: what()), sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(100))
    }
}

/// A program of the host.
enum Tool {
    /// It ended with another status than 0.
    struct Failed: Error {
        let command: [String]
        let status: Int32
        let output: String
    }

    /// Runs a program and returns what it prints.
    @discardableResult
    static func run(_ path: String, _ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(command: [path] + arguments, status: process.terminationStatus, output: output)
        }
        return output
    }
}

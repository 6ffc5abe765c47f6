import APIClient
import APIContract
import Benchmarks
import Foundation
import Testing

/// The real daemon with a state folder of its own, on the real libvirt of this host.
final class TestDaemon: Sendable {
    static let image = "debian-13"
    /// The checkout the tests were built from.
    private static let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    /// The folder of the executables that were built with the tests.
    private static let products =
        Bundle.main.executableURL?.deletingLastPathComponent().path ?? "\(checkout)/.build/debug"

    private let daemon: PrivateDaemon

    /// Makes a state folder whose images are those of the installation on this host, when it has any.
    ///
    /// - Parameter policy: Text of a policy `practice` in place of the shipped one.
    /// - Throws: What making the folder throws.
    init(policy: String) throws {
        var setup = PrivateDaemon.Setup(executable: "\(Self.products)/sandglassd", definitions: Self.checkout)
        setup.files["policies/practice.yaml"] = policy
        daemon = try PrivateDaemon(setup)
        try daemon.takeOver(image: Self.image)
    }

    /// Runs `body` beside the daemon, with the image in place; everything is removed afterwards.
    static func serving(policy: String, _ body: (TestDaemon, SandglassClient) async throws -> Void) async throws {
        let daemon = try TestDaemon(policy: policy)
        defer { daemon.remove() }
        let process = try await daemon.start()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        try await daemon.connected { client in
            try await daemon.provideImage(client)
            try await body(daemon, client)
        }
    }

    func start() async throws -> Process { try await daemon.start() }
    func remove() { daemon.remove() }
    func provideImage(_ client: SandglassClient) async throws { try await daemon.provide(image: Self.image, client) }
    func connected<R: Sendable>(_ body: (SandglassClient) async throws -> R) async throws -> R {
        try await daemon.connected(body)
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
        try await eventually(
            "session \(id) is \(last.state) (\(last.reason ?? "")); log: \(daemon.tailOfLog())",
            within: limit,
        ) {
            last = try await client.session(id)
            if !states.contains("tornDown"), ["ended", "tornDown"].contains(last.state) {
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
        "\(daemon.folder)/machines/\(try #require(session.detail?.machines.first).id)"
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
        if FileManager.default.fileExists(atPath: try machineFolder(session)) {
            found.append(try machineFolder(session))
        }
        let domains = try HostProgram.run("/usr/bin/virsh", "list", "--all", "--name")
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

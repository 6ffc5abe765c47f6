import APIClient
import APIContract
import Benchmarks
import Foundation
import SessionModel
import Testing

/// The real daemon with a state folder of its own, on the real libvirt of this host.
final class TestDaemon: Sendable {
    /// A policy `practice` for guests that are to be quick; text may follow it.
    static let policy = """
        apiVersion: sandglass/v1
        kind: Policy
        id: practice
        title: {en: Practice}
        time: {limit: 10m, enter: 3m, ready: 4m, extend: {step: 1m, max: 2m}, warn: [10s]}
        resources: {vcpus: 1, cpuPercent: 100, memory: 512M, disk: 8G}
        network: none
        isolation: any
        concurrency: {perPerson: 5, host: 10}

        """
    /// The checkout the tests were built from.
    private static let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    /// The folder of the executables that were built with the tests.
    static let products =
        Bundle.main.executableURL?.deletingLastPathComponent().path ?? "\(checkout)/.build/debug"

    private let daemon: PrivateDaemon
    private let images: [String]
    /// What the state folder is, when it is a file system of its own.
    let disk: SmallDisk?

    /// Makes a state folder whose images are those of the installation on this host, when it has them.
    ///
    /// - Parameters:
    ///   - images: The images that are needed.
    ///   - policy: Text of a policy `practice` in place of the shipped one.
    ///   - policies: Texts of further policies, by the policy's name.
    ///   - labs: Machines of further labs, as `lab.yaml` lists them, by the lab's name; further keys may follow.
    ///   - files: Texts of files beside them, by their path below the definitions.
    ///   - packages: Debian packages that `debian-13` has beside its own.
    ///   - keepsWarm: Whether snapshots are built.
    ///   - programs: The folder of the daemon and the command; where they were built when `nil`.
    ///   - environment: Further settings of the daemon.
    ///   - diskSize: The size of a file system in memory that its state folder is; `nil` leaves it where it is.
    /// - Throws: What making the folder throws.
    init(
        images: [String] = ["debian-13"],
        policy: String = TestDaemon.policy,
        policies: KeyValuePairs<String, String> = [:],
        labs: KeyValuePairs<String, String> = [:],
        files: KeyValuePairs<String, String> = [:],
        packages: [String] = [],
        keepsWarm: Bool = false,
        programs: String? = nil,
        environment: [String: String] = [:],
        diskSize: ByteCount? = nil,
    ) throws {
        var setup = PrivateDaemon.Setup(
            executable: "\(programs ?? Self.products)/sandglassd",
            definitions: Self.checkout,
        )
        setup.environment = environment
        setup.files["policies/practice.yaml"] = policy
        for (path, text) in files { setup.files[path] = text }
        for (name, text) in policies { setup.files["policies/\(name).yaml"] = text }
        setup.environment["SANDGLASS_WARM"] = keepsWarm ? "auto" : "off"
        // Snapshots of other labs would be built beside what is tested.
        if keepsWarm { setup.labs = ["first-steps"] }
        // Forks share most of their memory.
        setup.environment["SANDGLASS_MEMORY_OVERCOMMIT"] = "4"
        if !packages.isEmpty {
            let recipe = "templates/images/debian-13/image.yaml"
            let text = try String(contentsOfFile: "\(Self.checkout)/\(recipe)", encoding: .utf8)
            let lines = packages.map { "    - \($0)\n" }.joined()
            setup.files[recipe] = text.replacing("  packages:\n", with: "  packages:\n" + lines)
        }
        for (lab, machines) in labs {
            setup.files["templates/labs/\(lab)/lab.yaml"] = """
                apiVersion: sandglass/v1
                kind: Lab
                id: \(lab)
                title: {en: Testing}
                policy: practice
                machines: \(machines)

                """
        }
        self.images = images
        daemon = try PrivateDaemon(setup)
        disk = try diskSize.map { [folder = daemon.folder] in try SmallDisk(at: folder, size: $0) }
        for image in images { try daemon.takeOver(image: image) }
    }

    /// Runs `body` beside the daemon, with the images in place; everything is removed afterwards.
    func serving(_ body: (SandglassClient) async throws -> Void) async throws {
        defer { remove() }
        let process = try await start()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        try await connected { client in
            try await provideImages(client)
            try await body(client)
        }
    }

    func start() async throws -> Process { try await daemon.start() }
    func remove() {
        daemon.remove()
        disk?.remove()
    }
    /// Everything the daemon logged.
    func logText() throws -> String { try daemon.logText() }
    func provideImages(_ client: SandglassClient) async throws {
        for image in images { try await daemon.provide(image: image, client) }
    }
    func connected<R: Sendable>(_ body: (SandglassClient) async throws -> R) async throws -> R {
        try await daemon.connected(body)
    }

    // MARK: Machines that are kept warm

    /// How the machine of a lab is kept warm.
    func warmth(of lab: String, _ client: SandglassClient) async throws -> WarmMachineResource {
        try #require(try await client.warm().machines.first { $0.lab == lab }, "the lab \(lab) is not kept warm")
    }

    /// Waits until the template of a lab's snapshot, the only machine there is, is at some step.
    func template(
        of lab: String,
        at step: String,
        _ client: SandglassClient,
    ) async throws -> Emulator {
        var found: WarmMachineResource?
        try await eventually("it is never \(step); it is \(found.debugDescription)", within: .seconds(120)) {
            found = try await warmth(of: lab, client)
            guard found?.detail?.contains(step) == true, let machine = try machines().first else { return false }
            return FileManager.default.fileExists(atPath: "/run/libvirt/qemu/sandglass-\(machine).pid")
        }
        return try emulator(of: #require(try machines().first))
    }

    /// Waits until building the snapshot of a lab has failed, and returns why.
    func failureToBuild(_ lab: String, _ client: SandglassClient) async throws -> String {
        var found: WarmMachineResource?
        try await eventually("it did not fail; it is \(found.debugDescription)", within: .seconds(60)) {
            found = try await warmth(of: lab, client)
            return found?.state == "failed"
        }
        return try #require(found?.detail, "it does not say why")
    }

    /// Looks for a text in all that is on the disks of snapshots and machines, their free space included.
    func search(disksFor text: String) throws {
        let folders = ["snapshots", "machines"].map { URL(filePath: "\(daemon.folder)/\($0)") }
        var disks = 0
        for folder in folders {
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                guard file.pathExtension == "qcow2" else { continue }
                disks += 1
                let bytes = try Data(contentsOf: file, options: .alwaysMapped)
                #expect(bytes.range(of: Data(text.utf8)) == nil, "\(text) is on \(file.lastPathComponent)")
            }
        }
        #expect(disks >= 3, "only \(disks) disks were found")
    }

    // MARK: Sessions

    /// Asks for a session and waits until it is ready.
    func readySession(
        _ client: SandglassClient,
        lab: String = "first-steps",
        limitSeconds: Int? = nil,
    ) async throws -> SessionResource {
        try await readySession(client, .init(lab: lab, limitSeconds: limitSeconds))
    }

    /// Asks for a session and waits until it is ready.
    func readySession(
        _ client: SandglassClient,
        _ request: CreateSessionRequest,
    ) async throws -> SessionResource {
        let session = try await client.createSession(request)
        return try await wait(for: ["ready"], session.id, client, within: .seconds(230))
    }

    /// Pauses a session and waits until its machine is nowhere but on disk.
    func sleep(_ session: SessionResource, _ client: SandglassClient) async throws {
        _ = try await client.pauseSession(session.id)
        try await eventually("it does not sleep", within: .seconds(30)) {
            try !HostProgram.virsh("list", "--all", "--name").contains(domain(session))
        }
        let home = home(of: try #require(session.detail?.machines.first).id)
        #expect(FileManager.default.fileExists(atPath: "\(home)/saved.state"), "it is not on disk")
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

    /// The state folder.
    var folder: String { daemon.folder }
    /// Where its policies, labs and recipes are.
    var definitions: String { "\(daemon.folder)/definitions" }

    func domain(_ session: SessionResource) throws -> String {
        "sandglass-\(try #require(session.detail?.machines.first).id)"
    }

    func emulator(_ session: SessionResource) throws -> Emulator {
        try emulator(of: #require(session.detail?.machines.first).id)
    }

    /// The emulator of a machine, which need not be a session's.
    func emulator(of machine: String) throws -> Emulator {
        let text = try String(contentsOfFile: "/run/libvirt/qemu/sandglass-\(machine).pid", encoding: .utf8)
        let process = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        return Emulator(process: process, home: home(of: machine))
    }

    /// What the service keeps of a machine.
    func home(of machine: String) -> String { "\(daemon.folder)/machines/\(machine)" }

    /// All machines that the service keeps something of.
    func machines() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(daemon.folder)/machines")
    }

    /// Waits until a lab's machines can be forked and as many spares wait.
    func warm(_ lab: String, spares: Int? = nil, _ client: SandglassClient) async throws -> String {
        var found: WarmMachineResource?
        try await eventually(
            "lab \(lab) is \(found?.state ?? "not") warm (\(found?.detail ?? "")); log: \(daemon.tailOfLog())",
            within: .seconds(240),
        ) {
            found = try await client.warm().machines.first { $0.lab == lab }
            return found?.state == "ready" && (spares == nil || found?.spares == spares)
        }
        return try #require(found?.snapshot)
    }

    /// Runs a shell script in a session's machine as root and returns what it prints, without white space around it.
    func output(
        _ script: String,
        as user: String = "root",
        in session: String,
        _ client: SandglassClient,
    ) async throws -> String {
        let request = ProgramMessage.Request(arguments: ["sh", "-c", script], user: user, timeoutSeconds: 120)
        return try await client.withProgram(request, in: session) { outputs, writer in
            try await writer.finish()
            var (output, errors) = ([UInt8](), [UInt8]())
            for try await said in outputs {
                switch said {
                case .output(let bytes): output += bytes
                case .errors(let bytes): errors += bytes
                case .ended(let how):
                    #expect(how.status == 0, "\(script): \(String(decoding: errors, as: UTF8.self))")
                }
            }
            return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    /// What of machines is still on the host: everything in the state folder, and these sessions' domains.
    func leftovers(of sessions: SessionResource...) throws -> [String] { try leftovers(of: sessions) }

    /// What of machines is still on the host: everything in the state folder, and these sessions' domains.
    func leftovers(of sessions: [SessionResource]) throws -> [String] {
        let domains = try HostProgram.virsh("list", "--all", "--name")
        let folders = try ["machines", "tmp"].flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: "\(daemon.folder)/\(folder)").map { "\(folder)/\($0)" }
        }
        return try folders + sessions.map(domain).filter(domains.contains)
    }

    /// What of these sessions' machines is still on the host, and anything half-made: a folder, a domain, a user's files.
    ///
    /// Spares and templates may be there beside them.
    func remains(of sessions: [SessionResource]) throws -> [String] {
        let ids = sessions.compactMap(\.detail?.machines.first?.id)
        return try leftovers(of: sessions).filter { name in
            name.hasPrefix("tmp/") || ids.contains { name.hasSuffix($0) }
        }
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

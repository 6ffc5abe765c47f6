import APIClient
import APIContract
import Foundation

/// Cold start to prompt beside the emulator alone, what we add step by step, and whether anything is left behind.
package struct ColdBench: Sendable {
    private static let image = "debian-13"
    // The emulator alone is held to nothing, so the quota must not bind either: two processors' share for one.
    private static let policy = """
        apiVersion: sandglass/v1
        kind: Policy
        id: practice
        title: {en: Measuring}
        time: {limit: 10m, enter: 5m, ready: 5m}
        resources: {vcpus: 2, cpuPercent: 200, memory: 1G, disk: 8G}
        network: none
        isolation: any
        concurrency: {perPerson: 50, host: 50}
        """

    private static let lab = """
        apiVersion: sandglass/v1
        kind: Lab
        id: cold
        title: {en: Measuring}
        policy: practice
        machines: {box: {image: debian-13, vcpus: 1}}
        """

    private static let steps = ["reserve", "overlay", "boot", "answer"]

    private let setup: PrivateDaemon.Setup
    private let rounds: Int
    private let shortCycles: Int

    /// Makes the benchmark.
    ///
    /// - Parameters:
    ///   - setup: The daemon to measure.
    ///   - rounds: Cold starts of each kind; the median counts.
    ///   - shortCycles: Sessions that are ended as soon as their domain runs.
    package init(_ setup: PrivateDaemon.Setup, rounds: Int = 5, shortCycles: Int = 95) {
        var setup = setup
        setup.files["policies/practice.yaml"] = Self.policy
        setup.files["templates/labs/cold/lab.yaml"] = Self.lab
        self.setup = setup
        self.rounds = rounds
        self.shortCycles = shortCycles
    }

    /// Measures.
    ///
    /// - Parameter tell: Hears what is being done.
    /// - Returns: The figures.
    /// - Throws: What kept it from measuring.
    package func run(tell: @Sendable (String) -> Void) async throws -> BenchReport {
        let daemon = try PrivateDaemon(setup)
        defer { daemon.remove() }
        try daemon.takeOver(image: Self.image)
        let process = try await daemon.start()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        try await daemon.connected { client in
            try await daemon.provide(image: Self.image, client)
            tell("warming up")
            try await warmUp(client)
        }
        // Both looks are taken while nobody is connected: a connection kept for later would hide a leak.
        let before = try await Residue.settled(daemon, process.processIdentifier)
        var report = try await daemon.connected { client in
            var report = BenchReport("cold")
            try await starts(daemon, client, &report, tell)
            try await leaks(client, process.processIdentifier, &report, tell)
            return report
        }
        let after = try await Residue.settled(daemon, process.processIdentifier)
        report.add("file descriptors more than before", Double(after.descriptors - before.descriptors), "", atMost: 0)
        report.add("files left", Residue.left(after.files, before.files), "", atMost: 0)
        report.add("domains left", Residue.left(after.domains, before.domains), "", atMost: 0)
        return report
    }

    // MARK: Starting

    private func starts(
        _ daemon: PrivateDaemon,
        _ client: SandglassClient,
        _ report: inout BenchReport,
        _ tell: (String) -> Void,
    ) async throws {
        var (cold, floor, ends, own): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        var steps: [String: [Double]] = [:]
        for round in 1...rounds {
            let start = ContinuousClock.now
            let id = try await client.createSession(.init(lab: "cold")).id
            try await wait(for: "ready", of: id, client)
            let took = start.duration(to: .now).inSeconds
            cold.append(took)
            for event in try await client.events(of: id).events where event.kind == "step" {
                let name = event.text.split(separator: " ").first.map(String.init) ?? event.text
                steps[name, default: []].append(Double(event.milliseconds ?? 0) / 1000)
            }
            own.append(took - (steps["answer"]?.last ?? 0))
            let known = Self.steps.compactMap { steps[$0]?.last }.reduce(0, +)
            steps["all else", default: []].append(took - known)
            let machine = try await client.session(id).detail?.machines.first?.id ?? ""
            let pid = try String(contentsOfFile: "/run/libvirt/qemu/sandglass-\(machine).pid", encoding: .utf8)
            guard let pid = Int32(pid.trimmingCharacters(in: .whitespacesAndNewlines)) else {
                throw PrivateDaemon.Trouble(description: "libvirt names no emulator for machine \(machine)")
            }
            let raw = try RawGuest(like: pid, image: "\(daemon.folder)/images/\(Self.image)/disk.qcow2")
            let endStart = ContinuousClock.now
            _ = try await client.endSession(id)
            try await wait(for: "tornDown", of: id, client)
            ends.append(endStart.duration(to: .now).inSeconds)
            floor.append(try raw.boot(in: daemon.folder))
            tell(
                String(
                    format: "round %d of %d: %.2f s, the emulator alone %.2f s",
                    round,
                    rounds,
                    took,
                    floor.last ?? 0,
                )
            )
        }
        report.add("cold start to a prompt that answers", cold.median, "s", floor: floor.median)
        report.add("against the emulator alone", cold.median / floor.median, "×", atMost: 1.10, floor: 1)
        report.add("our own overhead besides the boot", own.median, "s", atMost: 0.5)
        for name in Self.steps + ["all else"] {
            report.add("  step \(name)", steps[name]?.median ?? 0, "s")
        }
        report.add("end to nothing left", ends.median, "s")
    }

    // MARK: Leaving

    private func leaks(
        _ client: SandglassClient,
        _ process: Int32,
        _ report: inout BenchReport,
        _ tell: (String) -> Void,
    ) async throws {
        var memory: [Double] = []
        for cycle in 1...shortCycles {
            try await shortCycle(client)
            memory.append(try Residue.privateMemory(of: process))
            if cycle % 20 == 0 { tell("cycle \(cycle) of \(shortCycles)") }
        }
        report.add("daemon memory growth over the last 50", memory.suffix(50).slope / 1024, "KiB/cycle", atMost: 20)
        report.add("daemon memory", (memory.last ?? 0) / 1048576, "MiB")
    }

    /// Makes the daemon open what it opens once and keeps: its readers of the record, its event loops.
    private func warmUp(_ client: SandglassClient) async throws {
        try await shortCycle(client)
        try await withThrowingTaskGroup { group in
            for _ in 0..<200 { group.addTask { _ = try await client.sessions(limit: 1) } }
            try await group.waitForAll()
        }
    }

    /// A session that is ended as soon as its domain runs.
    private func shortCycle(_ client: SandglassClient) async throws {
        let id = try await client.createSession(.init(lab: "cold")).id
        try await wait(for: "step", saying: "boot", of: id, client)
        _ = try await client.endSession(id)
        try await wait(for: "tornDown", of: id, client)
    }

    private func wait(
        for kind: String,
        saying text: String = "",
        of id: String,
        _ client: SandglassClient,
    ) async throws {
        var last = ""
        for try await event in try await client.followEvents(of: id) {
            if event.kind == kind, event.text.hasPrefix(text) { return }
            last = "\(event.kind) \(event.text)"
        }
        throw PrivateDaemon.Trouble(description: "session \(id) ended before it was \(kind): \(last)")
    }
}

/// What a daemon holds of the host.
private struct Residue {
    let descriptors: Int
    /// What the daemon keeps of machines, half-made things and images, and what libvirt keeps of domains.
    let files: Set<String>
    let domains: Set<String>

    init(_ daemon: PrivateDaemon, _ process: Int32) throws {
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
        let kept = ["machines", "tmp", "evidence", "images", "socket"].map { "\(daemon.folder)/\($0)" }
        let libvirt = ["/var/log/libvirt/qemu", "/run/libvirt/qemu", "/var/lib/libvirt/qemu"]
        files = Set(try (kept + libvirt).flatMap(Self.files))
        domains = Set(
            try HostProgram.virsh("list", "--all", "--name").split(separator: "\n").map(String.init)
        )
    }

    /// Looks once the number of descriptors has stood still for a second: connections close a little after their clients.
    static func settled(_ daemon: PrivateDaemon, _ process: Int32) async throws -> Residue {
        var (residue, stillFor) = (try Residue(daemon, process), 0)
        for _ in 0..<200 where stillFor < 10 {
            try await Task.sleep(for: .milliseconds(100))
            let next = try Residue(daemon, process)
            stillFor = next.descriptors == residue.descriptors ? stillFor + 1 : 0
            residue = next
        }
        return residue
    }

    /// What is there now and was not before.
    static func left(_ after: Set<String>, _ before: Set<String>) -> Double {
        Double(after.subtracting(before).count)
    }

    /// Bytes of memory that the process shares with nobody.
    static func privateMemory(of process: Int32) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)
        return text.split(separator: "\n").filter { $0.hasPrefix("Private_") }
            .compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Double($0) } }
            .reduce(0, +) * 1024
    }

    private static func files(below folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.subpathsOfDirectory(atPath: folder).map { "\(folder)/\($0)" }
    }
}

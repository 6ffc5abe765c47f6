import APIClient
import APIContract
import Foundation

/// Cold start to prompt beside the emulator alone, what we add step by step, and whether anything is left behind.
package struct ColdBench: Sendable {
    private static let image = "debian-13"
    private static let policy = """
        apiVersion: sandglass/v1
        kind: Policy
        id: practice
        title: {en: Measuring}
        time: {limit: 10m, enter: 5m, ready: 5m}
        resources: {vcpus: 1, cpuPercent: 100, memory: 1G, disk: 8G}
        network: none
        isolation: any
        concurrency: {perPerson: 50, host: 50}
        """

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
        return try await daemon.connected { client in
            try await daemon.provide(image: Self.image, client)
            var report = BenchReport("cold")
            let before = try Residue(daemon, process.processIdentifier)
            try await starts(daemon, client, &report, tell)
            try await leaks(daemon, client, process.processIdentifier, before, &report, tell)
            return report
        }
    }

    // MARK: Starting

    private func starts(
        _ daemon: PrivateDaemon,
        _ client: SandglassClient,
        _ report: inout BenchReport,
        _ tell: (String) -> Void,
    ) async throws {
        var (cold, floor, ends): ([Double], [Double], [Double]) = ([], [], [])
        var steps: [String: [Double]] = [:]
        for round in 1...rounds {
            let start = ContinuousClock.now
            let id = try await client.createSession(.init(lab: "first-steps")).id
            try await wait(for: "ready", of: id, client)
            let took = start.duration(to: .now).inSeconds
            cold.append(took)
            for event in try await client.events(of: id).events where event.kind == "step" {
                let name = event.text.split(separator: " ").first.map(String.init) ?? event.text
                steps[name, default: []].append(Double(event.milliseconds ?? 0) / 1000)
            }
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
        let guest = steps["answer"]?.median ?? 0
        report.add("our own overhead besides the boot", cold.median - guest, "s", atMost: 0.5)
        for name in ["reserve", "overlay", "boot", "answer"] {
            report.add("  step \(name)", steps[name]?.median ?? 0, "s")
        }
        report.add("end to nothing left", ends.median, "s")
    }

    // MARK: Leaving

    private func leaks(
        _ daemon: PrivateDaemon,
        _ client: SandglassClient,
        _ process: Int32,
        _ before: Residue,
        _ report: inout BenchReport,
        _ tell: (String) -> Void,
    ) async throws {
        var memory: [Double] = []
        for cycle in 1...shortCycles {
            let id = try await client.createSession(.init(lab: "first-steps")).id
            try await wait(for: "step", saying: "boot", of: id, client)
            _ = try await client.endSession(id)
            try await wait(for: "tornDown", of: id, client)
            memory.append(try Residue.privateMemory(of: process))
            if cycle % 20 == 0 { tell("cycle \(cycle) of \(shortCycles)") }
        }
        let after = try Residue(daemon, process)
        report.add("file descriptors more than before", Double(after.descriptors - before.descriptors), "", atMost: 2)
        report.add("machine folders left", Double(after.folders), "", atMost: 0)
        report.add("domains left", Double(after.domains), "", atMost: 0)
        report.add("daemon memory growth over the last 50", memory.suffix(50).slope / 1024, "KiB/cycle", atMost: 20)
        report.add("daemon memory", (memory.last ?? 0) / 1048576, "MiB")
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
    let folders: Int
    let domains: Int

    init(_ daemon: PrivateDaemon, _ process: Int32) throws {
        let files = FileManager.default
        descriptors = try files.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
        let machines = try files.contentsOfDirectory(atPath: "\(daemon.folder)/machines")
        folders = machines.count
        let all = try HostProgram.run("/usr/bin/virsh", "list", "--all", "--name")
        domains = machines.count { all.contains($0) }
    }

    /// Bytes of memory that the process shares with nobody.
    static func privateMemory(of process: Int32) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)
        return text.split(separator: "\n").filter { $0.hasPrefix("Private_") }
            .compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Double($0) } }
            .reduce(0, +) * 1024
    }
}

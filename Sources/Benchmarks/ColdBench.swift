import APIClient
import APIContract
import Foundation

/// Cold start to prompt beside the emulator alone, what we add step by step, and whether anything is left behind.
package struct ColdBench: Sendable {
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
        setup.environment["SANDGLASS_WARM"] = "off"
        // The emulator alone is held to nothing, so the quota must not bind either: two processors' share for one.
        setup.files["policies/practice.yaml"] = BenchDefinitions.policy(
            resources: "vcpus: 2, cpuPercent: 200, memory: 1G, disk: 8G",
            concurrency: 50,
        )
        setup.files["templates/labs/cold/lab.yaml"] = BenchDefinitions.lab("cold", machine: "vcpus: 1")
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
        try await PrivateDaemon.measured(setup) { daemon, process in
            let id = process.processIdentifier
            try await daemon.connected { client in
                try await daemon.provide(image: BenchDefinitions.image, client)
                tell("warming up")
                try await warmUp(client)
            }
            // Both looks are taken while nobody is connected: a connection kept for later would hide a leak.
            let before = try await Residue.settled(daemon, id)
            var report = try await daemon.connected { client in
                var report = BenchReport("cold")
                try await starts(daemon, client, &report, tell)
                try await leaks(client, id, &report, tell)
                return report
            }
            let after = try await Residue.settled(daemon, id)
            let descriptors = Double(after.descriptors - before.descriptors)
            report.add("file descriptors more than before", descriptors, "", atMost: 0)
            report.add("files left", Residue.left(after.files, before.files), "", atMost: 0)
            report.add("domains left", Residue.left(after.domains, before.domains), "", atMost: 0)
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
        var (cold, floor, ends, own): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        var steps: [String: [Double]] = [:]
        for round in 1...rounds {
            let start = ContinuousClock.now
            let id = try await client.createSession(.init(lab: "cold")).id
            try await client.wait(for: "ready", of: id)
            let took = start.duration(to: .now).inSeconds
            cold.append(took)
            for (name, took) in try await client.steps(of: id) { steps[name, default: []].append(took) }
            own.append(took - (steps["answer"]?.last ?? 0))
            let known = Self.steps.compactMap { steps[$0]?.last }.reduce(0, +)
            steps["all else", default: []].append(took - known)
            let raw = try RawGuest(
                like: try daemon.emulator(of: try await client.machine(of: id)),
                image: "\(daemon.folder)/images/\(BenchDefinitions.image)/disk.qcow2",
            )
            ends.append(
                try await timed {
                    _ = try await client.endSession(id)
                    try await client.wait(for: "tornDown", of: id)
                }
            )
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
            memory.append(try HostProcess.memory(of: process).own)
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
        try await client.wait(for: "step", saying: "boot", of: id)
        _ = try await client.endSession(id)
        try await client.wait(for: "tornDown", of: id)
    }
}

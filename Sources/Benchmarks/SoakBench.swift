import APIClient
import APIContract
import Foundation
import Glibc

/// Hundreds of machines forked and ended, some of them killed, the daemon too: nothing may be left of them.
package struct SoakBench: Sendable {
    /// Every so many cycles the emulator is killed in place of an end.
    private static let emulatorKills = 25
    /// Every so many cycles of the first half the daemon is killed while a machine is being forked.
    private static let daemonKills = 100

    private let setup: PrivateDaemon.Setup
    private let cycles: Int

    /// Makes the benchmark.
    ///
    /// - Parameters:
    ///   - setup: The daemon to measure.
    ///   - cycles: How many machines are forked.
    package init(_ setup: PrivateDaemon.Setup, cycles: Int = 500) {
        var setup = setup
        let resources = "vcpus: 2, cpuPercent: 200, memory: 512M, disk: 8G"
        setup.files["policies/practice.yaml"] = BenchDefinitions.policy(resources: resources, concurrency: 50)
        setup.files["templates/labs/first-steps/lab.yaml"] = BenchDefinitions.lab("first-steps", machine: "vcpus: 1")
        // Snapshots of other labs would be built beside what is measured.
        setup.labs = []
        self.setup = setup
        self.cycles = cycles
    }

    /// Forks and ends.
    ///
    /// - Parameter tell: Hears how far it is.
    /// - Returns: The figures.
    /// - Throws: What kept it from going on.
    package func run(tell: @Sendable (String) -> Void) async throws -> BenchReport {
        try await PrivateDaemon.measured(setup) { daemon, process in
            try await daemon.connected { client in
                try await daemon.provide(image: BenchDefinitions.image, client)
                tell("building the snapshot")
                for try await line in try await client.buildWarm(.init(lab: "first-steps")) {
                    if let problem = line.problem { throw problem }
                }
                for _ in 0..<3 { try await cycle(client) }
            }
            let before = try await Residue.settled(daemon, process.processIdentifier)
            var memory: [Double] = []
            var killed = 0
            for number in 1...cycles {
                if number % Self.daemonKills == 0, number <= cycles / 2 {
                    try await killDaemon(daemon, &process)
                    killed += 1
                    memory = []
                } else if number % Self.emulatorKills == 0 {
                    try await daemon.connected { try await killEmulator(daemon, $0) }
                } else {
                    try await daemon.connected { try await cycle($0) }
                }
                memory.append(try HostProcess.memory(of: process.processIdentifier).own)
                if number % 50 == 0 { tell("cycle \(number) of \(cycles)") }
            }
            try await daemon.waitUntilNoneIsOpen()
            let after = try await Residue.settled(daemon, process.processIdentifier)
            var report = BenchReport("soak")
            report.add("machines forked and ended", Double(cycles), "")
            report.add("  of them with the emulator killed", Double(cycles / Self.emulatorKills - killed), "")
            report.add("  of them with the daemon killed", Double(killed), "")
            report.add("files left", Residue.left(after.files, before.files), "", atMost: 0)
            report.add("domains left", Residue.left(after.domains, before.domains), "", atMost: 0)
            let descriptors = Double(after.descriptors - before.descriptors)
            report.add("file descriptors more than before", descriptors, "", atMost: 0)
            // Not what a daemon fills up once after its start. A timer's memory is given back when it would have rung, so
            // each session is seen for as long as it might have lasted.
            let growth = Array(memory.suffix(memory.count / 2)).slope
            report.add("daemon memory growth once it has run for a while", growth / 1024, "KiB/cycle", atMost: 20)
            return report
        }
    }

    private func cycle(_ client: SandglassClient) async throws {
        let id = try await client.createSession(.init(lab: "first-steps")).id
        try await client.wait(for: "ready", of: id)
        try await client.requireFork(of: id)
        _ = try await client.endSession(id)
        try await client.wait(for: "tornDown", of: id)
    }

    private func killEmulator(_ daemon: PrivateDaemon, _ client: SandglassClient) async throws {
        let id = try await client.createSession(.init(lab: "first-steps")).id
        try await client.wait(for: "ready", of: id)
        kill(try daemon.emulator(of: try await client.machine(of: id)), SIGKILL)
        try await client.wait(for: "tornDown", of: id)
    }

    private func killDaemon(_ daemon: PrivateDaemon, _ process: inout Process) async throws {
        let id = try await daemon.connected { try await $0.createSession(.init(lab: "first-steps")).id }
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...400)))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        process = try await daemon.start()
        try await daemon.connected { client in
            try await client.wait(for: "ready", of: id)
            _ = try await client.endSession(id)
            try await client.wait(for: "tornDown", of: id)
        }
    }
}

import APIClient
import APIContract
import Foundation

/// What the parts of the warm benchmark share: the daemon, the floor, and what has been found so far.
///
/// One task uses it.
final class WarmStage {
    let daemon: PrivateDaemon
    let extent: WarmBench.Extent
    let tell: @Sendable (String) -> Void
    /// The daemon's process; it is looked at by the part on growth.
    var process: Int32 = 0
    var floor: RawFork?
    var report = BenchReport("warm")
    var samples = Samples()
    var panels: [GrowthPlot.Panel] = []

    init(_ daemon: PrivateDaemon, _ extent: WarmBench.Extent, _ tell: @escaping @Sendable (String) -> Void) {
        self.daemon = daemon
        self.extent = extent
        self.tell = tell
    }

    /// What has been found so far.
    var findings: WarmBench.Findings {
        WarmBench.Findings(report: report, samples: samples.csv, plot: GrowthPlot(panels: panels).svg)
    }

    /// Does a part and ends what it left open; its failure does not keep the next one from being done.
    func part(_ name: String, _ body: () async throws -> Void) async throws {
        tell(name)
        do {
            try await body()
            try await daemon.endAll()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            report.add(trouble: "\(name): \(error)")
            tell("\(name) failed: \(error)")
            do {
                try await daemon.endAll()
            } catch {
                report.add(trouble: "clearing up after \(name): \(error)")
            }
        }
    }

    // MARK: Keeping warm

    /// Waits until the lab has a snapshot and no other is being built.
    func prepare() async throws {
        try await build()
        try await settleSnapshots()
    }

    /// Waits until no snapshot is being built and the lab's can be used.
    func settleSnapshots() async throws {
        try await daemon.wait(until: "the snapshots were built", within: .seconds(600)) { client in
            let machines = try await client.warm().machines
            if let own = machines.first(where: { $0.lab == WarmBench.lab }), own.state == "failed" {
                throw PrivateDaemon.Trouble(description: "the snapshot cannot be built: \(own.detail ?? "")")
            }
            return machines.contains { $0.lab == WarmBench.lab && $0.state == "ready" }
                && !machines.contains { ["building", "waiting"].contains($0.state) }
        }
    }

    /// Changes how many spares wait, and waits until they do.
    func setPool(_ size: Int) async throws {
        try daemon.write(WarmBench.labText(pool: size), to: WarmBench.labFile)
        try await build()
        try await waitForSpares(size)
    }

    /// Waits until exactly that many spares wait.
    func waitForSpares(_ size: Int) async throws {
        try await daemon.wait(until: "\(size) spares waited", within: .seconds(60 + size * 10)) { client in
            let own = try await client.warm().machines.first { $0.lab == WarmBench.lab }
            return own?.pool == size && own?.spares == size
        }
    }

    private func build() async throws {
        try await daemon.connected { client in
            for try await line in try await client.buildWarm(.init(lab: WarmBench.lab)) {
                if let problem = line.problem { throw problem }
                if let step = line.step { tell(step) }
            }
        }
    }

    // MARK: Measuring

    /// Does once what is measured later: the first fork reads from the disk what the others find in memory.
    func warmUp() async throws {
        _ = try floor?.fork()
        try await daemon.connected { client in
            let (id, _) = try await open(client)
            try await end(id, client)
        }
    }

    /// Forks with the emulator alone, beside what is measured, so that what else happens on the host hits both.
    func measureFloor(alive: Int = 0) throws -> Double {
        guard let floor else { throw PrivateDaemon.Trouble(description: "there is no floor yet") }
        let took = try floor.fork()
        samples.add("raw fork", took, "s", alive: alive)
        return took
    }

    /// Asks for a session and waits until it is ready: its prompt has answered, and that is in the record.
    func open(_ client: SandglassClient) async throws -> (id: String, took: Double) {
        let start = ContinuousClock.now
        let id = try await client.createSession(.init(lab: WarmBench.lab)).id
        try await client.wait(for: "ready", of: id, within: .seconds(120))
        let took = start.duration(to: .now).inSeconds
        try await client.requireFork(of: id)
        return (id, took)
    }

    /// Ends a session and waits until nothing is left of it.
    func end(_ id: String, _ client: SandglassClient) async throws {
        _ = try await client.endSession(id)
        try await client.wait(for: "tornDown", of: id, within: .seconds(60))
    }

    /// Adds a time, and the same as a multiple of the floor that was measured beside it.
    ///
    /// - Parameters:
    ///   - name: What was measured.
    ///   - time: How long it took, in seconds.
    ///   - most: How many floors it may be at most.
    ///   - aim: How many it should be at most.
    ///   - floors: What the emulator alone took.
    func add(_ name: String, _ time: Double, most: Double, aim: Double, floors: [Double]) {
        report.add(name, time, "s", floor: floors.median)
        report.add("  against the raw fork", time / floors.median, "×", atMost: most, aim: aim, floor: 1)
    }
}

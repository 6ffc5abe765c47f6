import APIClient
import APIContract
package import Foundation

/// Warm forks, spares, resets and sleep beside the emulator's own fork of the same machine, and how each grows.
package struct WarmBench: Sendable {
    /// How much is measured.
    package struct Extent: Sendable {
        /// Rounds of each kind of fork and reset.
        var rounds: Int
        /// Claims of a spare; the 95th percentile needs more of them.
        var claims: Int
        /// Rounds of going to sleep and waking.
        var sleeps: Int
        /// How many sessions are asked for at once, and how often.
        var crowd: (size: Int, rounds: Int)
        /// How many machines are alive when growth is looked at.
        var alive: [Int]
        /// How long idle machines are watched.
        var idle: Duration

        /// All that is promised.
        package static let full = Extent(
            rounds: 15,
            claims: 20,
            sleeps: 5,
            crowd: (30, 3),
            alive: [1, 5, 10, 30, 100],
            idle: .seconds(20),
        )
        /// Enough to see that everything works.
        package static let quick = Extent(
            rounds: 2,
            claims: 2,
            sleeps: 1,
            crowd: (4, 1),
            alive: [1, 4],
            idle: .seconds(5),
        )
    }

    /// What was found.
    package struct Findings: Sendable {
        /// The figures.
        package let report: BenchReport
        /// Every measurement, as comma-separated values.
        package let samples: String
        /// How the figures grow, as SVG.
        package let plot: String

        /// Writes the measurements and the plot into a folder.
        ///
        /// - Returns: The paths of the files.
        /// - Throws: What the file system throws.
        package func write(to folder: URL) throws -> [String] {
            try [("bench-warm.csv", samples), ("bench-warm.svg", plot)].map { name, text in
                let file = folder.appending(path: name)
                try text.write(to: file, atomically: true, encoding: .utf8)
                return file.path
            }
        }
    }

    static let lab = "warm"

    private let setup: PrivateDaemon.Setup
    private let extent: Extent

    /// Makes the benchmark.
    ///
    /// - Parameters:
    ///   - setup: The daemon to measure.
    ///   - extent: How much is measured.
    package init(_ setup: PrivateDaemon.Setup, extent: Extent = .full) {
        var setup = setup
        // As in the cold benchmark the quota must not bind.
        setup.files["policies/practice.yaml"] = BenchDefinitions.policy(
            resources: "vcpus: 2, cpuPercent: 200, memory: 1G, disk: 8G",
            limit: "4h",
            concurrency: 200,
        )
        setup.files[Self.labFile] = Self.labText(pool: 0)
        // Snapshots of other labs would be built beside what is measured.
        setup.labs = []
        setup.environment["SANDGLASS_MEMORY_OVERCOMMIT"] = "10"
        setup.environment["SANDGLASS_DISK_OVERCOMMIT"] = "50"
        setup.environment["SANDGLASS_LOG_LEVEL"] = "info"
        self.setup = setup
        self.extent = extent
    }

    static let labFile = "templates/labs/\(lab)/lab.yaml"

    /// The lab with that many spares.
    static func labText(pool: Int) -> String {
        BenchDefinitions.lab(lab, machine: "vcpus: 1, memory: 512M", "warm: {pool: \(pool)}")
    }

    /// Measures.
    ///
    /// A part that fails is a trouble of the report; the others are measured all the same.
    ///
    /// - Parameter tell: Hears what is being done.
    /// - Returns: What was found.
    /// - Throws: What kept it from measuring anything.
    package func run(tell: @escaping @Sendable (String) -> Void) async throws -> Findings {
        try await PrivateDaemon.measured(setup) { daemon, process in
            let accelerator = try await daemon.connected { client in
                try await daemon.provide(image: BenchDefinitions.image, client)
                return try await client.host().acceleration ?? "tcg"
            }
            let stage = WarmStage(daemon, extent, tell)
            tell("building the snapshot")
            try await stage.prepare()
            tell("freezing the same guest with the emulator alone")
            let guest = try RawGuest(image: BenchDefinitions.image, in: daemon, accelerator: accelerator)
            stage.floor = try RawFork(of: guest, in: "\(daemon.folder)/floor")
            try await stage.part("warming up") { try await stage.warmUp() }
            try await stage.part("forks on demand") { try await stage.forks() }
            try await stage.part("claims of a spare") { try await stage.claims() }
            try await stage.part("resets") { try await stage.resets() }
            try await stage.part("sleep") { try await stage.sleeps() }
            try await stage.part("many at once") { try await stage.crowd(spares: 0) }
            try await stage.part("many at once, with spares") { try await stage.crowd(spares: extent.crowd.size) }
            // What earlier parts left in the daemon's memory would hide what sessions take.
            try await daemon.restart(&process)
            stage.process = process.processIdentifier
            try await stage.part("growth") { try await stage.growth() }
            return stage.findings
        }
    }
}

import APIClient
import APIContract
import Foundation

/// What people and programs feel of the service itself: its API, and its terminals, recorded or not.
package struct ServiceBench: Sendable {
    static let plain = "plain"
    static let recorded = "recorded"

    private let setup: PrivateDaemon.Setup
    private let rounds: Int

    /// Makes the benchmark.
    ///
    /// - Parameters:
    ///   - setup: The daemon to measure.
    ///   - rounds: How often terminals are measured, with and without a recording in turn; the median counts.
    package init(_ setup: PrivateDaemon.Setup, rounds: Int = 3) {
        var setup = setup
        setup.environment["SANDGLASS_WARM"] = "off"
        setup.environment["SANDGLASS_LOG_LEVEL"] = "info"
        // As in the cold benchmark the quota must not bind.
        let policy = BenchDefinitions.policy(
            Self.plain,
            resources: "vcpus: 2, cpuPercent: 200, memory: 1G, disk: 8G",
            concurrency: 4,
        )
        setup.files["policies/\(Self.plain).yaml"] = policy
        setup.files["policies/\(Self.recorded).yaml"] =
            policy.replacing("id: \(Self.plain)", with: "id: \(Self.recorded)")
            + "recording: {mode: output, limit: 1G}\n"
        for name in [Self.plain, Self.recorded] {
            setup.files["templates/labs/\(name)/lab.yaml"] = BenchDefinitions.lab(
                name,
                policy: name,
                machine: "vcpus: 1, memory: 512M",
            )
        }
        self.setup = setup
        self.rounds = rounds
    }

    /// Measures.
    ///
    /// - Parameter tell: Hears what is being done.
    /// - Returns: The figures.
    /// - Throws: What kept it from measuring.
    package func run(tell: @escaping @Sendable (String) -> Void) async throws -> BenchReport {
        try await PrivateDaemon.measured(setup) { daemon, process in
            try await daemon.connected { client in
                try await daemon.provide(image: BenchDefinitions.image, client)
                tell("booting the guests")
                var sessions: [String: String] = [:]
                for lab in [Self.plain, Self.recorded] {
                    let id = try await client.createSession(.init(lab: lab)).id
                    try await client.wait(for: "ready", of: id)
                    sessions[lab] = id
                }
                guard let plain = sessions[Self.plain], let recorded = sessions[Self.recorded] else {
                    preconditionFailure("both were started")
                }
                let stage = ServiceStage(
                    daemon: daemon,
                    process: process.processIdentifier,
                    client: client,
                    plain: plain,
                    recorded: recorded,
                    tell: tell,
                )
                var report = BenchReport("service")
                try await stage.calls(&report)
                try await stage.echo(rounds: rounds, &report)
                try await stage.floods(rounds: rounds, &report)
                try await stage.watchers(&report)
                try await stage.memory(&report)
                return report
            }
        }
    }
}

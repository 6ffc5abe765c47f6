import APIClient
import APIContract
import Foundation

/// What the way between a person and a guest carries, beside what a bare port of the same guest does.
package struct LinkBench: Sendable {
    static let lab = "link"

    private let setup: PrivateDaemon.Setup
    private let rounds: Int
    private let size: Int
    private let keys: Int

    /// Makes the benchmark.
    ///
    /// - Parameters:
    ///   - setup: The daemon to measure.
    ///   - rounds: How often each is measured, in turn; the median counts.
    ///   - size: How many MiB are moved each time.
    ///   - keys: How many keys are typed in a round; a line of a terminal holds them.
    package init(_ setup: PrivateDaemon.Setup, rounds: Int = 7, size: Int = 64, keys: Int = 60) {
        var setup = setup
        setup.environment["SANDGLASS_WARM"] = "off"
        // As in the cold benchmark the quota must not bind.
        setup.files["policies/practice.yaml"] = BenchDefinitions.policy(
            resources: "vcpus: 2, cpuPercent: 200, memory: 1G, disk: 8G",
            concurrency: 2,
        )
        setup.files["templates/labs/\(Self.lab)/lab.yaml"] = BenchDefinitions.lab(
            Self.lab,
            machine: "vcpus: 1, memory: 512M",
        )
        self.setup = setup
        self.rounds = rounds
        self.size = size
        self.keys = keys
    }

    /// Measures.
    ///
    /// - Parameter tell: Hears what is being done.
    /// - Returns: The figures.
    /// - Throws: What kept it from measuring.
    package func run(tell: @Sendable (String) -> Void) async throws -> BenchReport {
        try await PrivateDaemon.measured(setup) { daemon, _ in
            try await daemon.connected { client in
                try await daemon.provide(image: BenchDefinitions.image, client)
                tell("booting the guest")
                let id = try await client.createSession(.init(lab: Self.lab)).id
                try await client.wait(for: "ready", of: id)
                let port = try RawPort(pluggedInto: try await client.machine(of: id), of: daemon)
                let stage = LinkStage(client: client, session: id, port: port, bytes: size << 20)
                try await stage.prepare()
                var findings = LinkFindings(mebibytes: Double(size))
                for round in 0...rounds {
                    let times = try await stage.move()
                    // The first finds nothing in place: pages, connections, translated code.
                    guard round > 0 else { continue }
                    findings.add(times)
                    tell("round \(round) of \(rounds): \(findings.lastRound)")
                }
                tell("typing")
                let echoes = try await stage.echo(rounds: rounds, keys: keys)
                (findings.rawEchoes, findings.echoes) = (echoes.raw, echoes.ours)
                return findings.report
            }
        }
    }
}

/// What was measured of a guest's link, and what it says about the promises.
struct LinkFindings {
    /// What is moved.
    enum Way: String, CaseIterable {
        case rawOut = "out of the guest through the bare port"
        case get = "a file out of the guest"
        case rawFromPipe = "from a pipe through the bare port"
        case output = "a program's output"
        case rawIn = "into the guest through the bare port"
        case rawIntoPipe = "through the bare port into a pipe"
        case input = "a program's input"
        case rawIntoFile = "through the bare port into a file"
        case put = "a file into the guest"

        /// What it is compared with: the bare port at the same work; `nil` for that itself.
        ///
        /// Programs have pipes and files pages, whoever moves the bytes; in an emulated guest those cost more than the port.
        var floor: Way? {
            switch self {
            case .rawOut, .rawFromPipe, .rawIn, .rawIntoPipe, .rawIntoFile: nil
            case .get: .rawOut
            case .output: .rawFromPipe
            case .input: .rawIntoPipe
            case .put: .rawIntoFile
            }
        }

        /// The bare port in the same direction, read or written by one program that does nothing else.
        var barePort: Way? {
            switch self {
            case .rawOut, .rawFromPipe, .rawIn, .rawIntoPipe, .rawIntoFile: nil
            case .get, .output: .rawOut
            case .input, .put: .rawIn
            }
        }
    }

    private let mebibytes: Double
    private var times: [Way: [Double]] = [:]
    /// Keys to echoes through the bare port, in seconds.
    var rawEchoes: [Double] = []
    /// The same at an agent's terminal, through the daemon.
    var echoes: [Double] = []

    /// Begins with nothing.
    ///
    /// - Parameter mebibytes: How much is moved each time.
    init(mebibytes: Double) { self.mebibytes = mebibytes }

    /// Adds a round: how long each way took, in seconds.
    mutating func add(_ round: [Way: Double]) {
        for (way, time) in round { times[way, default: []].append(time) }
    }

    /// The last round for people, in MiB/s.
    var lastRound: String {
        Way.allCases.compactMap { way in times[way]?.last.map { "\(Int(mebibytes / $0))" } }.joined(separator: ", ")
            + " MiB/s"
    }

    /// The figures.
    ///
    /// Each is compared with the bare port in the same round, so that what else happens on the host hits both.
    var report: BenchReport {
        var report = BenchReport("link")
        for way in Way.allCases {
            let own = times[way, default: []]
            let floors = way.floor.map { times[$0, default: []] }
            report.add(way.rawValue, mebibytes / own.median, "MiB/s", floor: floors.map { mebibytes / $0.median })
            if let floors {
                let ratios = zip(own, floors).map { $0 / $1 }
                report.add("  the bare port is faster by", ratios.median, "×", atMost: 2, aim: 1.5, floor: 1)
                if let bare = way.barePort, bare != way.floor {
                    let ratio = own.median / times[bare, default: []].median
                    report.add("  one that ends in nothing is faster by", ratio, "×", floor: 1)
                }
            }
        }
        let floor = rawEchoes.median * 1000
        report.add("echo of a key through the bare port p50", floor, "ms")
        report.add("echo of a key at a terminal p50", echoes.median * 1000, "ms", floor: floor)
        report.add("  added by us", echoes.median * 1000 - floor, "ms", atMost: 2, aim: 1)
        report.add("echo of a key at a terminal p95", echoes.percentile(0.95) * 1000, "ms")
        return report
    }
}

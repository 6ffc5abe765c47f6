import ArgumentParser
import Benchmarks
import Foundation

/// Measures what is promised.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure what is promised, on this host.",
        discussion: """
            Each benchmark runs a daemon of its own beside any other and removes it afterwards. Timings are compared \
            with a floor measured in the same run. Exit code 1 when a figure misses what it must be. Needs root and a \
            build for release.

            EXAMPLE:
              sandglass bench cold
              sandglass bench control --json
              sandglass bench warm --output figures
            """,
        subcommands: [
            Cold.self, Control.self, Image.self, Link.self, Warm.self, Grade.self, Service.self, Soak.self, All.self,
        ],
        defaultSubcommand: All.self,
    )

    /// Cold starts and leaks.
    struct Cold: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Cold start to prompt beside the emulator alone, and a check that nothing is left behind."
        )
        @OptionGroup var options: BenchOptions

        func run() async throws { try options.judge([try await ColdBench(options.setup()).run(tell: options.tell)]) }
    }

    /// The service without guests.
    struct Control: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A thousand simulated sessions through the real daemon and its record."
        )
        @OptionGroup var options: BenchOptions

        func run() async throws { try options.judge([try await ControlBench(options.setup()).run(tell: options.tell)]) }
    }

    /// The tuned image.
    struct Image: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Cold boot of the shipped image beside that of an image nobody tuned."
        )
        @OptionGroup var options: BenchOptions

        func run() async throws { try options.judge([try await ImageBench(options.setup()).run(tell: options.tell)]) }
    }

    /// The way into a guest.
    struct Link: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What programs, files and keys travel at, beside a bare port of the same guest."
        )
        @OptionGroup var options: BenchOptions

        func run() async throws { try options.judge([try await LinkBench(options.setup()).run(tell: options.tell)]) }
    }

    /// Warm forks.
    struct Warm: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forks, spares, resets and sleep beside the emulator's own fork, and how each grows.",
            discussion: """
                Beside the table it writes bench-warm.csv, every single measurement, and bench-warm.svg, how the figures \
                grow with the number of machines alive.
                """,
        )
        @OptionGroup var options: BenchOptions
        @OptionGroup var warm: WarmBenchOptions

        func run() async throws { try options.judge([try await warm.run(options)]) }
    }

    /// Checks and grading.
    struct Grade: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Checks beside a warm fork and a cold boot, and 30 sessions graded at once beside one that goes on."
        )
        @OptionGroup var options: BenchOptions

        func run() async throws { try options.judge([try await GradeBench(options.setup()).run(tell: options.tell)]) }
    }

    /// The service itself.
    struct Service: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The API beside a route that does nothing, and terminals: recorded, watched by many, flooded."
        )
        @OptionGroup var options: BenchOptions

        func run() async throws { try options.judge([try await ServiceBench(options.setup()).run(tell: options.tell)]) }
    }

    /// Many cycles.
    struct Soak: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Hundreds of machines forked and ended, emulators and the daemon killed now and then: nothing is left."
        )
        @OptionGroup var options: BenchOptions
        @Option(help: "How many machines are forked.")
        var cycles = 500

        func run() async throws {
            guard (1...100_000).contains(cycles) else {
                throw CommandFailure(.usage, "--cycles must lie between 1 and 100000, not \(cycles)")
            }
            try options.judge([try await SoakBench(options.setup(), cycles: cycles).run(tell: options.tell)])
        }
    }

    /// Everything.
    struct All: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "All benchmarks but the soak, one after the other (the default)."
        )
        @OptionGroup var options: BenchOptions
        @OptionGroup var warm: WarmBenchOptions

        func run() async throws {
            // Each is told as soon as it is known: what fails later takes nothing back.
            let setup = try options.setup()
            let benches: [() async throws -> BenchReport] = [
                { try await ControlBench(setup).run(tell: options.tell) },
                { try await ImageBench(setup).run(tell: options.tell) },
                { try await ColdBench(setup).run(tell: options.tell) },
                { try await LinkBench(setup).run(tell: options.tell) },
                { try await warm.run(options) },
                { try await GradeBench(setup).run(tell: options.tell) },
                { try await ServiceBench(setup).run(tell: options.tell) },
            ]
            var reports: [BenchReport] = []
            for bench in benches {
                reports.append(try await bench())
                if !options.json { try options.show(reports.suffix(1)) }
            }
            try options.judge(reports, shown: !options.json)
        }
    }
}

/// What the benchmark of warm forks takes.
struct WarmBenchOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Where bench-warm.csv and bench-warm.svg go; made when absent.", valueName: "folder"),
        completion: .directory,
    )
    var output = "."

    @Flag(help: "Measure warm forks a few times only, to see that they work; the figures say little.")
    var quick = false

    /// Measures and writes the files.
    func run(_ options: BenchOptions) async throws -> BenchReport {
        let folder = URL(filePath: output)
        // Not only after all the measuring.
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let bench = WarmBench(try options.setup(), extent: quick ? .quick : .full)
        let findings = try await bench.run(tell: options.tell)
        for file in try findings.write(to: folder) { options.tell("written: \(file)") }
        return findings.report
    }
}

/// What all benchmarks take.
struct BenchOptions: ParsableArguments {
    @Option(help: "The folder that holds policies and templates; SANDGLASS_DEFINITIONS_DIR or this folder when absent.")
    var definitions: String?

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func setup() throws -> PrivateDaemon.Setup {
        #if DEBUG
        throw CommandFailure(
            .failed,
            "this is a debug build, whose figures say nothing: make bench builds for release",
        )
        #else
        let environment = ProcessInfo.processInfo.environment
        let here = FileManager.default.currentDirectoryPath
        guard let own = Bundle.main.executableURL else {
            throw CommandFailure(.failed, "this program's own folder is not known")
        }
        return PrivateDaemon.Setup(
            executable: own.deletingLastPathComponent().appending(path: "sandglassd").path,
            definitions: definitions ?? environment["SANDGLASS_DEFINITIONS_DIR"] ?? here,
        )
        #endif
    }

    @Sendable func tell(_ line: String) { Output.note(line) }

    func show(_ reports: some Sequence<BenchReport>) throws {
        for report in reports { try Output.line("\n\(report.name)\n\n\(report.table)") }
    }

    func judge(_ reports: [BenchReport], shown: Bool = false) throws {
        if json {
            try Output.line("[" + reports.map { try $0.json() }.joined(separator: ",\n") + "]")
        } else if !shown {
            try show(reports)
        }
        guard reports.allSatisfy(\.isKept) else { throw ExitCode(1) }
    }
}

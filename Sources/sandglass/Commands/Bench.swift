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
            """,
        subcommands: [Cold.self, Control.self, Image.self, All.self],
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

    /// Everything.
    struct All: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All benchmarks, one after the other (the default).")
        @OptionGroup var options: BenchOptions

        func run() async throws {
            // Each is told as soon as it is known: what fails later takes nothing back.
            let setup = try options.setup()
            let benches: [() async throws -> BenchReport] = [
                { try await ControlBench(setup).run(tell: options.tell) },
                { try await ImageBench(setup).run(tell: options.tell) },
                { try await ColdBench(setup).run(tell: options.tell) },
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

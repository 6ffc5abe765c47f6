import APIContract
import ArgumentParser
import Foundation

/// Looks the host over without a running daemon.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tells whether this host can run sessions.",
        discussion: "Exit status 0 when it can, 1 when it cannot. `sandglass doctor` shows the same for people.",
    )

    @Flag(help: "Print the report as JSON.")
    var json = false

    func run() async throws {
        let settings = try Settings()
        let report = await Doctor(settings: settings).report()
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            for finding in report.findings {
                print("\(finding.level.rawValue): \(finding.subject): \(finding.found)")
                if let cause = finding.cause { print("    \(cause)") }
                if let remedy = finding.remedy { print("    \(remedy)") }
            }
        }
        if !report.fit { throw ExitCode(1) }
    }
}

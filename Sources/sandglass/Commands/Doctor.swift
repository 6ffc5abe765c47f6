import APIClient
import APIContract
import ArgumentParser
import Foundation
import Glibc

/// Tells whether this host can run sessions.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell whether this host can run sessions, and what would help.",
        discussion: """
            Looks at acceleration (by running something), libvirt, QEMU, the system call filter, control groups, memory, \
            disk, clock and rights. Each finding that is not good has a cause and a remedy. Works without a running \
            daemon too: it then lets `sandglassd check` look.

            Exit code 0 when sessions can run, 1 when they cannot.

            EXAMPLES:
              sandglass doctor
              sandglass doctor --json | jq .fit
            """,
    )

    @OptionGroup var service: ServiceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let report: HostReport
        var isServed = true
        do {
            report = try await service.connected { try await $0.host() }
        } catch let failure as ConnectionFailure where failure.isForWantOfDaemon {
            report = try DaemonProgram.answer(["check", "--json"], because: failure)
            isServed = false
        }
        if output.json {
            try Output.json(report)
        } else {
            let colour = Screen(STDOUT_FILENO).usesColour
            if !isServed { try Output.line("The daemon does not answer; this is what its own check found.\n") }
            for line in HostReportText.lines(report, colour: colour) { try Output.line(line) }
        }
        if !report.fit { throw CommandFailure(.negative) }
    }
}

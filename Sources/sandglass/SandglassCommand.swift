import ArgumentParser
import Glibc

/// The command-line tool.
@main
struct SandglassCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandglass",
        abstract: "Fresh Linux machines for a limited time.",
        discussion: """
            Begin with `sandglass doctor`, which says whether this host can run sessions, and `sandglass up`, which \
            starts a session and opens its terminal.

            Everything goes through the daemon, sandglassd. Its socket is /run/sandglass/sandglass.sock unless --socket \
            or SANDGLASS_SOCKET says otherwise; --server or SANDGLASS_SERVER names one on the network instead. Exit codes are listed in docs/cli.md; 0 means that what was asked for \
            was done.
            """,
        subcommands: [
            Doctor.self, Up.self, SessionCommands.self, ImageCommands.self, LabCommands.self, PolicyCommands.self,
            RecordingCommands.self, Grade.self, WarmCommands.self, PersonCommands.self, TokenCommands.self, Audit.self,
            WhoAmI.self, Bench.self, Completions.self, SSHKeys.self, SSHEntry.self,
        ],
    )

    /// Runs the command that the arguments name.
    ///
    /// All errors become a message and an exit code here.
    static func main() async {
        do {
            var command = try await asyncParseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard let status = CommandStatus(error) else { exit(withError: error) }
            if let message = ErrorText.text(for: error) {
                Output.note(isForPrograms ? ErrorText.json(message, of: error, status) : "sandglass: \(message)")
            }
            Glibc.exit(status.rawValue)
        }
    }

    /// Whether JSON was asked for.
    ///
    /// An error may come before or after the options of a command are known, so the arguments themselves are asked.
    private static var isForPrograms: Bool {
        CommandLine.arguments.dropFirst().prefix { $0 != "--" }.contains("--json")
    }
}

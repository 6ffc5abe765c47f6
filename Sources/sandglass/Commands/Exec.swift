import APIClient
import APIContract
import ArgumentParser
import Glibc

extension SessionCommands {
    /// Runs a program in a session's machine.
    struct Exec: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run a program in a machine of a session.",
            discussion: """
                The program gets this command's standard input, its outputs come out here, and its exit code is this \
                command's: 128 and the signal's number when a signal ended it, 124 when --timeout did. Running a program in \
                a session that is ready starts its time. Ctrl-C ends the command, and with it the program.

                The machine's image needs the guest agent; images that are built have it.

                EXAMPLES:
                  sandglass session exec k3v9 -- uname -a
                  sandglass session exec k3v9 --user student --timeout 30s -- make test
                  tar c project | sandglass session exec k3v9 --directory /srv -- tar x
                """,
        )

        @OptionGroup var target: SessionArgument

        @Option(help: ArgumentHelp("The machine; the session's first when not given.", valueName: "name"))
        var machine: String?

        @Option(help: ArgumentHelp("As whom: a name or a number.", valueName: "user"))
        var user = "root"

        @Option(help: ArgumentHelp("Where; the user's home when not given.", valueName: "folder"))
        var directory: String?

        @Option(help: ArgumentHelp("A variable for the program; may be repeated.", valueName: "name=value"))
        var env: [Variable] = []

        @Option(help: ArgumentHelp("Kill it after this long, for example 500ms, 30s, 5m, 1h.", valueName: "time"))
        var timeout: TimeSpan?

        @OptionGroup var service: ServiceOptions

        @Argument(
            parsing: .postTerminator,
            help: ArgumentHelp("The program and its arguments, after --.", valueName: "program"),
        )
        var command: [String] = []

        func validate() throws {
            guard command.first?.isEmpty == false else {
                throw ValidationError("name the program after --, for example: sandglass session exec k3v9 -- uname -a")
            }
        }

        func run() async throws {
            let request = ProgramMessage.Request(
                arguments: command,
                machine: machine,
                user: user,
                directory: directory,
                environment: Dictionary(env.map { ($0.name, $0.value) }) { $1 },
                timeoutSeconds: timeout?.seconds,
            )
            let status = try await service.connected { client in
                try await ProgramRun(client: client, session: target.resolved(client)).run(request)
            }
            throw ExitCode(status)
        }
    }
}

/// A variable of an environment.
struct Variable: ExpressibleByArgument {
    let name: String
    let value: String

    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
        name = String(argument[..<sign])
        value = String(argument[argument.index(after: sign)...])
    }
}

/// A time as people write it: a number and its unit.
struct TimeSpan: ExpressibleByArgument {
    /// The same in seconds; more than none.
    let seconds: Double

    init?(argument: String) {
        let units: KeyValuePairs = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let (unit, factor) = units.first(where: { argument.hasSuffix($0.key) }),
            let number = Double(argument.dropLast(unit.count)), number > 0, number.isFinite
        else { return nil }
        seconds = number * factor
    }
}

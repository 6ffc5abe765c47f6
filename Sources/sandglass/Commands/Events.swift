import APIClient
import APIContract
import ArgumentParser
import Glibc

extension SessionCommands {
    /// Prints a session's timeline.
    struct Events: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what happened in a session, step by step.",
            discussion: """
                Each line has the local time, the time since the first line, what happened, and how long it took. The \
                timeline stays when the session is over.

                With --follow, new lines are printed as they are written, until nothing is left of the session but its \
                record; with --json they come as one object per line.

                EXAMPLES:
                  sandglass session events k3v9
                  sandglass session events k3v9 --follow --json | jq -r .kind
                """,
        )

        @OptionGroup var target: SessionArgument

        @Flag(name: .shortAndLong, help: "Go on with new lines until the session is over.")
        var follow = false

        @Option(help: ArgumentHelp("Only lines after this sequence number.", valueName: "sequence"))
        var after: Int64 = 0

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard after >= 0 else { throw ValidationError("--after must not be negative") }
        }

        func run() async throws {
            try await service.connected { client in
                let id = try await target.resolved(client)
                if follow { return try await followLines(of: id, client) }
                let list = try await client.events(of: id, after: after)
                if output.json { return try Output.json(list) }
                var lines = TimelineText(colour: Screen(STDOUT_FILENO).usesColour)
                for event in list.events { try Output.line(lines.line(event)) }
            }
        }

        private func followLines(of id: String, _ client: SandglassClient) async throws {
            var lines = TimelineText(colour: Screen(STDOUT_FILENO).usesColour)
            for try await event in try await client.followEvents(of: id, after: after) {
                if output.json {
                    try Output.json(event, compact: true)
                } else {
                    try Output.line(lines.line(event))
                }
            }
        }
    }
}

import APIClient
import APIContract
import ArgumentParser

extension SessionCommands {
    /// Tells what was recorded of a session.
    struct Recordings: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what was recorded of a session's terminals.",
            discussion: """
                A recording is sealed when its session is over. Its head stands for every line of it: whoever keeps the \
                head can tell any other recording from this one.

                EXAMPLES:
                  sandglass session recordings k3v9
                  sandglass recording export k3v9 --to evidence
                """,
        )

        @OptionGroup var target: SessionArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var form: OutputOptions

        func run() async throws {
            try await service.connected { client in
                let id = try await target.resolved(client)
                let list = try await client.recordings(of: id)
                if form.json { return try Output.json(list) }
                guard !list.recordings.isEmpty else { return try Output.line("Nothing was recorded of session \(id).") }
                var table = Table("MACHINE", "TERMINAL", "STATE", ">SIZE", ">LINES", "HEAD")
                for one in list.recordings {
                    table.add(
                        one.machine,
                        one.name,
                        one.state,
                        "\(one.bytes) bytes",
                        one.lines.map(String.init) ?? "",
                        one.head ?? "",
                    )
                }
                try Output.table(table)
            }
        }
    }
}

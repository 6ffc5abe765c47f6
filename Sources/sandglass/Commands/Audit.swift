import APIClient
import APIContract
import ArgumentParser

/// Shows the audit log.
struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show who did what, when and from where, newest first.",
        discussion: """
            For those who may read the audit log. People are named by their ids: `person show` says who that is.

            EXAMPLES:
              sandglass audit
              sandglass audit --limit 500 --json | jq -r '.entries[] | select(.outcome == "refused")'
            """,
    )

    @Option(help: ArgumentHelp("How many lines at most, 1 to 500.", valueName: "count"))
    var limit = 50

    @Option(help: ArgumentHelp("Only lines before the one with this number.", valueName: "number"))
    var before: Int64?

    @OptionGroup var service: ServiceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let page = try await service.connected { try await $0.audit(before: before, limit: limit) }
        if output.json { return try Output.json(page) }
        guard !page.entries.isEmpty else { return Output.note("No lines.") }
        var table = Table(">NUMBER", "WHEN", "WHO", "THROUGH", "FROM", "DID", "TO", "OUTCOME", "DETAIL")
        for entry in page.entries {
            table.add(
                "\(entry.sequence)",
                TimeText.local(entry.at),
                entry.actor ?? "",
                entry.channel,
                entry.address ?? "",
                entry.action,
                entry.object,
                entry.outcome,
                entry.detail,
            )
        }
        try Output.table(table)
        if let next = page.next { Output.note("More: add --before \(next)") }
    }
}

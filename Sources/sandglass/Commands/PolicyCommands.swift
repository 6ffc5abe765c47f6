import APIClient
import APIContract
import ArgumentParser

/// Commands about policies.
struct PolicyCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "List, show and check policies.",
        discussion: "A policy is the limits a session runs under: time, processor, memory, disk, network, concurrency.",
        subcommands: [List.self, Show.self, Check.self],
    )

    /// Lists policies.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the policies.",
            discussion: "EXAMPLE:\n  sandglass policy list",
        )

        /// What the list shows of each.
        private static let shown = ["time.limit", "resources.memory", "network", "isolation"]

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let list = try await service.connected { try await $0.policies() }
            if output.json { return try Output.json(list) }
            var table = Table("POLICY", ">TIME", ">MEMORY", "NETWORK", "ISOLATION", "TITLE")
            for policy in list.policies {
                let fields = Dictionary(policy.fields.map { ($0.name, $0.value) }) { first, _ in first }
                table.add([policy.id] + Self.shown.map { fields[$0] ?? "" } + [SessionWords.title(policy.title)])
            }
            if !table.isEmpty { try Output.table(table) }
            Problems.note(list.problems, of: "Definitions that cannot be used:")
        }
    }

    /// Shows a policy.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show every field of a policy as it is in force, defaults included.",
            discussion: "EXAMPLE:\n  sandglass policy show practice",
        )

        @Argument(help: ArgumentHelp("The policy.", valueName: "policy"), completion: Names.policies)
        var id: String

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func validate() throws { try NameArgument.check(id) }

        func run() async throws {
            let policy = try await service.connected { try await $0.policy(id) }
            if output.json { return try Output.json(policy) }
            var sheet = FactSheet()
            sheet.add("policy", policy.id)
            sheet.add("title", SessionWords.title(policy.title))
            for field in policy.fields { sheet.add(field.name, field.value) }
            try sheet.print()
        }
    }

    /// Checks a policy's file.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look a policy file through without using it.",
            discussion: """
                Every finding says file, line, column, key and what was expected. Exit code 1 when there are any.

                EXAMPLE:
                  sandglass policy check policies/practice.yaml
                """,
        )

        @Argument(
            help: ArgumentHelp("The file; - reads standard input.", valueName: "file"),
            completion: .file(extensions: ["yaml"]),
        )
        var path: String

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let check = DefinitionCheck(kind: "policy", path: path)
            try check.show(try await check.answer(service), output)
        }
    }
}

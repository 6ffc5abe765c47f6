import APIClient
import APIContract
import ArgumentParser

/// Commands about labs.
struct LabCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "List, show and check labs, begin, try, test, publish and import them.",
        discussion: "A lab is what a session is started from: its machines, its title and its policy.",
        subcommands: [
            List.self, Show.self, Check.self, New.self, Try.self, Test.self, Publish.self, Import.self,
        ],
    )

    /// Lists labs.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the labs that sessions can be started from.",
            discussion: "EXAMPLE:\n  sandglass lab list",
        )

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let list = try await service.connected { try await $0.labs() }
            if output.json { return try Output.json(list) }
            var table = Table("LAB", ">EDITION", "POLICY", "MACHINES", "TITLE")
            for lab in list.labs {
                let machines = lab.machines.map { "\($0.name) (\($0.image))" }.joined(separator: ", ")
                table.add(lab.id, "\(lab.version)", lab.policy, machines, SessionWords.title(lab.title))
            }
            if !table.isEmpty { try Output.table(table) }
            Problems.note(list.problems, of: "Definitions that cannot be used:")
        }
    }

    /// Shows a lab.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one lab.",
            discussion: "EXAMPLE:\n  sandglass lab show first-steps",
        )

        @Argument(help: ArgumentHelp("The lab.", valueName: "lab"), completion: Names.labs)
        var id: String

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func validate() throws { try NameArgument.check(id) }

        func run() async throws {
            let lab = try await service.connected { try await $0.lab(id) }
            if output.json { return try Output.json(lab) }
            var sheet = FactSheet()
            sheet.add("lab", lab.id)
            sheet.add("title", SessionWords.title(lab.title))
            sheet.add("edition", "\(lab.version)")
            sheet.add("policy", lab.policy)
            sheet.add("spares", lab.pool == 0 ? "none" : "\(lab.pool) of each machine")
            try sheet.print()
            var table = Table("MACHINE", "IMAGE", ">CPUS", ">MEMORY", ">DISK")
            for machine in lab.machines {
                table.add(
                    machine.name,
                    machine.image,
                    machine.vcpus.map { "\($0)" } ?? "the policy's",
                    machine.memoryMiB.map { SessionWords.size(mebibytes: $0) } ?? "the policy's",
                    machine.diskMiB.map { SessionWords.size(mebibytes: $0) } ?? "the policy's",
                )
            }
            try Output.line()
            try Output.table(table)
        }
    }
}

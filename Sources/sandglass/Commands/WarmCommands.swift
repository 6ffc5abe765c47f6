import APIClient
import APIContract
import ArgumentParser

/// Commands about warm snapshots.
struct WarmCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warm",
        abstract: "Build, list and remove warm snapshots.",
        discussion: """
            A warm snapshot is a lab's machine, booted and frozen. Machines forked from it are at a prompt at once, instead \
            of booting. The service builds what its labs need by itself; these commands are for looking after it. \
            Operators only.

            A snapshot is named by its id, or by the beginning of its id where no other begins like it.

            EXAMPLES:
              sandglass warm list
              sandglass warm build first-steps
              sandglass warm show 4kq7
            """,
        subcommands: [Build.self, List.self, Show.self, Remove.self, CollectGarbage.self],
    )

    /// Builds snapshots.
    struct Build: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Build the snapshots of a lab's machines.",
            discussion: """
                Builds what is missing and returns when it is there. Stopping this command does not stop the build.

                EXAMPLES:
                  sandglass warm build first-steps
                  sandglass warm build first-steps --replace
                """,
        )

        @Argument(help: ArgumentHelp("The lab.", valueName: "lab"), completion: Names.labs)
        var lab: String

        @Flag(help: "Build snapshots that could be used again too.")
        var replace = false

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func validate() throws { try NameArgument.check(lab) }

        func run() async throws {
            try await service.connected { client in
                try await ProgressView.show(
                    client.buildWarm(BuildWarmRequest(lab: lab, replacing: replace)),
                    output,
                    success: WarmText.built,
                )
            }
        }
    }

    /// Lists what is kept warm.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List how labs' machines are kept warm, and the snapshots on disk.",
            discussion: "EXAMPLE:\n  sandglass warm list --json | jq -r '.snapshots[].id'",
        )

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let list = try await service.connected { try await $0.warm() }
            if output.json { return try Output.json(list) }
            let tables = [WarmText.table(list.machines), WarmText.table(list.snapshots)].filter { !$0.isEmpty }
            for (index, table) in tables.enumerated() {
                if index > 0 { try Output.line() }
                try Output.table(table)
            }
            if list.snapshots.isEmpty {
                Output.note("No snapshots yet. Build one: sandglass warm build first-steps")
            }
            Problems.note(list.problems, of: "Snapshot folders that could not be read; they are left alone:")
        }
    }

    /// Shows a snapshot.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one snapshot, with everything that must be the same for machines to be forked from it.",
            discussion: "EXAMPLE:\n  sandglass warm show 4kq7",
        )

        @OptionGroup var target: SnapshotArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let snapshot = try await service.connected { try await $0.snapshot(target.resolved($0)) }
            if output.json { return try Output.json(snapshot) }
            try WarmText.sheet(snapshot).print()
        }
    }

    /// Removes a snapshot.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm",
            abstract: "Remove a snapshot and its spares.",
            discussion: """
                Refused (exit code 6) while the disk of a session, or one kept as evidence, stands on it. It is built again \
                when its lab still wants one.

                EXAMPLE:
                  sandglass warm rm 4kq7
                """,
        )

        @OptionGroup var target: SnapshotArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let id = try await service.connected { client in
                let id = try await target.resolved(client)
                try await client.removeSnapshot(id)
                return id
            }
            // The service answers nothing; this is the answer of `gc`.
            if output.json { return try Output.json(WarmGarbageResponse(removed: [id])) }
            Output.note("The snapshot \(id) is removed.")
        }
    }

    /// Removes snapshots nobody wants.
    struct CollectGarbage: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "gc",
            abstract: "Remove snapshots that no lab wants any more.",
            discussion: """
                That is: of labs, images or hosts that have changed since, and those that cannot be used. What a disk stands \
                on stays.

                EXAMPLE:
                  sandglass warm gc
                """,
        )

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer = try await service.connected { try await $0.collectWarmGarbage() }
            if output.json { return try Output.json(answer) }
            for line in answer.removed { try Output.line(PlainText.clean(line)) }
            if answer.removed.isEmpty { Output.note("There was nothing to remove.") }
        }
    }
}

/// Names one snapshot.
struct SnapshotArgument: ParsableArguments {
    /// Identifiers have this many characters.
    private static let length = 12

    @Argument(
        help: ArgumentHelp("The snapshot: its id or the beginning of it.", valueName: "snapshot"),
        completion: Names.snapshots,
    )
    var id: String

    func validate() throws {
        guard !id.isEmpty else { throw ValidationError("the snapshot's id must not be empty") }
    }

    /// The whole identifier.
    ///
    /// - Throws: ``CommandFailure`` with `notFound` when no snapshot begins like this, with `usage` when several do.
    func resolved(_ client: SandglassClient) async throws -> String {
        guard id.count < Self.length else { return id }
        let found = try await client.warm().snapshots.map(\.id).filter { $0.hasPrefix(id) }
        return try Beginning.only(found, id, "snapshot", see: "sandglass warm list")
    }
}

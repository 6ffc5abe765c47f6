import APIClient
import APIContract
import ArgumentParser

extension SessionCommands {
    /// Shows what a session's lab asks for.
    struct Tasks: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a session's lab asks for, and what of it was done.",
            discussion: "EXAMPLE:\n  sandglass session tasks k3v9",
        )

        @OptionGroup var target: SessionArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let standing = try await service.connected { try await $0.tasks(of: target.resolved($0)) }
            if output.json { return try Output.json(standing) }
            for line in CheckText.tasks(standing) { try Output.line(PlainText.clean(line, keepingLines: true)) }
        }
    }

    /// Checks what was done in a session.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check what was done in a session.",
            discussion: """
                Checks the tasks of the session's lab that are named, or all of them, in the lab's order. The exit status is \
                0 when all of them passed and 1 when not. A task that could not be checked costs no attempt.

                EXAMPLES:
                  sandglass session check k3v9
                  sandglass session check k3v9 serve persist
                """,
        )

        @OptionGroup var target: SessionArgument

        @Argument(help: ArgumentHelp("The tasks; all when none is named.", valueName: "task"))
        var tasks: [String] = []

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await service.connected { client in
                var hasPassed = true
                for try await report in try await client.check(tasks, of: target.resolved(client)) {
                    if let problem = report.problem, !output.json { throw problem }
                    if let result = report.checked, result.verdict != "passed" { hasPassed = false }
                    if output.json {
                        try Output.json(report, compact: true)
                        if let problem = report.problem { throw problem }
                    } else {
                        for line in CheckText.lines(report) {
                            try Output.line(PlainText.clean(line, keepingLines: true))
                        }
                    }
                }
                if !hasPassed { throw CommandFailure(.negative) }
            }
        }
    }

    /// Tells a hint.
    struct Hint: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell the next hint of a task.",
            discussion: """
                A hint may cost some of the task's points; sandglass session tasks shows what was told.

                EXAMPLE:
                  sandglass session hint k3v9 serve
                """,
        )

        @OptionGroup var target: SessionArgument

        @Argument(help: ArgumentHelp("The task.", valueName: "task"))
        var task: String

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let hint = try await service.connected { try await $0.hint(for: task, of: target.resolved($0)) }
            if output.json { return try Output.json(hint) }
            for line in CheckText.hint(hint) { try Output.line(PlainText.clean(line, keepingLines: true)) }
        }
    }

    /// Ends a session whose person is done.
    struct Submit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say that you are done: what you did is checked once more, and the session ends.",
            discussion: """
                Nothing can be typed from here on. What is found then is what counts.

                EXAMPLE:
                  sandglass session submit k3v9
                """,
        )

        @OptionGroup var target: SessionArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try await service.connected { try await $0.submitSession(target.resolved($0)) }
            if output.json { return try Output.json(session) }
            try Output.line("\(session.id): \(SessionWords.state(session)).")
        }
    }
}

import APIContract
import ArgumentParser
import Glibc

/// Commands for those who write labs; they need no daemon.
extension LabCommands {
    /// Checks a lab.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look a lab through without using it.",
            discussion: """
                Looks at lab.yaml and the files beside it, without a daemon. Every finding says file, line, column, key \
                and what was expected. Exit code 1 when there are any.

                EXAMPLE:
                  sandglass lab check templates/labs/first-steps
                """,
        )

        @Argument(
            help: ArgumentHelp("The lab's folder, or its file; - reads standard input.", valueName: "lab"),
            completion: .file(extensions: ["yaml"]),
        )
        var path: String

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let (file, isText) = try place()
            let check = DefinitionCheck(kind: "lab", path: file)
            if !isText, DaemonProgram.exists {
                let answer: CheckDefinitionResponse = try DaemonProgram.answer(
                    ["check-definition", "--read", "--", "lab", file]
                )
                return try check.show(answer, output)
            }
            if !isText { Output.note("sandglassd is not here: the files beside \(file) are not looked at.") }
            try check.show(try await check.answer(service), output)
        }

        /// The file, and whether there is nothing but its text: what is read from a pipe has no files beside it.
        private func place() throws -> (file: String, isText: Bool) {
            var status = stat()
            guard path != "-", stat(path, &status) == 0 else { return (path, true) }
            guard status.st_mode & S_IFMT == S_IFDIR else { return (path, status.st_mode & S_IFMT != S_IFREG) }
            let file = path.hasSuffix("/") ? "\(path)lab.yaml" : "\(path)/lab.yaml"
            guard access(file, F_OK) == 0 else {
                throw CommandFailure(.notFound, "the folder \(path) has no lab.yaml")
            }
            return (file, false)
        }
    }

    /// Begins a lab.
    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a small complete lab to begin with.",
            discussion: """
                The folder is called as the lab is. What exists is never written over.

                EXAMPLE:
                  sandglass lab new broken-proxy --into templates/labs
                """,
        )

        @Argument(help: ArgumentHelp("The lab's name.", valueName: "name"))
        var name: String

        @OptionGroup var destination: LabDestination
        @OptionGroup var output: OutputOptions

        func validate() throws { try NameArgument.check(name) }

        func run() async throws {
            let lab: NewLabResponse = try DaemonProgram.answer(["new-lab", "--", name, destination.into])
            if output.json { return try Output.json(lab) }
            for file in lab.files { try Output.line(PlainText.clean("\(lab.folder)/\(file)")) }
            Output.note("Look it through: sandglass lab check \(lab.folder)")
        }
    }

    /// Imports a lab.
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a lab of a Killercoda scenario, an Instruqt track or a SadServers scenario.",
            discussion: """
                What has no place in a lab is listed by name, here and in import-report.md in the lab's folder. What \
                exists is never written over. docs/importing-labs.md tells what goes where.

                EXAMPLE:
                  sandglass lab import scenarios/nginx-basics --into templates/labs
                """,
        )

        @Argument(help: ArgumentHelp("The folder.", valueName: "source"), completion: .directory)
        var source: String

        @OptionGroup var destination: LabDestination

        @Option(help: ArgumentHelp("The lab's name (default: follows from the source).", valueName: "name"))
        var id: String?

        @OptionGroup var output: OutputOptions

        func run() async throws {
            var arguments = ["import-lab"]
            if let id { arguments.append("--id=\(id)") }
            arguments += ["--", source, destination.into]
            let report: ImportLabResponse = try DaemonProgram.answer(arguments)
            if output.json { return try Output.json(report) }
            for line in ImportText.lines(report) { try Output.line(PlainText.clean(line)) }
        }
    }
}

/// Where a lab's folder is made.
struct LabDestination: ParsableArguments {
    @Option(
        help: ArgumentHelp("The folder in which the lab's own is made.", valueName: "folder"),
        completion: .directory,
    )
    var into = "."
}

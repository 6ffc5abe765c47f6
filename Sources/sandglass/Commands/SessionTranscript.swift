import APIClient
import APIContract
import ArgumentParser

extension SessionCommands {
    /// Shows as text what terminals showed.
    struct Transcript: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show as text what a session's terminals have shown.",
            discussion: """
                Of what was recorded: the lines that went by, then those on the screen, as people saw them. A program that took \
                the whole screen is one line. While the session goes on it is what there is so far.

                EXAMPLES:
                  sandglass session transcript k3v9
                  sandglass session transcript k3v9 --terminal 1 --times
                """,
        )

        @OptionGroup var target: SessionArgument
        @OptionGroup var choice: RecordingChoice
        @OptionGroup var service: ServiceOptions
        @OptionGroup var form: TranscriptOptions

        func run() async throws {
            try await service.connected { client in
                let id = try await target.resolved(client)
                let recordings = try choice.chosen(from: try await client.recordings(of: id), of: id, all: !form.json)
                for recording in recordings {
                    if recordings.count > 1 { try RecordingText.heading(recording) }
                    try await client.transcript(recording, of: id, form.show)
                }
            }
        }
    }

    /// Shows what was run.
    struct Commands: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what was run at a session's terminals, as its machines tell it.",
            discussion: """
                The shells of the images mark in what they show which commands they run and how those end. It is the guest's \
                word: whoever is in the machine can make it tell anything, or nothing.

                EXAMPLES:
                  sandglass session commands k3v9
                  sandglass session commands k3v9 --terminal 0 --json | jq -r '.commands[].text'
                """,
        )

        @OptionGroup var target: SessionArgument
        @OptionGroup var choice: RecordingChoice
        @OptionGroup var service: ServiceOptions
        @OptionGroup var form: OutputOptions

        func run() async throws {
            try await service.connected { client in
                let id = try await target.resolved(client)
                let recordings = try choice.chosen(from: try await client.recordings(of: id), of: id, all: !form.json)
                for recording in recordings {
                    let list = try await client.commands(recording, of: id)
                    if form.json { return try Output.json(list) }
                    if recordings.count > 1 { try RecordingText.heading(recording) }
                    try RecordingText.show(list)
                }
            }
        }
    }
}

/// Chooses some of a session's recordings.
struct RecordingChoice: ParsableArguments {
    @Option(help: ArgumentHelp("Only of this machine, by its name in the lab.", valueName: "machine"))
    var machine: String?

    @Option(help: ArgumentHelp("Only of this terminal: console, or its number.", valueName: "terminal"))
    var terminal: String?

    /// Those that are wanted.
    ///
    /// - Throws: ``CommandFailure`` with `notFound` when there is none, with `usage` when there are several and not all
    ///   can be shown.
    func chosen(from list: RecordingList, of id: String, all: Bool) throws -> [RecordingResource] {
        let found = list.recordings.filter { one in
            let isTerminal = terminal.map { one.name == $0 || one.name.hasPrefix("\($0).") } ?? true
            return isTerminal && one.machine == machine ?? one.machine
        }
        guard !found.isEmpty else {
            throw CommandFailure(.notFound, "there is no such recording; see sandglass session recordings \(id)")
        }
        guard all || found.count == 1 else {
            let names = found.map { PlainText.clean("\($0.machine) \($0.name)") }.joined(separator: ", ")
            throw CommandFailure(.usage, "--json shows one recording; choose with --machine and --terminal: \(names)")
        }
        return found
    }
}

/// How a transcript is printed.
struct TranscriptOptions: ParsableArguments {
    @Flag(help: "Print before each line when it was written, since the recording began.")
    var times = false

    @Flag(help: "Print a line of JSON for each, exactly as the service answers it.")
    var json = false

    /// Prints a line.
    func show(_ line: TranscriptLineResource) throws {
        if json { return try Output.json(line, compact: true) }
        let text = PlainText.clean(line.text)
        try Output.line(times ? "\(RecordingText.clock(line.at))  \(text)" : text)
    }
}

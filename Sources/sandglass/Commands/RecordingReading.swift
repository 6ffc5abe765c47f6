import APIContract
import ArgumentParser
import SessionModel
import Terminal

extension RecordingCommands {
    /// Shows as text what recordings on this computer show.
    struct Transcript: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show as text what recordings show; needs no service.",
            discussion: """
                What `sandglass session transcript` shows, of exported files. It does not find out whether they are what was \
                sealed: `sandglass recording verify` does.

                EXAMPLES:
                  sandglass recording transcript evidence/box/0.cast.gz
                  sandglass recording transcript evidence --times
                """,
        )

        @OptionGroup var place: RecordingArgument
        @OptionGroup var form: TranscriptOptions

        func run() async throws {
            try place.read(all: !form.json) { files in
                let transcriber = try Transcriber(files)
                while let lines = try transcriber.next() {
                    for line in lines { try form.show(TranscriptLineResource(at: line.time.seconds, text: line.text)) }
                }
            }
        }
    }

    /// Shows which commands recordings on this computer tell of.
    struct Commands: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what was run, as recordings tell it; needs no service.",
            discussion: """
                What `sandglass session commands` shows, of exported files: the guest's word.

                EXAMPLE:
                  sandglass recording commands evidence/box/0.cast.gz
                """,
        )

        @OptionGroup var place: RecordingArgument
        @OptionGroup var form: OutputOptions

        func run() async throws {
            try place.read(all: !form.json) { files in
                let reader = try CommandReader(files)
                var log: CommandLog?
                while log == nil { log = try reader.next() }
                let list = CommandList(
                    commands: (log?.commands ?? []).map { command in
                        CommandResource(
                            at: command.time.seconds,
                            text: command.text,
                            isCut: command.isCut,
                            seconds: command.took?.seconds,
                            status: command.status,
                        )
                    },
                    isCut: log?.isCut ?? false,
                )
                if form.json { try Output.json(list) } else { try RecordingText.show(list) }
            }
        }
    }
}

/// Names recordings on this computer.
struct RecordingArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp("A folder of recordings, or a file of one.", valueName: "path"),
        completion: .file(),
    )
    var path: String

    /// Reads each, with a heading where there are several.
    ///
    /// - Throws: ``CommandFailure``, with `usage` when there are several and not all can be shown.
    func read(all: Bool, _ read: (RecordingFiles) throws -> Void) throws {
        let recordings = try RecordingPlaces.recordings(at: path)
        guard !recordings.isEmpty else { throw CommandFailure(.notFound, "there is no recording in \(path)") }
        guard all || recordings.count == 1 else {
            throw CommandFailure(.usage, "--json shows one recording, and \(path) has \(recordings.count)")
        }
        for files in recordings {
            if recordings.count > 1 { try Output.line("== \(PlainText.clean("\(files.folder)/\(files.stem)")) ==") }
            do {
                try read(files)
            } catch let failure as Failure {
                throw CommandFailure(.failed, "\(files.folder)/\(files.stem): \(failure.message)")
            }
        }
    }
}

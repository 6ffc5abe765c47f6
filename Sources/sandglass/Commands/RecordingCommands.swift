import APIClient
import APIContract
import ArgumentParser
import Foundation

/// Commands about recordings.
struct RecordingCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recording",
        abstract: "Export, verify and read recordings of sessions' terminals.",
        discussion: """
            `sandglass session recordings` lists what a session has. A recording is played by `asciinema play 0.cast`.

            EXAMPLES:
              sandglass recording export k3v9 --to evidence
              sandglass recording verify evidence --key service.pem
              sandglass recording transcript evidence
            """,
        subcommands: [Export.self, Verify.self, Transcript.self, Commands.self],
    )

    /// Name of the file that has the key, beside exported recordings.
    static let keyName = "key.pem"

    /// Fetches a session's recordings.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetch a session's recordings with all that verifying them takes.",
            discussion: """
                A folder for each machine has the files of its recordings; key.pem beside them is the key that the service \
                says it seals with. The folder must be new, or empty. Of a recording that is not sealed yet there is only what was written so far.

                EXAMPLES:
                  sandglass recording export k3v9
                  sandglass recording export k3v9 --to evidence
                """,
        )

        @OptionGroup var target: SessionArgument

        @Option(help: ArgumentHelp("The folder; the session's id when not given.", valueName: "folder"))
        var to: String?

        @OptionGroup var service: ServiceOptions

        func run() async throws {
            try await service.connected { client in
                let id = try await target.resolved(client)
                let list = try await client.recordings(of: id)
                guard !list.recordings.isEmpty else {
                    throw CommandFailure(.notFound, "nothing was recorded of session \(id)")
                }
                let folder = to ?? id
                try requireEmpty(folder)
                for recording in list.recordings {
                    let place = "\(folder)/\(try LocalFile.name(recording.machine))"
                    try make(place)
                    let files = recording.state == "sealed" ? ["cast.gz", "chain.gz", "seal", "sig"] : ["cast"]
                    for file in files {
                        let name = "\(try LocalFile.name(recording.name)).\(file)"
                        try await put("\(place)/\(name)") { take in
                            try await client.recording(recording, file, of: id, take)
                        }
                    }
                    Output.note("\(place)/\(recording.name): \(recording.state)")
                }
                let key = try await client.recordingKey()
                try await put("\(folder)/\(RecordingCommands.keyName)") { try await $0(Array(key.utf8)) }
                try Output.line(folder)
            }
        }

        /// What lies there already would be taken for a part of what was fetched.
        private func requireEmpty(_ folder: String) throws {
            // What is not there is empty; what cannot be looked at fails when something is put there.
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder), !names.isEmpty else {
                return
            }
            throw CommandFailure(.usage, "\(folder) has files in it already; name a new folder with --to")
        }

        private func make(_ folder: String) throws {
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw CommandFailure(.failed, "the folder \(folder) cannot be made", cause: error)
            }
        }

        private func put(
            _ path: String,
            _ fill: (_ take: ([UInt8]) async throws -> Void) async throws -> Void,
        ) async throws {
            let file = try NewFile(at: path, named: "")
            defer { file.abandon() }
            let shown = ShownOutput(file.descriptor)
            try await fill { try await shown.show($0) }
            try file.finish(mode: 0o600)
        }
    }
}

import APIClient
import APIContract
import ArgumentParser
import Glibc

extension SessionCommands {
    /// Tells what a session has left, or fetches it.
    struct Collected: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show or fetch the files that were collected when a session was graded.",
            discussion: """
                A lab says which files outlive its sessions. They are a tar archive for each machine. Whoever had the session decided what is in them: unpack them as a user without rights.

                EXAMPLES:
                  sandglass session collected k3v9
                  sandglass session collected k3v9 -o work.tar
                  sandglass session collected k3v9 web -o - | tar -tv
                """,
        )

        @OptionGroup var target: SessionArgument

        @Argument(help: ArgumentHelp("The machine; the only one when not given.", valueName: "machine"))
        var machine: String?

        @Option(
            name: .shortAndLong,
            help: ArgumentHelp("Where the archive goes; - for standard output.", valueName: "file"),
        )
        var output: String?

        @OptionGroup var service: ServiceOptions
        @OptionGroup var form: OutputOptions

        func validate() throws {
            guard output == nil || !form.json else { throw ValidationError("--json and --output go not together") }
        }

        func run() async throws {
            try await service.connected { client in
                let id = try await target.resolved(client)
                var list = try await client.collected(of: id)
                if let machine { list.archives.removeAll { $0.machine != machine } }
                if let output { return try await fetch(one(of: list, id), of: id, to: output, client) }
                if form.json { return try Output.json(list) }
                guard !list.archives.isEmpty else { return try Output.line("Nothing was collected of session \(id).") }
                var table = Table("MACHINE", ">SIZE")
                for archive in list.archives { table.add(archive.machine, "\(archive.size) bytes") }
                try Output.table(table)
            }
        }

        private func one(of list: CollectedList, _ id: String) throws -> CollectedList.Archive {
            guard let archive = list.archives.first else {
                let what = machine.map { "machine \($0) of session \(id)" } ?? "session \(id)"
                throw CommandFailure(.notFound, "nothing was collected of \(PlainText.clean(what))")
            }
            guard list.archives.count == 1 else {
                let names = list.archives.map(\.machine).joined(separator: ", ")
                throw CommandFailure(.usage, "files of several machines were collected, name one: \(names)")
            }
            return archive
        }

        private func fetch(
            _ archive: CollectedList.Archive,
            of id: String,
            to place: String,
            _ client: SandglassClient,
        ) async throws {
            let name = try LocalFile.name("\(id)-\(archive.machine).tar")
            let file = place == "-" ? nil : try NewFile(at: place, named: name)
            defer { file?.abandon() }
            let shown = ShownOutput(file?.descriptor ?? STDOUT_FILENO)
            let progress = TransferProgress(PlainText.clean(archive.machine), of: Int(archive.size))
            defer { progress.end() }
            try await client.collected(archive.machine, of: id) { bytes in
                try await shown.show(bytes)
                progress.add(bytes.count)
            }
            try file?.finish(mode: 0o600)
        }
    }
}

import APIClient
import APIContract
import ArgumentParser
import Glibc

extension SessionCommands {
    /// Copies files into a session's machine and out of it.
    struct Copy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cp",
            abstract: "Copy files into a machine of a session, or out of it.",
            discussion: """
                One side is a session and an absolute path in its machine, joined by a colon; the other is a path here, or \
                - for standard input or output. A path that ends in / is a folder the file goes into. A file is there whole \
                or not at all, with its permissions.

                With -r a folder is copied with everything in it, into a folder that exists. What is copied into a machine is \
                root's unless --user says whose.

                The machine's image needs the guest agent; images that are built have it.

                EXAMPLES:
                  sandglass session cp notes.txt k3v9:/root/
                  sandglass session cp k3v9:/var/log/syslog .
                  sandglass session cp -r project k3v9:/srv --user student
                  sandglass session cp k3v9:/etc/hosts - | wc -l
                """,
        )

        @Argument(help: ArgumentHelp("What to copy.", valueName: "from"), completion: .file())
        var source: CopyPlace

        @Argument(help: ArgumentHelp("Where to.", valueName: "to"), completion: .file())
        var destination: CopyPlace

        @Flag(name: [.customShort("r"), .long], help: "Copy a folder with everything in it.")
        var recursive = false

        @Option(help: ArgumentHelp("Whose files become, or as whom folders are read.", valueName: "user"))
        var user = "root"

        @Option(help: ArgumentHelp("The machine; the session's first when not given.", valueName: "name"))
        var machine: String?

        @OptionGroup var service: ServiceOptions

        func validate() throws {
            switch (source, destination) {
            case (.session(_, let path), let here), (let here, .session(_, let path)):
                guard !here.isSession else { break }
                guard path.hasPrefix("/") else {
                    throw ValidationError("the path in the machine begins with /, for example k3v9:/root/notes.txt")
                }
                guard !recursive || here != .pipe else { throw ValidationError("-r needs a folder here, not -") }
                return
            default: break
            }
            throw ValidationError("one side is in a session, for example k3v9:/root/notes.txt, and the other is not")
        }

        func run() async throws {
            let interruptions = try Signals.stream([SIGINT, SIGTERM])
            try await service.connected { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await copy(client) }
                    group.addTask {
                        for await _ in interruptions { throw CommandFailure(.interrupted) }
                    }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
        }

        private func copy(_ client: SandglassClient) async throws {
            switch (source, destination) {
            case (let here, .session(let id, let path)):
                let upload = Upload(client: client, session: try await SessionArgument.resolved(id, client))
                if recursive {
                    try await upload.folder(here.path, .init(.archive, path, user: user, machine: machine))
                } else {
                    try await upload.file(here, .init(.file, path, user: user, machine: machine))
                }
            case (.session(let id, let path), let here):
                let download = Download(client: client, session: try await SessionArgument.resolved(id, client))
                if recursive {
                    let (folder, name) = GuestPath.parts(of: path)
                    let request = ProgramMessage.Copy(.pack, folder, members: [name], user: user, machine: machine)
                    try await download.folder(request, here.path)
                } else {
                    try await download.file(.init(.get, path, machine: machine), here)
                }
            default: break
            }
        }
    }
}

/// One side of a copy.
enum CopyPlace: ExpressibleByArgument, Equatable {
    /// A path here.
    case here(String)
    /// Standard input or output.
    case pipe
    /// A path in a session's machine.
    case session(String, path: String)

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if argument == "-" {
            self = .pipe
        } else if parts.count == 2, !parts[0].isEmpty,
            parts[0].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        {
            self = .session(String(parts[0]), path: String(parts[1]))
        } else if !argument.isEmpty {
            self = .here(argument)
        } else {
            return nil
        }
    }

    /// Whether it is in a session.
    var isSession: Bool { if case .session = self { true } else { false } }

    /// The path, wherever it is.
    var path: String {
        switch self {
        case .here(let path), .session(_, let path): path
        case .pipe: "-"
        }
    }
}

/// Paths in machines, which are none of this host's.
enum GuestPath {
    /// The folder something is in, and its name there.
    static func parts(of path: String) -> (folder: String, name: String) {
        let names = path.split(separator: "/")
        guard let name = names.last else { return ("/", ".") }
        return ("/" + names.dropLast().joined(separator: "/"), String(name))
    }
}

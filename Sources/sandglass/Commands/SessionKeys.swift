import APIClient
import APIContract
import ArgumentParser
import Foundation

extension SessionCommands {
    /// Looks after the keys that open a session by SSH.
    struct Key: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let keys open a session by SSH.",
            discussion: """
                A key opens one of your sessions, until that is over: added to another, it opens that one instead.

                EXAMPLES:
                  sandglass session key add k3v9 ~/.ssh/id_ed25519.pub
                  sandglass session key list k3v9
                  sandglass session key remove k3v9 SHA256:495B
                """,
            subcommands: [Add.self, List.self, Remove.self],
        )

        /// Adds one.
        struct Add: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Let a key open a session.",
                discussion: """
                    Only the key itself is kept, not what stands behind it in the file.

                    EXAMPLES:
                      sandglass session key add k3v9 ~/.ssh/id_ed25519.pub
                      ssh-add -L | head -n 1 | sandglass session key add k3v9 -
                    """,
            )

            @OptionGroup var target: SessionArgument

            @Argument(
                help: ArgumentHelp(
                    "The file of the public key, which ends in .pub; - for standard input.",
                    valueName: "file",
                ),
                completion: .file(extensions: ["pub"]),
            )
            var file: String

            @OptionGroup var service: ServiceOptions
            @OptionGroup var form: OutputOptions

            func run() async throws {
                let text = try KeyFile.read(file)
                try await service.connected { client in
                    let id = try await target.resolved(client)
                    let key = try await client.addKey(text, to: id)
                    if form.json { return try Output.json(key) }
                    try Output.line("\(key.fingerprint) opens session \(id).")
                    try KeyText.tellPlace(try await client.keys(of: id).ssh)
                }
            }
        }

        /// Lists them.
        struct List: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "List the keys that open a session, and tell where.",
                discussion: "EXAMPLE:\n  sandglass session key list k3v9",
            )

            @OptionGroup var target: SessionArgument
            @OptionGroup var service: ServiceOptions
            @OptionGroup var form: OutputOptions

            func run() async throws {
                try await service.connected { client in
                    let id = try await target.resolved(client)
                    let list = try await client.keys(of: id)
                    if form.json { return try Output.json(list) }
                    if list.keys.isEmpty {
                        Output.note("No key opens session \(id).")
                    } else {
                        try Output.table(KeyText.table(list.keys))
                    }
                    try KeyText.tellPlace(list.ssh)
                }
            }
        }

        /// Removes one.
        struct Remove: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Keep a key from opening a session. Who is there stays.",
                discussion: "EXAMPLE:\n  sandglass session key remove k3v9 SHA256:495B",
            )

            @OptionGroup var target: SessionArgument

            @Argument(help: ArgumentHelp("The key's fingerprint, or the beginning of it.", valueName: "fingerprint"))
            var fingerprint: String

            @OptionGroup var service: ServiceOptions

            func run() async throws {
                try await service.connected { client in
                    let id = try await target.resolved(client)
                    // One that several people have added is there several times.
                    let names = Set(try await client.keys(of: id).keys.map(\.fingerprint)).sorted()
                    let found = names.filter { $0.hasPrefix(fingerprint) || $0.hasPrefix("SHA256:\(fingerprint)") }
                    let name = try Beginning.only(found, fingerprint, "key", see: "sandglass session key list \(id)")
                    try await client.removeKey(name, of: id)
                    try Output.line("\(name) opens session \(id) no more.")
                }
            }
        }
    }
}

/// A file with a public key.
private enum KeyFile {
    /// Larger files have no key.
    private static let limit = 64 * 1024

    /// What is in it.
    ///
    /// - Throws: ``CommandFailure`` when it cannot be read.
    static func read(_ path: String) throws -> String {
        do {
            let file = path == "-" ? FileHandle.standardInput : try FileHandle(forReadingFrom: URL(filePath: path))
            return String(decoding: try file.read(upToCount: limit) ?? Data(), as: UTF8.self)
        } catch {
            throw CommandFailure(.notFound, "the file \(path) cannot be read", cause: error)
        }
    }
}

/// Keys as people read them.
enum KeyText {
    static func table(_ keys: [SessionKeyResource]) -> Table {
        var table = Table("FINGERPRINT", "TYPE", "FOR", "ADDED")
        for key in keys { table.add(key.fingerprint, key.type, key.person, TimeText.local(key.addedAt)) }
        return table
    }

    /// Says where keys open it.
    static func tellPlace(_ ssh: SSHAccessResource?) throws {
        guard let ssh else { return Output.note("This service takes no SSH now (docs/ssh.md).") }
        try Output.line("Come in with: \(ssh.command)")
        for key in ssh.hostKeys { Output.note("The service shows \(key.type) \(key.fingerprint)") }
    }
}

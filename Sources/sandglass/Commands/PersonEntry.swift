import APIClient
import APIContract
import ArgumentParser

extension PersonCommands {
    /// Makes a link for a password.
    struct PasswordLink: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a link with which a person sets their password.",
            discussion: """
                Whoever has the link can come in as the person: hand it to nobody else. It works once and for 24 hours, \
                and takes the place of an earlier one. With --quiet it comes out alone.

                EXAMPLE:
                  sandglass person password-link anna
                """,
        )

        @Flag(name: .shortAndLong, help: "Print the link and nothing else.")
        var quiet = false

        @OptionGroup var target: PersonArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard !quiet || !output.json else { throw ValidationError("--quiet and --json exclude each other") }
        }

        func run() async throws {
            let link = try await service.connected { try await $0.passwordLink(for: target.resolved($0)) }
            if output.json { return try Output.json(link) }
            try Output.line(PlainText.clean(link.url))
            if !quiet { Output.note("It works once and for 24 hours, for whoever has it.") }
        }
    }

    /// Signs a person out.
    struct SignOut: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign a person out everywhere; their tokens stay.",
            discussion: "EXAMPLE:\n  sandglass person sign-out anna",
        )

        @OptionGroup var target: PersonArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let person = try await service.connected { client in
                let id = try await target.resolved(client)
                try await client.signOut(id)
                return try await client.person(id)
            }
            if output.json { return try Output.json(person) }
            try Output.line("\(PersonText.line(person)) Signed out everywhere.")
        }
    }

    /// Forgets who a person is.
    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget who a person is. It cannot be undone.",
            discussion: """
                Their login, name, address, password, tokens and sign-ins are removed. What they did stays: sessions, \
                results and the audit log go on naming their id, of which nobody can tell any more whose it was. Without \
                --yes it only says who would be erased.

                EXAMPLE:
                  sandglass person erase anna --yes
                """,
        )

        @OptionGroup var target: PersonArgument

        @Flag(help: "Do it.")
        var yes = false

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let person = try await service.connected { client in
                let id = try await target.resolved(client)
                guard yes else {
                    let who = try await client.person(id)
                    let name = [who.name, who.login].compactMap { $0 }.joined(separator: ", ")
                    throw CommandFailure(
                        .usage,
                        "erasing \(name.isEmpty ? who.id : "\(name) (\(who.id))") cannot be undone; add --yes",
                    )
                }
                try await client.erasePerson(id)
                return try await client.person(id)
            }
            if output.json { return try Output.json(person) }
            try Output.line(PersonText.line(person))
        }
    }
}

import APIClient
import APIContract
import ArgumentParser
import Foundation

/// Commands about tokens.
struct TokenCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Issue, list and revoke tokens, with which programs act for people.",
        discussion: """
            A person who is not named is who asks. Other people's tokens are for those who look after people.

            EXAMPLES:
              sandglass token issue --name backup --for 30d
              sandglass token list
              sandglass token revoke 4kq7c2mvzi3a
            """,
        subcommands: [List.self, Issue.self, Revoke.self],
    )

    /// Lists tokens.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List a person's tokens, newest first.",
            discussion: "EXAMPLE:\n  sandglass token list anna",
        )

        @OptionGroup var target: PersonOrMeArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let list = try await service.connected { try await $0.tokens(of: target.resolved($0)) }
            if output.json { return try Output.json(list) }
            guard !list.tokens.isEmpty else { return Output.note("No tokens.") }
            try Output.table(TokenText.table(list.tokens, at: Date()))
        }
    }

    /// Issues a token.
    struct Issue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issue a token. Its secret is told this once.",
            discussion: """
                Without --scope it may do all that its person may, with scopes what is in them and allowed to its person. \
                With --no-scopes it may use the person's own sessions and nothing else. With --quiet the secret comes out \
                alone.

                EXAMPLES:
                  sandglass token issue --name backup --for 30d
                  (umask 077; sandglass token issue anna --name ci --scope writeLabs --for 12h --quiet > token)
                """,
        )

        @OptionGroup var target: PersonOrMeArgument

        @Option(help: ArgumentHelp("What it is called.", valueName: "name"))
        var name: String

        @Option(
            help: ArgumentHelp("What it may be used for at most; may be repeated.", valueName: "permission"),
            completion: .list(RightNames.permissions),
        )
        var scope: [String] = []

        @Flag(help: "Let it use the person's own sessions and nothing else.")
        var noScopes = false

        @Option(
            name: .customLong("for"),
            help: ArgumentHelp("How long it counts, 1m to 366d: for example 12h or 90d.", valueName: "time"),
        )
        var lifetime: TimeSpan

        @Flag(name: .shortAndLong, help: "Print the secret and nothing else.")
        var quiet = false

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard scope.isEmpty || !noScopes else {
                throw ValidationError("--scope and --no-scopes exclude each other")
            }
            guard !quiet || !output.json else { throw ValidationError("--quiet and --json exclude each other") }
        }

        func run() async throws {
            let request = IssueTokenRequest(
                name: name,
                scopes: scope.isEmpty && !noScopes ? nil : scope,
                lifetimeSeconds: Int(min(lifetime.seconds.rounded(), Double(Int32.max))),
            )
            let issued = try await service.connected { try await $0.issueToken(for: target.resolved($0), request) }
            if output.json { return try Output.json(issued) }
            if quiet { return try Output.line(PlainText.clean(issued.secret)) }
            var sheet = TokenText.sheet(issued.token)
            sheet.add("secret", issued.secret)
            try sheet.print()
            Output.note("The secret is told this once. Keep it where nobody else reads it.")
        }
    }

    /// Revokes a token.
    struct Revoke: AsyncParsableCommand {
        /// What is said for programs, where the service answers nothing.
        private struct Revoked: Encodable {
            let revoked: String
        }

        static let configuration = CommandConfiguration(
            abstract: "Revoke a token: it is refused from now on.",
            discussion: "EXAMPLE:\n  sandglass token revoke 4kq7c2mvzi3a",
        )

        @Argument(
            help: ArgumentHelp("The token's id, as the list has it.", valueName: "token"),
            completion: Names.tokens,
        )
        var id: String

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func validate() throws { try NameArgument.check(id) }

        func run() async throws {
            try await service.connected { try await $0.revokeToken(id) }
            if output.json { return try Output.json(Revoked(revoked: id)) }
            Output.note("The token \(id) is revoked.")
        }
    }
}

import APIClient
import APIContract
import ArgumentParser

/// Commands about people.
struct PersonCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "person",
        abstract: "Make, list, change and erase people's accounts.",
        discussion: """
            Whoever comes over the network has an account. Who may use the daemon's socket needs none. These commands are \
            for those who look after people; your own account you may see and change without that.

            A person is named by their login, by their id or its beginning, or as "me".

            EXAMPLES:
              sandglass person create anna --name "Anna Lee" --role author
              sandglass person password-link anna
              sandglass person change anna --state disabled
            """,
        subcommands: [
            List.self, Show.self, Create.self, Change.self, PasswordLink.self, SignOut.self, Erase.self,
        ],
    )

    /// Lists people.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List people, newest first.",
            discussion: "EXAMPLE:\n  sandglass person list --json | jq -r '.people[].login'",
        )

        @Option(help: ArgumentHelp("How many at most, 1 to 500.", valueName: "count"))
        var limit = 50

        @Option(help: ArgumentHelp("Go on where the page before ended; it says with what.", valueName: "cursor"))
        var cursor: String?

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let page = try await service.connected { try await $0.people(cursor: cursor, limit: limit) }
            if output.json { return try Output.json(page) }
            guard !page.people.isEmpty else {
                return Output.note("Nobody has an account. Make one: sandglass person create")
            }
            try Output.table(PersonText.table(page.people))
            if let next = page.next { Output.note("More: add --cursor \(next)") }
        }
    }

    /// Shows one person.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one person's account.",
            discussion: "EXAMPLE:\n  sandglass person show anna",
        )

        @OptionGroup var target: PersonOrMeArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let person = try await service.connected { try await $0.person(target.resolved($0)) }
            if output.json { return try Output.json(person) }
            try PersonText.sheet(person).print()
        }
    }

    /// Makes an account.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account.",
            discussion: """
                It has no password: `person password-link` makes a link with which its person sets one.

                EXAMPLE:
                  sandglass person create anna --name "Anna Lee" --role author --role instructor
                """,
        )

        @Argument(help: ArgumentHelp("What they sign in with.", valueName: "login"))
        var login: String

        @Option(help: ArgumentHelp("What they are called.", valueName: "name"))
        var name: String

        @Option(help: ArgumentHelp("Where they can be written to.", valueName: "address"))
        var email: String?

        @Option(
            help: ArgumentHelp("What they are here for; may be repeated.", valueName: "role"),
            completion: .list(RightNames.roles),
        )
        var role: [String]

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let request = CreatePersonRequest(login: login, name: name, email: email, roles: role)
            let person = try await service.connected { try await $0.createPerson(request) }
            if output.json { return try Output.json(person) }
            try Output.line(PersonText.line(person))
            Output.note(
                "Let them set a password: sandglass person password-link \(PlainText.clean(person.login ?? person.id))"
            )
        }
    }

    /// Changes an account.
    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change an account.",
            discussion: """
                What is not given stays. Who is disabled is signed out, and their tokens are refused, until they are active \
                again. Nobody changes their own roles or state.

                EXAMPLES:
                  sandglass person change anna --role author --role instructor
                  sandglass person change anna --state disabled
                  sandglass person change me --email ""
                """,
        )

        @OptionGroup var target: PersonArgument

        @Option(help: ArgumentHelp("Another login.", valueName: "login"))
        var login: String?

        @Option(help: ArgumentHelp("Another name.", valueName: "name"))
        var name: String?

        @Option(help: ArgumentHelp("Another address; none when empty.", valueName: "address"))
        var email: String?

        @Option(
            help: ArgumentHelp("The roles from now on; may be repeated.", valueName: "role"),
            completion: .list(RightNames.roles),
        )
        var role: [String] = []

        @Option(
            help: ArgumentHelp("Whether they may come in: active or disabled.", valueName: "state"),
            completion: .list(["active", "disabled"]),
        )
        var state: String?

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        private var request: ChangePersonRequest {
            .init(login: login, name: name, email: email, roles: role.isEmpty ? nil : role, state: state)
        }

        func validate() throws {
            guard request == ChangePersonRequest() else { return }
            throw ValidationError("say what to change: --login, --name, --email, --role or --state")
        }

        func run() async throws {
            let person = try await service.connected { try await $0.changePerson(target.resolved($0), request) }
            if output.json { return try Output.json(person) }
            try Output.line(PersonText.line(person))
        }
    }
}

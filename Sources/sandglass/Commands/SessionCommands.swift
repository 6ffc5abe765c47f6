import APIClient
import APIContract
import ArgumentParser

/// Commands about sessions.
struct SessionCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session",
        abstract: "List, enter, use, pause, reset, extend and end sessions.",
        discussion: """
            A session is named by its id, or by the beginning of its id where no other begins like it.

            EXAMPLES:
              sandglass session list
              sandglass session attach k3v9
              sandglass session exec k3v9 -- uname -a
              sandglass session reset k3v9
              sandglass session extend k3v9 --minutes 10
              sandglass session check k3v9
            """,
        subcommands: [
            List.self, Show.self, Attach.self, Exec.self, Copy.self, Forward.self, Pause.self, Resume.self,
            Reset.self, Extend.self, Tasks.self, Check.self, Hint.self, Submit.self, Collected.self,
            Recordings.self, Transcript.self, Commands.self, Key.self, End.self, Events.self,
        ],
    )

    /// Lists sessions.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List sessions, newest first.",
            discussion: """
                Shows sessions that are not over; --all shows the others too. Trainees see their own.

                EXAMPLES:
                  sandglass session list
                  sandglass session list --state ready,running --json | jq -r '.sessions[].id'
                """,
        )

        /// Every state but the last.
        static let liveStates = ["requested", "preparing", "ready", "running", "paused", "finishing", "ended"]

        @Flag(name: .shortAndLong, help: "Show sessions that are over too.")
        var all = false

        @Option(
            help: ArgumentHelp("Only sessions in these states, separated by commas.", valueName: "states"),
            completion: .list(liveStates + ["tornDown"]),
        )
        var state: String?

        @Option(help: ArgumentHelp("Only this person's, for example uid:1000.", valueName: "person"))
        var person: String?

        @Option(help: ArgumentHelp("How many at most, 1 to 500.", valueName: "count"))
        var limit = 50

        @Option(help: ArgumentHelp("Go on where the page before ended; it says with what.", valueName: "cursor"))
        var cursor: String?

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let states = state.map { $0.split(separator: ",").map(String.init) } ?? (all ? [] : Self.liveStates)
            let page = try await service.connected {
                try await $0.sessions(states: states, person: person, cursor: cursor, limit: limit)
            }
            if output.json { return try Output.json(page) }
            guard !page.sessions.isEmpty else {
                return Output.note(all || state != nil ? "No sessions." : "No sessions now. Start one: sandglass up")
            }
            var table = Table("SESSION", "LAB", "POLICY", "PERSON", "ASKED FOR", ">LEFT", "STATE")
            for session in page.sessions {
                table.add(
                    session.id,
                    session.lab,
                    session.policy,
                    session.person,
                    TimeText.local(session.createdAt),
                    session.remainingSeconds.map(TimeText.left) ?? "",
                    SessionWords.state(session),
                )
            }
            try Output.table(table)
            if let next = page.next { Output.note("More: add --cursor \(next)") }
        }
    }

    /// Shows one session.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one session with its machines.",
            discussion: "EXAMPLE:\n  sandglass session show k3v9",
        )

        @OptionGroup var target: SessionArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try await service.connected { try await $0.session(target.resolved($0)) }
            if output.json { return try Output.json(session) }
            try SessionSheet.print(session)
        }
    }

    /// Adds time.
    struct Extend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a session more time.",
            discussion: """
                Without --minutes it gets one step of its policy (time.extend.step). Nobody gets more than the policy \
                allows in all (time.extend.max).

                EXAMPLE:
                  sandglass session extend k3v9 --minutes 10
                  sandglass session check k3v9
                """,
        )

        @OptionGroup var target: SessionArgument

        @Option(help: ArgumentHelp("How much.", valueName: "minutes"))
        var minutes: Double?

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func validate() throws { try Minutes.check(minutes) }

        func run() async throws {
            let session = try await service.connected {
                try await $0.extendSession(target.resolved($0), .init(seconds: minutes.map(Minutes.seconds)))
            }
            if output.json { return try Output.json(session) }
            let left = session.remainingSeconds.map { ", \(TimeText.left($0)) left" } ?? ""
            let added = TimeText.span(seconds: session.extendedSeconds)
            try Output.line("\(session.id): extended by \(added) in all\(left).")
        }
    }

    /// Ends a session.
    struct End: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a session and remove its machines.",
            discussion: """
                What was done in the session is lost unless its policy keeps the disk; the record stays. Ending a session \
                that is over changes nothing.

                EXAMPLE:
                  sandglass session end k3v9 --wait
                """,
        )

        @OptionGroup var target: SessionArgument

        @Flag(help: "Return only when nothing is left but the record.")
        var wait = false

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try await service.connected { client in
                let session = try await client.endSession(target.resolved(client))
                guard wait else { return session }
                for try await _ in try await client.followEvents(of: session.id) {}
                return try await client.session(session.id)
            }
            if output.json { return try Output.json(session) }
            try Output.line("\(session.id): \(SessionWords.state(session)).")
        }
    }
}

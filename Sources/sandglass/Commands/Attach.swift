import APIClient
import APIContract
import ArgumentParser
import Glibc

extension SessionCommands {
    /// Opens a session's terminal.
    struct Attach: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Open the terminal of a session.",
            discussion: """
                Opening the terminal of a session that is ready starts its time. All keys go to the machine, Ctrl-C \
                included; the detach key (Ctrl-G, then D) leaves and lets the machine run on. A session that is still \
                being prepared is waited for.

                When standard input is not a terminal, its bytes are typed into the machine, and the command ends when the \
                session does. Exit code 9 when the connection was lost: the machine may well keep running.

                EXAMPLES:
                  sandglass session attach k3v9
                  sandglass session attach k3v9 --detach-key ctrl-t
                  echo 'uname -a; sudo poweroff' | sandglass session attach k3v9
                """,
        )

        @OptionGroup var target: SessionArgument
        @OptionGroup var detach: DetachOptions
        @OptionGroup var service: ServiceOptions

        func run() async throws {
            let key = try detach.key()
            try await service.connected { client in
                var session = try await client.session(target.resolved(client))
                if session.state == "requested" || session.state == "preparing" {
                    let interruptions = try Signals.stream([SIGINT])
                    switch try await StartWatch(client: client, session: session.id).run(until: interruptions) {
                    case .ready: session = try await client.session(session.id)
                    case .over(let reason, let why): throw Up.failure(session.id, reason, why)
                    case .interrupted: throw CommandFailure(.interrupted)
                    }
                }
                try await Visit(client: client, detachKey: key).run(session)
            }
        }
    }
}

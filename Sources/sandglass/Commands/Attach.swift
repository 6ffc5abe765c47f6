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

                A machine has 16 terminals, 0 to 15: whoever opens the same one sees the same shell, which goes on while \
                nobody is there. Without --terminal it is the first. A machine whose image has no guest agent has its serial \
                console only.

                When standard input is not a terminal, its bytes are typed into the machine, and the command ends when the \
                session does. A connection that is lost is made again for two minutes, and what was typed meanwhile \
                arrives then. Exit code 9 when it stays lost, or input or output is no terminal: the machine may well \
                keep running.

                EXAMPLES:
                  sandglass session attach k3v9
                  sandglass session attach k3v9 --detach-key ctrl-t
                  sandglass session attach k3v9 --terminal 1
                  echo 'uname -a; sudo poweroff' | sandglass session attach k3v9
                """,
        )

        @OptionGroup var target: SessionArgument

        @Option(help: ArgumentHelp("Which of the machine's terminals, 0 to 15.", valueName: "number"))
        var terminal: Int?

        @Flag(help: "Open the machine's serial console, where it shows how it starts.")
        var console = false

        @OptionGroup var detach: DetachOptions
        @OptionGroup var service: ServiceOptions

        func validate() throws {
            guard terminal == nil || !console else {
                throw ValidationError("--terminal and --console exclude each other")
            }
            guard let terminal, !(0...15).contains(terminal) else { return }
            throw ValidationError("terminals have the numbers 0 to 15, not \(terminal)")
        }

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
                let terminal = console ? TerminalMessage.console : terminal.map(String.init)
                try await Visit(client: client, detachKey: key, terminal: terminal).run(session)
            }
        }
    }
}

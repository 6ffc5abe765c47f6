import APIClient
import APIContract
import ArgumentParser
import Glibc

extension SessionCommands {
    /// Reaches ports of a session's machine from here.
    struct Forward: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reach a port of a machine of a session from this host.",
            discussion: """
                Listens at 127.0.0.1 and connects whoever comes to the machine's own port, until Ctrl-C or the end of the \
                session. The machine needs no network for it. Anybody who can use this host's 127.0.0.1 can connect.

                Local port 0 takes any that is free. The record says who connects to which port.

                EXAMPLES:
                  sandglass session forward k3v9 8080:80
                  sandglass session forward k3v9 0:5432
                """,
        )

        @OptionGroup var target: SessionArgument

        @Argument(help: ArgumentHelp("This host's port and the machine's.", valueName: "local:machine"))
        var ports: PortPair

        @Option(help: ArgumentHelp("The machine; the session's first when not given.", valueName: "name"))
        var machine: String?

        @OptionGroup var service: ServiceOptions

        func run() async throws {
            let interruptions = try Signals.stream([SIGINT, SIGTERM])
            try await service.connected { client in
                let id = try await target.resolved(client)
                let session = try await client.session(id)
                if let reason = session.reason { throw Up.failure(id, reason, nil) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await forward(client, id) }
                    group.addTask {
                        for await _ in interruptions { throw CommandFailure(.interrupted) }
                    }
                    group.addTask {
                        // The feed ends with the session.
                        for try await _ in try await client.followEvents(of: id) {}
                        Output.note("The session is over.")
                    }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
        }

        private func forward(_ client: SandglassClient, _ id: String) async throws {
            let (port, machine) = (ports.machine, machine)
            do {
                try await client.forward(
                    port: ports.local,
                    to: .init(port: port, machine: machine),
                    in: id,
                    listening: { Output.note("127.0.0.1:\($0) is port \(port) of the machine. Ctrl-C ends it.") },
                    refused: { error in
                        if let text = ErrorText.text(for: error) { Output.note("sandglass: \(text)") }
                    },
                )
            } catch let taken as PortUnavailable {
                let message = "nobody can listen at 127.0.0.1:\(taken.port) now; 0 takes a port that is free"
                throw CommandFailure(.wrongState, message, cause: taken.cause)
            }
        }
    }
}

/// Two ports, `local:machine`.
struct PortPair: ExpressibleByArgument {
    let local: UInt16
    let machine: UInt16

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let local = UInt16(parts[0]), let machine = UInt16(parts[1]), machine > 0 else {
            return nil
        }
        (self.local, self.machine) = (local, machine)
    }
}

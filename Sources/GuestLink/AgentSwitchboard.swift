import GuestProtocol
import NIOCore
package import SessionModel

/// Reaches the agents of all machines.
///
/// A guest's port serves one connection at a time, so everyone who works in a guest shares one. It is made when it is
/// needed first and let go of when it has failed, as it does when its agent or its machine is gone, or was not used for
/// a while.
package actor AgentSwitchboard: GuestAgents {
    /// How long an agent is waited for.
    private static let patience: Duration = .seconds(5)

    private let socket: @Sendable (MachineID) -> String
    private let idleLimit: Duration
    private var lines: [MachineID: Line] = [:]
    private var nextNumber: UInt64 = 0

    /// A connection, or the attempt to make it.
    private struct Line {
        let number: UInt64
        let connection: Task<GuestConnection, any Error>
    }

    /// Makes a switchboard without connections.
    ///
    /// - Parameters:
    ///   - idleLimit: After how long without anything open a connection is closed.
    ///   - socket: Where the port of a machine's agent is.
    package init(idleLimit: Duration = .seconds(60), socket: @escaping @Sendable (MachineID) -> String) {
        self.idleLimit = idleLimit
        self.socket = socket
    }

    package func requireAgent(in machine: MachineID) async throws {
        try await withConnection(to: machine) { await $0.isOpen ? () : nil }
    }

    package func start(_ program: GuestProgram, in machine: MachineID) async throws -> RunningProgram {
        var command = GuestCommand(program.arguments)
        command.environment = program.environment
        command.user = program.user
        command.directory = program.directory
        command.timeLimit = program.timeLimit
        return try await withConnection(to: machine) { [command] in
            try await $0.startIfOpen(command).map { RunningProgram($0) }
        }
    }

    /// Runs `body` with a machine's connection, and once more with a new one when it says that this one has failed.
    ///
    /// A second one that fails at once is the guest's doing.
    private func withConnection<Result: Sendable>(
        to machine: MachineID,
        _ body: @Sendable (GuestConnection) async throws -> Result?,
    ) async throws -> Result {
        for _ in 0..<2 {
            let line = lines[machine] ?? connect(to: machine)
            do {
                if let result = try await body(try await line.connection.value) { return result }
            } catch let failure as GuestLinkFailure {
                throw failure.failure
            }
            remove(line.number, of: machine)
        }
        throw Failure(.guestSilent, "the guest's agent closes every connection")
    }

    private func connect(to machine: MachineID) -> Line {
        let path = socket(machine)
        let connection = Task {
            var patience = GuestConnection.Patience()
            patience.opening = Self.patience
            do {
                return try await GuestConnection.connect(to: path, within: Self.patience, patience: patience)
            } catch let failure as GuestLinkFailure where failure.code == .silent {
                let message = "no agent answers in the guest; images that are built have one, imported disks do not"
                throw Failure(.guestSilent, message, cause: failure)
            } catch let failure as GuestLinkFailure where failure.code == .unreachable {
                // Its own message names a path of the host.
                throw Failure(.guestSilent, "the machine's port for an agent cannot be reached", cause: failure)
            }
        }
        let line = Line(number: nextNumber, connection: connection)
        nextNumber += 1
        lines[machine] = line
        Task {
            if case .success(let connection) = await connection.result { await connection.untilUnused(for: idleLimit) }
            remove(line.number, of: machine)
        }
        return line
    }

    private func remove(_ number: UInt64, of machine: MachineID) {
        if lines[machine]?.number == number { lines[machine] = nil }
    }
}

extension GuestConnection {
    fileprivate var isOpen: Bool {
        if case .synced = phase { true } else { false }
    }

    /// Starts a program; `nil`, and nothing was asked of the guest, when the connection has failed already.
    fileprivate func startIfOpen(_ command: GuestCommand) async throws -> GuestStream? {
        isOpen ? try await start(command) : nil
    }

    /// Returns when the connection has failed, or had no open stream for so long: it is closed then.
    fileprivate func untilUnused(for limit: Duration) async {
        while isOpen {
            let opened = nextStream
            do {
                try await wait(for: .anything, until: .now() + TimeAmount(limit))
            } catch {
                // Time is up.
                if nextStream == opened, streams.values.allSatisfy(\.isOver) { return close() }
            }
        }
    }
}

extension RunningProgram {
    /// The program at the other end of a stream.
    fileprivate init(_ stream: GuestStream) {
        self.init(
            output: stream.output.explained,
            errors: stream.errors.explained,
            write: { bytes in
                do {
                    try await stream.write(bytes)
                } catch let failure as GuestLinkFailure where failure.code == .ended {
                    // It takes nothing more; how it ended is told elsewhere.
                } catch let failure as GuestLinkFailure {
                    throw failure.failure
                }
            },
            finishInput: { await stream.finishInput() },
            end: {
                do {
                    return try ProgramEnd(await stream.outcome().end)
                } catch let failure as GuestLinkFailure {
                    throw failure.failure
                }
            },
            close: { await stream.close() },
        )
    }
}

extension GuestBytes {
    /// The same, with failures that cross the port.
    fileprivate var explained: AsyncThrowingStream<[UInt8], any Error> {
        // A new iterator reads on where the last one stopped.
        AsyncThrowingStream {
            var iterator = makeAsyncIterator()
            do {
                return try await iterator.next()
            } catch let failure as GuestLinkFailure {
                throw failure.failure
            }
        }
    }
}

extension ProgramEnd {
    /// An end as a program has it.
    fileprivate init(_ end: GuestOutcome.End) throws {
        switch end {
        case .exited(let status): self = .exited(status)
        case .signalled(let signal): self = .signalled(signal)
        case .timedOut: self = .timedOut
        case .failed(let number, let what):
            throw GuestLinkFailure(.refused, "the guest could not run it: \(what)", errorNumber: number)
        case .takenOver, .unknown: throw GuestLinkFailure(.nonsense, "the guest's agent cannot tell how it ended")
        }
    }
}

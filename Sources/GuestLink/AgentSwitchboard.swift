import GuestProtocol
package import Logging
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
    /// How soon a port that is not there is looked for again, and how soon at most after twice as long each time.
    private static let retry: (first: Duration, slowest: Duration) = (.milliseconds(20), .milliseconds(500))

    private let logger: Logger
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
    ///   - logger: Told of guests whose clocks cannot be set well.
    ///   - socket: Where the port of a machine's agent is; asked at every attempt to reach it.
    package init(
        idleLimit: Duration = .seconds(60),
        logger: Logger,
        socket: @escaping @Sendable (MachineID) -> String,
    ) {
        self.idleLimit = idleLimit
        self.logger = logger
        self.socket = socket
    }

    package func requireAgent(in machine: MachineID) async throws {
        try await withConnection(to: machine) { await $0.isOpen ? () : nil }
    }

    package func start(_ program: GuestProgram, in machine: MachineID) async throws -> RunningProgram {
        var command = GuestCommand(program.arguments)
        command.environment = program.environment
        command.user = program.user ?? GuestConnection.person
        command.directory = program.directory
        command.timeLimit = program.timeLimit
        let isPersons = program.user == nil
        return try await withConnection(to: machine) { [command] connection in
            do {
                return try await connection.startIfOpen(command).map { RunningProgram($0) }
            } catch let failure as GuestLinkFailure where failure.code == .notFound && isPersons {
                var command = command
                command.user = "root"
                return try await connection.startIfOpen(command).map { RunningProgram($0) }
            }
        }
    }

    package func openTerminal(
        _ number: Int,
        of machine: MachineID,
        size: WindowSize,
    ) async throws -> AgentTerminal {
        try size.check()
        return try await withConnection(to: machine) { connection in
            guard await connection.isOpen else { return nil }
            return AgentTerminal(try await connection.openPersonsTerminal(number, size: TerminalSize(size)))
        }
    }

    package func identify(_ identity: MachineIdentity, in machine: MachineID, within limit: Duration) async throws {
        var wanted = GuestIdentity()
        wanted.hostname = identity.hostname
        wanted.machineID = identity.machineID
        wanted.entropy = identity.entropy
        wanted.renewsHostKeys = identity.renewing.hasHostKeys
        wanted.units = identity.renewing.services
        let late = Failure(.guestSilent, "the guest did not become a machine of its own within \(limit)")
        let (failures, lateness) = try await Self.within(limit, or: late) { [wanted] in
            try await self.withConnection(to: machine) { connection in
                do {
                    return await connection.isOpen
                        ? try await connection.identifyAtTheRightTime(wanted, within: limit) : nil
                } catch let failure as GuestLinkFailure where failure.code == .gone || failure.code == .void {
                    // It can be asked again.
                    return nil
                }
            }
        }
        guard failures.isEmpty else {
            let what = failures.map { "\($0.name) (\($0.result), \($0.value))" }.joined(separator: ", ")
            throw Failure(.guestSilent, "the guest could not become a machine of its own: \(what)")
        }
        if let lateness {
            logger.warning(
                "A guest answers too slowly for its clock to be set well",
                metadata: ["vm.id": "\(machine)", "late.atMost": "\(lateness)"],
            )
        }
    }

    package func forget(_ machine: MachineID) async {
        guard let line = lines.removeValue(forKey: machine) else { return }
        line.connection.cancel()
        // One that was never made need not be closed.
        try? await line.connection.value.close()
    }

    /// Runs `body` with a machine's connection, and once more with a new one when it says that this one has failed.
    ///
    /// A second one that fails at once is the guest's doing.
    func withConnection<Result: Sendable>(
        to machine: MachineID,
        _ body: @Sendable (GuestConnection) async throws -> Result?,
    ) async throws -> Result {
        for _ in 0..<2 {
            let line = lines[machine] ?? connect(to: machine)
            do {
                if let result = try await body(try await line.connection.cancellableValue) { return result }
            } catch let failure as GuestLinkFailure {
                throw failure.failure
            }
            remove(line.number, of: machine)
        }
        throw Failure(.guestSilent, "the guest's agent closes every connection")
    }

    /// Runs `body` and cancels it when it takes too long.
    static func within<Value: Sendable>(
        _ limit: Duration,
        or late: Failure,
        _ body: @escaping @Sendable () async throws -> Value,
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw late
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    private func connect(to machine: MachineID) -> Line {
        let connection = Task { [socket] in
            var patience = GuestConnection.Patience()
            patience.opening = Self.patience
            // A copy of a machine answers in milliseconds; what is lost on the way there is said again soon.
            patience.greetingInterval = .milliseconds(400)
            patience.longestGreetingInterval = .seconds(2)
            do {
                return try await Self.connect(patience) { socket(machine) }
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

    /// Connects; a machine that is just being woken has no port yet, so one that is not there is looked for again.
    private static func connect(
        _ patience: GuestConnection.Patience,
        to path: () -> String,
    ) async throws -> GuestConnection {
        let end = ContinuousClock.now + Self.patience
        var pause = retry.first
        while true {
            do {
                return try await GuestConnection.connect(to: path(), within: Self.patience, patience: patience)
            } catch let failure as GuestLinkFailure where failure.code == .unreachable && ContinuousClock.now < end {
                try await Task.sleep(for: min(pause, ContinuousClock.now.duration(to: end)))
                pause = min(pause * 2, retry.slowest)
            }
        }
    }

    private func remove(_ number: UInt64, of machine: MachineID) {
        if lines[machine]?.number == number { lines[machine] = nil }
    }
}

extension Task where Failure == any Error {
    /// The value; waiting for it can be cancelled, which leaves the task alone.
    fileprivate var cancellableValue: Success {
        get async throws {
            let (values, holder) = AsyncThrowingStream<Success, any Error>.makeStream()
            Task<Void, Never> {
                do {
                    holder.yield(try await value)
                } catch {
                    holder.finish(throwing: error)
                }
            }
            for try await value in values { return value }
            throw Swift.CancellationError()
        }
    }
}

extension GuestConnection {
    var isOpen: Bool {
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

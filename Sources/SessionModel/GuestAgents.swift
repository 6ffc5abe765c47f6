/// Works inside guests, through the agents that run in them.
///
/// Not every guest has one. All methods throw ``Failure``, `guestSilent` when no agent answers within a few seconds.
package protocol GuestAgents: Sendable {
    /// Returns once the agent of a machine's guest answers.
    ///
    /// For refusing what could not be done before anything else is begun.
    func requireAgent(in machine: MachineID) async throws
    /// Starts a program in a machine's guest.
    ///
    /// - Throws: ``Failure``, for example with `notFound` when the guest has no such program, user or folder.
    func start(_ program: GuestProgram, in machine: MachineID) async throws -> RunningProgram
}

/// A program to run in a guest.
package struct GuestProgram: Sendable, Equatable {
    /// Longest time limit.
    package static let longestTimeLimit: Duration = .seconds(7 * 86_400)

    /// The program, looked for in the guest's `PATH`, and its arguments.
    package var arguments: [String]
    /// Beside and over what a login of the user has.
    package var environment: [String: String]
    /// As whom: a name or a number.
    package var user: String
    /// Where; `nil` for the user's home.
    package var directory: String?
    /// After how long its process group is killed; `nil` for never.
    package var timeLimit: Duration?

    /// Makes a program; as root, in root's home and without a time limit where nothing else is said.
    package init(
        _ arguments: [String],
        environment: [String: String] = [:],
        user: String = "root",
        directory: String? = nil,
        timeLimit: Duration? = nil,
    ) {
        self.arguments = arguments
        self.environment = environment
        self.user = user
        self.directory = directory
        self.timeLimit = timeLimit
    }

    /// Its name as it was given, cut where it is long: what a record may say of it.
    ///
    /// Arguments and environment may hold secrets.
    package var name: String { String((arguments.first ?? "").prefix(100)) }

    /// Makes sure that a guest can be asked for it.
    ///
    /// - Throws: ``Failure`` with `invalidInput`.
    package func check() throws {
        guard let name = arguments.first, !name.isEmpty else { throw Failure(.invalidInput, "no program is named") }
        guard !user.isEmpty else { throw Failure(.invalidInput, "a user is a name or a number, not nothing") }
        guard environment.keys.allSatisfy({ !$0.isEmpty && !$0.contains("=") }) else {
            throw Failure(.invalidInput, "the name of a variable is not empty and has no \"=\"")
        }
        let texts = arguments + environment.keys + environment.values + [user, directory ?? ""]
        guard !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw Failure(.invalidInput, "a NUL cannot be given to a program")
        }
        if let timeLimit, timeLimit <= .zero || timeLimit > Self.longestTimeLimit {
            throw Failure(.invalidInput, "a program's time limit lies between nothing and seven days")
        }
    }
}

/// A program that was started in a guest.
///
/// It is killed when it is closed, and when the value's last copy is gone. One reader of each output, and one writer.
package struct RunningProgram: Sendable {
    /// Its standard output.
    ///
    /// Reading slowly slows the program, it does not fill memory.
    package let output: AsyncThrowingStream<[UInt8], any Error>
    /// Its standard error, likewise.
    package let errors: AsyncThrowingStream<[UInt8], any Error>
    /// Writes to its standard input, waiting while it does not read.
    ///
    /// What it does not take any more is dropped: no program need read what it is given.
    package var write: @Sendable ([UInt8]) async throws -> Void
    /// Ends its standard input.
    ///
    /// Does nothing the second time.
    package let finishInput: @Sendable () async -> Void
    /// Waits for its end, which comes after both outputs were read.
    package let end: @Sendable () async throws -> ProgramEnd
    /// Kills it and what it started, unless it has ended.
    ///
    /// Does nothing the second time.
    package let close: @Sendable () async -> Void

    /// Makes it from its directions.
    package init(
        output: AsyncThrowingStream<[UInt8], any Error>,
        errors: AsyncThrowingStream<[UInt8], any Error>,
        write: @escaping @Sendable ([UInt8]) async throws -> Void,
        finishInput: @escaping @Sendable () async -> Void,
        end: @escaping @Sendable () async throws -> ProgramEnd,
        close: @escaping @Sendable () async -> Void,
    ) {
        self.output = output
        self.errors = errors
        self.write = write
        self.finishInput = finishInput
        self.end = end
        self.close = close
    }
}

/// How a program in a guest ended.
package enum ProgramEnd: Sendable, Equatable {
    /// By itself, with a status.
    case exited(Int32)
    /// By a signal.
    case signalled(Int32)
    /// By its time limit.
    case timedOut
}

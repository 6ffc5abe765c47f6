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
    /// Copies into a machine's guest or out of it: what goes in is the input, what comes out the output.
    ///
    /// - Throws: ``Failure``, for example with `notFound` when there is no such file, folder or user.
    func start(_ copy: GuestCopy, in machine: MachineID) async throws -> RunningProgram
    /// Connects to a port of a machine's guest itself, at 127.0.0.1 or ::1. Each side can end its direction by itself.
    ///
    /// - Throws: ``Failure``, `portClosed` when nobody listens there.
    func connect(to port: UInt16, in machine: MachineID) async throws -> RunningProgram
    /// Asks a web server in a machine's guest for a page, at the guest's own localhost.
    ///
    /// - Throws: ``Failure``, `portClosed` when nobody listens there.
    func fetch(_ page: GuestPage, in machine: MachineID, within limit: Duration) async throws -> GuestAnswer
    /// Speaks TLS with whoever listens at a port of a machine's guest itself, as far as its certificate.
    ///
    /// - Parameters:
    ///   - port: The port.
    ///   - name: Whom it is asked for.
    ///   - machine: The machine.
    ///   - limit: How long it may take.
    /// - Returns: What it shows; trusting it or not is the caller's.
    /// - Throws: ``Failure``, `portClosed` when nobody listens there.
    func certificate(
        at port: UInt16,
        for name: String,
        in machine: MachineID,
        within limit: Duration,
    ) async throws -> GuestTLSAnswer
    /// Attaches to a terminal of a machine's guest: to the shell that is there, or to a new one, which is the user's of
    /// whom people are there, or root's where there is none. Whoever was attached is not any more.
    ///
    /// - Parameters:
    ///   - number: Which, from 0 to ``AgentTerminal/highestNumber``.
    ///   - machine: The machine.
    ///   - size: How large it is from now on.
    /// - Returns: The terminal.
    /// - Throws: ``Failure``.
    func openTerminal(_ number: Int, of machine: MachineID, size: WindowSize) async throws -> AgentTerminal
    /// Makes a copy of a machine a machine of its own, or brings the clock and the randomness of one that slept up to
    /// date. The clock is set to the time at which the guest is told.
    ///
    /// - Throws: ``Failure``, `guestSilent` also when the guest could not do all of it.
    func identify(_ identity: MachineIdentity, in machine: MachineID, within limit: Duration) async throws
    /// Has a machine's guest write what is pending to its disk, and lets nobody there write until ``thaw(_:)``, or the limit.
    ///
    /// - Throws: ``Failure``, `guestSilent` when the agent does not answer, `wrongState` when the guest could not.
    func freeze(_ machine: MachineID, atMost limit: Duration) async throws
    /// Lets a machine's guest write again. Does nothing when it may.
    func thaw(_ machine: MachineID) async throws
    /// Brings a template into the state in which it is frozen: its start is complete, what it wrote is on its disk, and
    /// a shell waits at its first terminal with an unread prompt. Nobody is connected to it afterwards.
    func settle(_ template: Machine, within limit: Duration) async throws -> SnapshotContents
    /// Lets go of a machine that is gone, or will be.
    func forget(_ machine: MachineID) async
}

/// What a copy of a machine needs to be a machine of its own; what is `nil` or empty is left as it is.
package struct MachineIdentity: Sendable, Equatable {
    /// Name of the machine.
    package var hostname: String?
    /// Sixteen bytes.
    package var machineID: [UInt8]?
    /// Fresh randomness, at most 4,096 bytes; taken in before anything that depends on it.
    package var entropy: [UInt8]
    /// What else is made anew.
    package var renewing: SnapshotContents

    /// Makes an identity.
    package init(
        hostname: String? = nil,
        machineID: [UInt8]? = nil,
        entropy: [UInt8],
        renewing: SnapshotContents = SnapshotContents(),
    ) {
        self.hostname = hostname
        self.machineID = machineID
        self.entropy = entropy
        self.renewing = renewing
    }
}

/// How large a terminal's window is.
package struct WindowSize: Sendable, Equatable {
    /// Where nobody has said anything else.
    package static let usual = WindowSize(columns: 80, rows: 24)

    /// Characters in a line.
    package var columns: Int
    /// Lines.
    package var rows: Int

    /// Makes a size.
    package init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    /// Makes sure that it is one.
    ///
    /// - Throws: ``Failure`` with `invalidInput`.
    package func check() throws {
        guard (1...1000).contains(columns), (1...1000).contains(rows) else {
            throw Failure(.invalidInput, "columns and rows must lie between 1 and 1000")
        }
    }
}

/// A terminal with a shell in a guest.
///
/// Its end is that of its connection; the shell goes on, and waits once it has said too much. One reader.
package struct AgentTerminal: Sendable {
    /// The highest number of a terminal; the lowest is 0.
    package static let highestNumber = 15

    /// Whether the shell was started just now.
    package let isNew: Bool
    /// What it shows.
    package let output: AsyncThrowingStream<[UInt8], any Error>
    /// Types, waiting while the guest does not read.
    ///
    /// Returns how many of the bytes were typed, at least one; none of them were when it throws.
    package let write: @Sendable ([UInt8]) async throws -> Int
    /// Changes its size; programs are told.
    package let resize: @Sendable (WindowSize) async throws -> Void
    /// Whether the shell is over, once the output has ended; otherwise somebody else has taken the terminal.
    package let isShellOver: @Sendable () async throws -> Bool
    /// Whether whole lines are typed that do not show, a secret probably, as the guest last said.
    package let takesSecret: @Sendable () -> Bool
    /// Lets go of it.
    ///
    /// Does nothing the second time.
    package let close: @Sendable () async -> Void

    /// Makes it from its directions.
    package init(
        isNew: Bool,
        output: AsyncThrowingStream<[UInt8], any Error>,
        takesSecret: @escaping @Sendable () -> Bool,
        write: @escaping @Sendable ([UInt8]) async throws -> Int,
        resize: @escaping @Sendable (WindowSize) async throws -> Void,
        isShellOver: @escaping @Sendable () async throws -> Bool,
        close: @escaping @Sendable () async -> Void,
    ) {
        self.isNew = isNew
        self.output = output
        self.write = write
        self.resize = resize
        self.isShellOver = isShellOver
        self.takesSecret = takesSecret
        self.close = close
    }
}

/// A program to run in a guest.
package struct GuestProgram: Sendable, Equatable {
    /// Longest time limit.
    package static let longestTimeLimit: Duration = .seconds(7 * 86_400)

    /// The program, looked for in the guest's `PATH`, and its arguments.
    package var arguments: [String]
    /// Beside and over what a login of the user has.
    package var environment: [String: String]
    /// As whom: a name or a number; `nil` for whom the machine's terminals are for.
    package var user: String?
    /// Where; `nil` for the user's home.
    package var directory: String?
    /// After how long its process group is killed; `nil` for never.
    package var timeLimit: Duration?

    /// Makes a program; as root, in root's home and without a time limit where nothing else is said.
    package init(
        _ arguments: [String],
        environment: [String: String] = [:],
        user: String? = "root",
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
        guard user?.isEmpty != true else { throw Failure(.invalidInput, "a user is a name or a number, not nothing") }
        guard environment.keys.allSatisfy({ !$0.isEmpty && !$0.contains("=") }) else {
            throw Failure(.invalidInput, "the name of a variable is not empty and has no \"=\"")
        }
        let texts = arguments + environment.keys + environment.values + [user ?? "", directory ?? ""]
        guard !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw Failure(.invalidInput, "a NUL cannot be given to a program")
        }
        if let timeLimit, timeLimit <= .zero || timeLimit > Self.longestTimeLimit {
            throw Failure(.invalidInput, "a program's time limit lies between nothing and seven days")
        }
    }
}

/// A program that was started in a guest, or a copy or a connection, which are the same to those who hold one.
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
    /// The permission bits of a file that is copied out.
    package let mode: UInt32?

    /// Makes it from its directions.
    package init(
        mode: UInt32? = nil,
        output: AsyncThrowingStream<[UInt8], any Error>,
        errors: AsyncThrowingStream<[UInt8], any Error>,
        write: @escaping @Sendable ([UInt8]) async throws -> Void,
        finishInput: @escaping @Sendable () async -> Void,
        end: @escaping @Sendable () async throws -> ProgramEnd,
        close: @escaping @Sendable () async -> Void,
    ) {
        self.mode = mode
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

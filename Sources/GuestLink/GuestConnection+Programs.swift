import GuestProtocol

extension GuestConnection {
    /// Starts a program.
    ///
    /// Dropping the stream kills its process group.
    ///
    /// - Returns: Its standard streams: ``GuestStream/output``, ``GuestStream/errors`` and ``GuestStream/write(_:)``.
    /// - Throws: ``GuestLinkFailure``, for example with `notFound` when there is no such program, user or folder.
    package func start(_ command: GuestCommand) async throws -> GuestStream {
        try await open(.exec(try command.request)).stream
    }

    /// Runs a program and collects what it says.
    ///
    /// Cancelling kills it.
    ///
    /// - Parameters:
    ///   - command: What to run; without an output limit, 1 MiB of each output is kept.
    ///   - input: What it reads.
    /// - Returns: What it said and how it ended.
    /// - Throws: ``GuestLinkFailure``; a status other than 0 is not a failure.
    package func run(_ command: GuestCommand, input: [UInt8] = []) async throws -> GuestCommandResult {
        var command = command
        if command.outputLimit == nil { command.outputLimit = 1 << 20 }
        let limit = command.outputLimit ?? 0
        let stream = try await start(command)
        async let output = stream.output.collect(upTo: limit)
        async let errors = stream.errors.collect(upTo: limit)
        async let written: Void = Self.feed(input, to: stream)
        let (said, complained) = (try await output, try await errors)
        let outcome = try await stream.outcome()
        try await written
        return GuestCommandResult(
            end: outcome.end,
            output: said.bytes,
            errors: complained.bytes,
            isOutputCut: outcome.isOutputCut || said.isCut,
            areErrorsCut: outcome.areErrorsCut || complained.isCut,
        )
    }

    private static func feed(_ input: [UInt8], to stream: GuestStream) async throws {
        do {
            try await stream.write(input)
            await stream.finishInput()
        } catch let failure as GuestLinkFailure where failure.code == .ended {
            // A program need not read what it is given.
        }
    }

    /// Connects to a port of the guest itself, at 127.0.0.1 or ::1.
    ///
    /// Finish the input to half-close.
    ///
    /// - Throws: ``GuestLinkFailure`` with `refused` when nobody listens there.
    package func forward(port: UInt16) async throws -> GuestStream { try await open(.forward(port: port)).stream }
}

/// A program to run in a guest.
package struct GuestCommand: Sendable {
    /// The program, looked for in `PATH`, and its arguments.
    package var arguments: [String]
    /// Beside and over what a login of the user has.
    package var environment: [String: String] = [:]
    /// As whom: a name or a number.
    package var user = "root"
    /// Where; `nil` for the user's home.
    package var directory: String?
    /// After how long its process group is killed; `nil` for never.
    ///
    /// At most 49 days.
    package var timeLimit: Duration?
    /// How many bytes of each output are sent; the rest is dropped in the guest.
    ///
    /// `nil` for all.
    package var outputLimit: Int?

    /// Makes a command with the defaults; set the rest.
    package init(_ arguments: [String]) { self.arguments = arguments }

    var request: ExecRequest {
        get throws {
            guard !arguments.isEmpty, environment.keys.allSatisfy({ !$0.isEmpty && !$0.contains("=") }) else {
                throw GuestLinkFailure(.invalid, "a program has a name, and so has every variable of its environment")
            }
            var request = ExecRequest(arguments: arguments.map { Array($0.utf8) })
            request.environment = environment.sorted { $0.key < $1.key }.map { Array("\($0.key)=\($0.value)".utf8) }
            request.user = Array(user.utf8)
            request.directory = Array((directory ?? "").utf8)
            if let timeLimit {
                // At least one millisecond: 0 would be for ever.
                request.timeLimitMilliseconds = UInt32(
                    clamping: max(
                        1,
                        timeLimit.components.seconds * 1_000
                            + timeLimit.components.attoseconds / 1_000_000_000_000_000,
                    )
                )
            }
            if let outputLimit { request.outputLimit = UInt64(max(1, outputLimit)) }
            return request
        }
    }
}

/// What came of a program.
package struct GuestCommandResult: Sendable, Equatable {
    /// How it ended.
    package let end: GuestOutcome.End
    /// What it said.
    package let output: [UInt8]
    /// What it complained of.
    package let errors: [UInt8]
    /// Whether some of what it said was dropped.
    package let isOutputCut: Bool
    /// Whether some of what it complained of was dropped.
    package let areErrorsCut: Bool
}

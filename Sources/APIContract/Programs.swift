/// What the two ends of `GET /api/v1/sessions/{id}/exec` (WebSocket) tell each other in *text* frames, as JSON with
/// exactly one of the fields set.
///
/// `…/copy` and `…/forward` speak the same; only what their first message asks for differs.
///
/// *Binary* frames carry the program's bytes: one byte that names the ``Channel``, then the bytes. The first message is
/// the client's ``FromClient/run``, ``FromClient/copy`` or ``FromClient/connect``, the last is the service's ``FromServer/ended`` or ``FromServer/problem``. Closing the
/// connection before kills the program.
package enum ProgramMessage {
    /// Which of a program's standard streams bytes belong to.
    package enum Channel: UInt8, Sendable, CaseIterable {
        /// Its input, from the client.
        case input = 0
        /// Its output, from the service.
        case output = 1
        /// Its error output, from the service.
        case errors = 2
    }

    /// From the person's side.
    package struct FromClient: Codable, Sendable, Equatable {
        /// Run this; the first message.
        package var run: Request?
        /// Copy this out; the first message of `…/copy`.
        package var copy: Copy?
        /// Connect to this; the first message of `…/forward`.
        package var connect: Connect?
        /// Nothing more comes on the input.
        package var endOfInput: Bool?

        /// Makes a message.
        package init(
            run: Request? = nil,
            copy: Copy? = nil,
            connect: Connect? = nil,
            endOfInput: Bool? = nil,
        ) {
            self.run = run
            self.copy = copy
            self.connect = connect
            self.endOfInput = endOfInput
        }
    }

    /// From the service's side.
    package struct FromServer: Codable, Sendable, Equatable {
        /// The program has ended; the service closes next.
        package var ended: End?
        /// It could not be run, or what became of it cannot be told; the service closes next.
        package var problem: Problem?

        /// Makes a message.
        package init(ended: End? = nil, problem: Problem? = nil) {
            self.ended = ended
            self.problem = problem
        }
    }

    /// What to run.
    package struct Request: Codable, Sendable, Equatable {
        /// The program, looked for in the guest's `PATH`, and its arguments.
        package var arguments: [String]
        /// The machine's name; the session's first when absent.
        package var machine: String?
        /// As whom, a name or a number; root when absent.
        package var user: String?
        /// Where; the user's home when absent.
        package var directory: String?
        /// Whether it runs as whom the machine's terminals are for, instead of as ``user``.
        package var asPerson: Bool?
        /// Variables beside and over what a login of the user has.
        package var environment: [String: String]?
        /// After how long it is killed; never when absent, seven days at most.
        package var timeoutSeconds: Double?

        /// Makes a request.
        package init(
            arguments: [String],
            machine: String? = nil,
            user: String? = nil,
            directory: String? = nil,
            asPerson: Bool? = nil,
            environment: [String: String]? = nil,
            timeoutSeconds: Double? = nil,
        ) {
            self.arguments = arguments
            self.machine = machine
            self.user = user
            self.directory = directory
            self.asPerson = asPerson
            self.environment = environment
            self.timeoutSeconds = timeoutSeconds
        }
    }

    /// How a program ended, with exactly one of the first three fields set.
    package struct End: Codable, Sendable, Equatable {
        /// Its status.
        package var status: Int32?
        /// The number of the signal that ended it.
        package var signal: Int32?
        /// Its time limit was over.
        package var timedOut: Bool?
        /// The permission bits of a file that was copied out whole.
        package var mode: UInt32?

        /// Makes an end.
        package init(status: Int32? = nil, signal: Int32? = nil, timedOut: Bool? = nil, mode: UInt32? = nil) {
            self.mode = mode
            self.status = status
            self.signal = signal
            self.timedOut = timedOut
        }
    }
}

extension ProgramMessage.FromClient: Described {
    package static let schema = Schema.object(
        "A text frame: exactly one of the fields is set.",
        .optional("run", .of(ProgramMessage.Request.self), "Run this; the first message."),
        .optional("copy", .of(ProgramMessage.Copy.self), "Copy this out; the first message of `…/copy`."),
        .optional("connect", .of(ProgramMessage.Connect.self), "Connect to this; the first message of `…/forward`."),
        .optional("endOfInput", .boolean, "Nothing more comes on the input."),
    )
}

extension ProgramMessage.FromServer: Described {
    package static let schema = Schema.object(
        "A text frame: exactly one of the fields is set.",
        .optional("ended", .of(ProgramMessage.End.self), "The program has ended; the service closes next."),
        .optional("problem", .of(Problem.self), "It could not be run; the service closes next."),
    )
}

extension ProgramMessage.Request: Described {
    package static let schema = Schema.object(
        "What to run.",
        .required("arguments", .array(.string), "The program, looked for in the guest's `PATH`, and its arguments."),
        .optional("machine", .string, "The machine's name; the session's first when absent."),
        .optional("user", .string, "As whom, a name or a number; root when absent."),
        .optional("directory", .string, "Where; the user's home when absent."),
        .optional(
            "asPerson",
            .boolean,
            "Whether it runs as whom the machine's terminals are for, instead of as `user`.",
        ),
        .optional("environment", .map(.string), "Variables beside and over what a login of the user has."),
        .optional("timeoutSeconds", .number, "After how long it is killed; never when absent, seven days at most."),
    )
}

extension ProgramMessage.End: Described {
    package static let schema = Schema.object(
        "How a program ended, with exactly one of the first three fields set.",
        .optional("status", .integer(-2_147_483_648...2_147_483_647), "Its status."),
        .optional("signal", .integer(-2_147_483_648...2_147_483_647), "The number of the signal that ended it."),
        .optional("timedOut", .boolean, "Its time limit was over."),
        .optional("mode", .integer(0...4_294_967_295), "The permission bits of a file that was copied out whole."),
    )
}

import CGuest

/// A program to start, in a session and process group of its own.
struct Child {
    /// A path; empty to look the first argument up in `PATH`.
    var program: [UInt8] = []
    var arguments: [[UInt8]]
    var environment: [[UInt8]]
    var folder: [UInt8]
    var needsFolder = false
    var account: Account
    /// The terminal the program sits at; empty for the three descriptors.
    var terminal: [UInt8] = []
    /// Descriptors 0 to 2; `nil` for nothing to read and nowhere to write.
    var descriptors: (input: Descriptor?, output: Descriptor?, error: Descriptor?) = (nil, nil, nil)

    /// Why a program did not start.
    struct Failure: Error {
        let stage: guest_stage
        let number: Int32
    }

    /// Starts the program and returns its process, once it runs.
    func start() throws(Failure) -> pid_t {
        var stage = GUEST_STAGE_START
        var process: pid_t = 0
        let (arguments, environment) = (Self.list(arguments), Self.list(environment))
        System.onPath(arguments) { arguments in
            System.onPath(environment) { environment in
                System.onPath(folder) { folder in
                    System.onPath(program) { program in
                        System.onPath(terminal) { terminal in
                            // SAFETY: everything pointed to outlives the call, which keeps nothing of it.
                            account.groups.withUnsafeBufferPointer { groups in
                                var child = guest_child()
                                child.program = self.program.isEmpty ? nil : program
                                child.arguments = arguments
                                child.environment = environment
                                child.argument_count = self.arguments.count
                                child.environment_count = self.environment.count
                                child.folder = folder
                                child.needs_folder = needsFolder ? 1 : 0
                                child.terminal = self.terminal.isEmpty ? nil : terminal
                                child.input = descriptors.input?.number ?? -1
                                child.output = descriptors.output?.number ?? -1
                                child.error = descriptors.error?.number ?? -1
                                child.user = account.user
                                child.group = account.group
                                child.groups = groups.baseAddress
                                child.group_count = groups.count
                                process = guest_spawn(&child, &stage)
                            }
                        }
                    }
                }
            }
        }
        guard process > 0 else { throw Failure(stage: stage, number: -process) }
        return process
    }

    private static func list(_ texts: [[UInt8]]) -> [UInt8] { Array(texts.joined(separator: [0])) }
}

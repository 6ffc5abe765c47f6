package import SessionModel

/// Agents that know four programs: `cat`, `fail`, which complains and ends with status 3, and `sleep` and `deaf`, which go
/// on, the latter without reading its input.
package actor FakeAgents: GuestAgents {
    private var isSilent = false
    /// What was started, in order.
    package private(set) var started: [GuestProgram] = []
    /// How many programs were closed.
    package private(set) var closed = 0

    /// Makes agents that answer.
    package init() {}

    /// From now on no agent answers.
    package func keepSilent() { isSilent = true }

    package func requireAgent(in machine: MachineID) throws {
        if isSilent { throw Failure(.guestSilent, "no agent answers") }
    }

    package func start(_ program: GuestProgram, in machine: MachineID) throws -> RunningProgram {
        try requireAgent(in: machine)
        started.append(program)
        let (output, said) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let (errors, complained) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let (ends, ending) = AsyncStream<ProgramEnd>.makeStream()
        let end: @Sendable (ProgramEnd) -> Void = { how in
            said.finish()
            complained.finish()
            ending.yield(how)
            ending.finish()
        }
        switch program.name {
        case "cat", "sleep", "deaf": break
        case "fail":
            complained.yield(Array("oops".utf8))
            end(.exited(3))
        default:
            throw Failure(.notFound, "there is no program \"\(program.name)\"")
        }
        let (echoes, isDeaf) = (program.name == "cat", program.name == "deaf")
        let (never, holder) = AsyncStream<Void>.makeStream()
        return RunningProgram(
            output: output,
            errors: errors,
            write: { bytes in
                if echoes { said.yield(bytes) }
                guard isDeaf else { return }
                for await _ in never {}
                try Task.checkCancellation()
            },
            finishInput: { if echoes { end(.exited(0)) } },
            end: {
                for await end in ends { return end }
                throw CancellationError()
            },
            close: {
                end(.signalled(9))
                holder.finish()
                await self.close()
            },
        )
    }

    private func close() { closed += 1 }
}

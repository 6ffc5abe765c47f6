package import SessionModel

extension SessionCommands {
    /// Makes sure that someone could work in a session now.
    ///
    /// Starts nothing.
    ///
    /// - Returns: The session.
    /// - Throws: ``Failure``: `notFound`, also when it is not theirs; `wrongState` unless it is ready or running.
    @discardableResult
    package func requireEnterable(_ id: SessionID, by principal: Principal) async throws -> Session {
        let session = try await session(id, for: principal)
        // The rule is asked with a copy of the session.
        var lifecycle = session.lifecycle
        do {
            _ = try lifecycle.enter(at: now().service)
        } catch {
            throw Failure(.wrongState, error.description)
        }
        return session
    }

    /// Runs a program in one of a session's guests.
    ///
    /// Like attaching, it enters a session that is ready: the deadline starts. What can be refused is refused before
    /// that. Who ran which program is in the timeline before it runs; what cannot be recorded is not run.
    ///
    /// - Parameters:
    ///   - program: The program.
    ///   - machine: The machine's name; `nil` for the first.
    ///   - id: The session.
    ///   - principal: Who asks.
    /// - Returns: The program, which takes no input once the session is being finished.
    /// - Throws: ``Failure``: `notFound`, `wrongState`, `invalidInput`, `guestSilent` when no agent answers, `storage`.
    package func run(
        _ program: GuestProgram,
        on machine: String?,
        of id: SessionID,
        by principal: Principal,
    ) async throws -> RunningProgram {
        try program.check()
        let session = try await requireEnterable(id, by: principal)
        guard let machine = session.machines.first(where: { machine == nil || $0.name == machine })?.id else {
            throw Failure(.notFound, "session \(id) has no machine \"\((machine ?? "").prefix(80))\"")
        }
        try await ports.agents.requireAgent(in: machine)
        _ = try await enter(id, by: principal)
        guard let runner = service.runner(id), runner.takesInput else {
            throw Failure(.wrongState, "session \(id) is over")
        }
        runner.send(.inputSeen)
        try await note(.exec(principal.person, program: program.name), of: id)
        var running = try await ports.agents.start(program, in: machine)
        running.write = { [write = running.write] bytes in
            guard runner.takesInput else { throw Failure(.wrongState, "session \(id) is over and takes no input") }
            try await write(bytes)
        }
        return running
    }
}

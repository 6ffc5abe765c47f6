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
    /// - Throws: ``Failure``: `notFound`, `wrongState`, `invalidInput`, `guestSilent` when no agent answers, `storage`;
    ///   `policyRefused` where nobody may work unrecorded, and who asks looks after no sessions.
    package func run(
        _ program: GuestProgram,
        on machine: String?,
        of id: SessionID,
        by principal: Principal,
    ) async throws -> RunningProgram {
        try program.check()
        try await refuseUnrecorded(id, by: principal)
        return try await open(
            on: machine,
            of: id,
            by: principal,
            recording: .exec(principal.person, program: program.name),
        ) { try await ports.agents.start(program, in: $0) }
    }

    /// Copies into one of a session's guests or out of it, by the rules of ``run(_:on:of:by:)``.
    ///
    /// - Parameters:
    ///   - copy: What.
    ///   - machine: The machine's name; `nil` for the first.
    ///   - id: The session.
    ///   - principal: Who asks.
    ///   - isEntering: Whether it enters a session that is ready; else that is refused with `wrongState`.
    /// - Returns: The program that copies.
    /// - Throws: ``Failure``, as there.
    package func copy(
        _ copy: GuestCopy,
        on machine: String?,
        of id: SessionID,
        by principal: Principal,
        entering isEntering: Bool = true,
    ) async throws -> RunningProgram {
        try copy.check()
        return try await open(
            on: machine,
            of: id,
            by: principal,
            entering: isEntering,
            recording: .copied(principal.person, copy.summary),
        ) { try await ports.agents.start(copy, in: $0) }
    }

    /// Connects to a port of one of a session's guests, by the rules of ``run(_:on:of:by:)``.
    ///
    /// - Parameters:
    ///   - port: The port.
    ///   - machine: The machine's name; `nil` for the first.
    ///   - id: The session.
    ///   - principal: Who asks.
    ///   - isRecorded: Whether the record has it already, as it has when the same person did the same lately.
    /// - Returns: The connection.
    /// - Throws: ``Failure``, as there; `wrongState` when nobody listens there.
    package func connect(
        to port: UInt16,
        on machine: String?,
        of id: SessionID,
        by principal: Principal,
        isRecorded: Bool,
    ) async throws -> RunningProgram {
        guard port > 0 else { throw Failure(.invalidInput, "ports have the numbers 1 to 65535") }
        let record = isRecorded ? nil : TimelineRecord.forwarded(principal.person, port: port)
        return try await open(on: machine, of: id, by: principal, recording: record) {
            try await ports.agents.connect(to: port, in: $0)
        }
    }

    /// Refuses a program where the policy lets nobody work unrecorded: only terminals are recorded.
    private func refuseUnrecorded(_ id: SessionID, by principal: Principal) async throws {
        let policy = try await session(id, for: principal).policy
        // Who comes with a key has this right never: whoever has added the key need not be who has it.
        guard policy.recording.mode == .required, !principal.may(.chooseLimits) else { return }
        throw Failure(
            .policyRefused,
            "policy \"\(policy.id)\" lets nobody work unrecorded, and only what a terminal shows is recorded; use a terminal",
        )
    }

    /// Opens something in one of a session's guests; what cannot be recorded is not opened.
    private func open(
        on machine: String?,
        of id: SessionID,
        by principal: Principal,
        entering isEntering: Bool = true,
        recording record: TimelineRecord?,
        _ start: (MachineID) async throws -> RunningProgram,
    ) async throws -> RunningProgram {
        let session = try await requireEnterable(id, by: principal)
        guard isEntering || session.lifecycle.state.kind == .running else {
            throw Failure(.wrongState, "session \(id) was not entered yet; its time does not begin with this")
        }
        guard let machine = session.machines.first(where: { machine == nil || $0.name == machine })?.id else {
            throw Failure(.notFound, "session \(id) has no machine \"\((machine ?? "").prefix(80))\"")
        }
        try await ports.agents.requireAgent(in: machine)
        if isEntering { _ = try await enter(id, by: principal) }
        guard let runner = service.runner(id), runner.takesInput else {
            throw Failure(.wrongState, "session \(id) is over")
        }
        runner.send(.inputSeen)
        if let record { try await note(record, of: id) }
        var running = try await start(machine)
        running.write = { [write = running.write] bytes in
            guard runner.takesInput else { throw Failure(.wrongState, "session \(id) is over and takes no input") }
            try await write(bytes)
        }
        return running
    }
}

package import SessionModel

/// What people may do with sessions.
///
/// Permission and policy are checked here, once, for every edge.
package struct SessionCommands: Sendable {
    /// How many lines of a timeline one call returns at most.
    package static let timelinePage = 5000
    /// How many sessions a person may have waiting, beyond those the policy allows at once.
    package static let waitingPerPerson = 2

    let ports: EnginePorts
    let service: SessionService

    /// Makes the commands of a service.
    package init(ports: EnginePorts, service: SessionService) {
        self.ports = ports
        self.service = service
    }

    /// What is asked for with a new session.
    package struct Request: Sendable, Equatable {
        /// The lab to run.
        package var lab: LabID
        /// The policy to run it under; the lab's own when `nil`.
        package var policy: PolicyID?
        /// A shorter time limit than the policy's.
        package var limit: Duration?
        /// The cohort it belongs to.
        package var cohort: CohortID?
        /// What the lab's variables follow from; drawn when `nil`.
        package var seed: UInt64?
        /// Whether the lab's draft is meant.
        package var isDraft: Bool
        /// Why the session may run without the isolation its policy demands.
        package var isolationOverride: String?
        /// Chosen by who asks: a request that is repeated with it asks for the same session.
        package var idempotencyKey: String?

        /// Makes a request.
        package init(
            lab: LabID,
            policy: PolicyID? = nil,
            limit: Duration? = nil,
            cohort: CohortID? = nil,
            seed: UInt64? = nil,
            isDraft: Bool = false,
            isolationOverride: String? = nil,
            idempotencyKey: String? = nil,
        ) {
            self.lab = lab
            self.policy = policy
            self.limit = limit
            self.cohort = cohort
            self.seed = seed
            self.isDraft = isDraft
            self.isolationOverride = isolationOverride
            self.idempotencyKey = idempotencyKey
        }
    }

    /// Asks for a session.
    ///
    /// Returns once it is stored; everything else follows by itself.
    ///
    /// - Throws: ``Failure``: `notFound`, `invalidDefinition`, `invalidInput`, `policyRefused`, `noCapacity`,
    ///   `imageUnusable`, `forbidden`, `storage`; `wrongState` once the service is stopping.
    package func create(_ request: Request, by principal: Principal) async throws -> Session {
        if request.isDraft || request.seed != nil { try principal.require(.writeLabs) }
        let lab =
            request.isDraft
            ? try await ports.drafts.draft(request.lab).lab : try await lab(request.lab, toStart: true, for: principal)
        return try await create(lab, request, by: principal)
    }

    /// The lab of that name, as far as it is there for somebody.
    ///
    /// One by which people are assessed is in nobody's catalogue, but whoever is told its name may start it. What is said of
    /// one that is not there tells only of those that the principal finds.
    ///
    /// - Parameters:
    ///   - id: Its name.
    ///   - isStarted: Whether a session of it is asked for.
    ///   - principal: Who asks.
    /// - Returns: The lab.
    /// - Throws: ``Failure`` with `notFound`, `invalidDefinition` or `storage`.
    package func lab(_ id: LabID, toStart isStarted: Bool = false, for principal: Principal) async throws -> Lab {
        guard !principal.may(.writeLabs) else { return try await ports.definitions.lab(id) }
        // What is wrong with it, if it is there, is for its author to know.
        if let lab = try? await ports.definitions.lab(id), isStarted || principal.finds(lab) { return lab }
        let names = try await ports.definitions.labs().filter(principal.finds).map(\.id.name)
        let others = names.isEmpty || names.count > 20 ? "" : "; there are \(names.joined(separator: ", "))"
        throw Failure(.notFound, "there is no lab \"\(id)\" that could be used\(others)")
    }

    /// Asks for a session of a lab that is at hand.
    ///
    /// - Throws: As ``create(_:by:)`` does.
    func create(
        _ lab: Lab,
        _ request: Request,
        by principal: Principal,
        adjusting adjust: (inout Policy) -> Void = { _ in },
    ) async throws -> Session {
        try service.checkServing()
        var generator = SystemRandomNumberGenerator()
        let id = SessionID(.session, of: principal.person, request.idempotencyKey, or: RandomSource())
        if request.idempotencyKey != nil, let made = try await made(id, lab, request) { return made }
        if let other = request.policy, other != lab.policy { try principal.require(.chooseLimits) }
        // It may share memory with the others.
        if request.cohort != nil { try principal.require(.chooseLimits) }
        var policy = try await ports.definitions.policy(request.policy ?? lab.policy)
        adjust(&policy)
        try await refuseHoarding(under: policy, by: principal)
        if let limit = request.limit {
            guard limit > .zero, limit <= policy.time.limit else {
                throw Failure(
                    .invalidInput,
                    "the time limit must lie between 1s and \(policy.time.limit.shortText), the limit of policy \"\(policy.id)\"",
                )
            }
            policy.time.limit = limit
        }
        let override = try isolationOverride(request, policy, principal)
        var machines: [Machine] = []
        for shape in lab.machines {
            let specification = try MachineSpecification(shape: shape, policy: policy)
            let size = try await ports.images.usableImage(specification.image)
            if let disk = specification.disk, disk < size {
                throw Failure(
                    .policyRefused,
                    "image \"\(specification.image)\" has a disk of \(size), machine \"\(shape.name)\" may have \(disk)",
                )
            }
            machines.append(
                Machine(id: MachineID(using: &generator), session: id, name: shape.name, specification: specification)
            )
        }
        let now = service.time.now()
        let session = Session(
            id: id,
            person: principal.person,
            lab: lab.id,
            labVersion: lab.version,
            definition: lab,
            seed: request.seed ?? generator.next(),
            policy: policy,
            createdAt: now.wall,
            cohort: request.cohort,
            isolationOverride: override,
            lifecycle: SessionMachine(time: policy.time),
            machines: machines,
        )
        let notes: [TimelineRecord] = override.map { [.overridden("isolation: \($0)")] } ?? []
        do {
            try await ports.store.create(session, records: [.requested] + notes, at: now)
        } catch let failure as Failure where failure.code == .conflict && request.idempotencyKey != nil {
            // The same request was repeated before the first was answered.
            guard let made = try await made(id, lab, request) else { throw failure }
            return made
        }
        await service.take(session)
        return session
    }

    /// What was made for a request that is repeated.
    ///
    /// - Throws: ``Failure`` with `conflict` when its key was used for another request.
    private func made(_ id: SessionID, _ lab: Lab, _ request: Request) async throws -> Session? {
        let session: Session
        do {
            session = try await ports.store.session(id)
        } catch let failure as Failure where failure.code == .notFound {
            return nil
        }
        guard session.lab == lab.id, request.policy ?? session.policy.id == session.policy.id,
            request.limit ?? session.policy.time.limit == session.policy.time.limit,
            request.cohort == session.cohort, request.seed ?? session.seed == session.seed
        else {
            throw Failure(.conflict, "this Idempotency-Key was used for another session, \(id); take a new one")
        }
        return session
    }

    /// A session.
    package func session(_ id: SessionID, for principal: Principal) async throws -> Session {
        let session = try await ports.store.session(id)
        guard principal.mayUseSessions(of: session.person) else {
            // The same answer as for one that does not exist: whose sessions there are is nobody's business.
            throw Failure(.notFound, "there is no session \"\(id)\"")
        }
        return session
    }

    /// One page of sessions, newest first; other people's only for those who supervise them.
    package func sessions(
        _ filter: SessionFilter,
        after cursor: String?,
        limit: Int,
        for principal: Principal,
    ) async throws -> SessionPage {
        var filter = filter
        if !principal.may(.superviseSessions) {
            if let person = filter.person, person != principal.person { try principal.require(.superviseSessions) }
            filter.person = principal.person
        }
        return try await ports.store.sessions(filter, after: cursor, limit: limit)
    }

    /// A session's timeline from after the given line on, at most ``timelinePage`` lines.
    package func timeline(
        of id: SessionID,
        after sequence: Int64,
        for principal: Principal,
    ) async throws -> [TimelineEntry] {
        let session = try await session(id, for: principal)
        let lines = try await ports.store.timeline(of: id, after: sequence)
        return lines.map { Self.mayKnow(of: session, principal) ? $0 : $0.withoutVerdicts }
    }

    /// Whether somebody may know what was found in a session.
    package static func mayKnow(of session: Session, _ principal: Principal) -> Bool {
        guard !principal.may(.gradeSessions) else { return true }
        return switch session.policy.feedback {
        case .live: true
        case .after: session.lifecycle.state.endReason != nil
        case .never: false
        }
    }

    /// Lines of one session as they are committed; see ``SessionStore/tail()``.
    package func tail(of id: SessionID, for principal: Principal) async throws -> AsyncStream<TimelineEntry> {
        _ = try await session(id, for: principal)
        return await ports.store.tail()
    }

    /// *Start*, or the first attach: the deadline runs from here.
    ///
    /// Does nothing when it runs already.
    package func enter(_ id: SessionID, by principal: Principal) async throws -> Session {
        try await perform(.enter, on: id, by: principal)
    }

    /// Grants more time, one step of the policy when `amount` is `nil`.
    package func extend(_ id: SessionID, by amount: Duration?, by principal: Principal) async throws -> Session {
        try await perform(.extend(amount), on: id, by: principal)
    }

    /// Puts a session's machines to sleep, to disk; whether its time stands still is up to its policy.
    ///
    /// Returns once that is stored; the machines follow.
    package func pause(_ id: SessionID, by principal: Principal) async throws -> Session {
        try await perform(.pause, on: id, by: principal)
    }

    /// Lets a paused session go on, at the same shell.
    package func resume(_ id: SessionID, by principal: Principal) async throws -> Session {
        try await perform(.resume, on: id, by: principal)
    }

    /// Throws a running session's machines away and gives it fresh ones, at the same deadline.
    ///
    /// Returns once that is stored; the machines follow, and a `ready` line in the timeline says when.
    package func reset(_ id: SessionID, by principal: Principal) async throws -> Session {
        let policy = try await session(id, for: principal).policy
        guard principal.may(.chooseLimits) || policy.reset == .allowed else {
            throw Failure(.policyRefused, "policy \"\(policy.id)\" allows no reset")
        }
        return try await perform(.reset(principal.person), on: id, by: principal)
    }

    /// The person is done: input is closed, what was done is checked once more, and the session ends.
    ///
    /// One that is over stays as it is.
    package func submit(_ id: SessionID, by principal: Principal) async throws -> Session {
        try await perform(.submit, on: id, by: principal)
    }

    /// Ends a session.
    ///
    /// Works from every state; one that is over stays as it is.
    package func end(_ id: SessionID, by principal: Principal) async throws -> Session {
        try await perform(.stop, on: id, by: principal)
    }

    /// Notes that someone opened or closed a terminal of the session, or runs a program in it.
    package func note(_ record: TimelineRecord, of id: SessionID) async throws {
        try await ports.store.append([record], to: id, at: service.time.now())
    }

    /// Notes that someone typed in a terminal of the session.
    package func inputSeen(in id: SessionID) { service.runner(id)?.send(.inputSeen) }

    /// Service time now.
    package func now() -> RecordTime { service.time.now() }

    /// Refuses one more session to who has as many as the policy allows, and some more in the queue, and has entered none
    /// of them.
    private func refuseHoarding(under policy: Policy, by principal: Principal) async throws {
        guard !principal.may(.chooseLimits) else { return }
        let limit = min(policy.concurrency.perPerson + Self.waitingPerPerson, 500)
        let filter = SessionFilter(person: principal.person, states: [.requested, .preparing, .ready])
        let waiting = try await ports.store.sessions(filter, after: nil, limit: limit).sessions.count
        guard waiting < limit else {
            throw Failure(
                .noCapacity,
                "you have \(waiting) sessions that were never entered; enter or end one of them before you ask for another",
            )
        }
    }

    private func perform(_ command: SessionCommand, on id: SessionID, by principal: Principal) async throws -> Session {
        let session = try await session(id, for: principal)
        guard let runner = service.runner(id) else {
            if [.stop, .submit].contains(command), session.lifecycle.state.endReason != nil { return session }
            try service.checkServing()
            throw Failure(.wrongState, "session \(id) is \(session.lifecycle.state.kind.rawValue)")
        }
        do {
            return try await runner.perform(command)
        } catch let failure as Failure where failure.code == .wrongState && [.stop, .submit].contains(command) {
            // Its service may have ended just now.
            let session = try await self.session(id, for: principal)
            guard session.lifecycle.state.endReason != nil else { throw failure }
            return session
        }
    }

    private func isolationOverride(
        _ request: Request,
        _ policy: Policy,
        _ principal: Principal,
    ) throws -> String? {
        guard let refusal = policy.isolationRefusal(on: ports.hypervisor.acceleration) else { return nil }
        guard let why = request.isolationOverride else {
            throw Failure(
                .policyRefused,
                "\(refusal); an operator may override it for one session, with a reason",
            )
        }
        try principal.require(.chooseLimits)
        guard !why.isEmpty, why.utf8.count <= 500 else {
            throw Failure(.invalidInput, "an isolation override needs a reason of 1 to 500 characters")
        }
        return why
    }
}

package import SessionModel

/// A ``SessionStore`` in memory that behaves as the real one does; ``SessionStoreConformance`` holds both to it.
package actor MemoryStore: SessionStore {
    /// Lines of a timeline that one call returns at most.
    package static let timelineLimit = 5_000

    private static let bufferedLines = 1_024

    private var stored: [SessionID: Session] = [:]
    private var machines: [MachineID: Machine] = [:]
    private var progress: [MachineID: [MachineStep: StepPhase]] = [:]
    private var lines: [TimelineEntry] = []
    private var found: [SessionID: [CheckResult]] = [:]
    private var told: [SessionID: [HintTaken]] = [:]
    private var keys: [SessionKey] = []
    private var heartbeat: Heartbeat?
    private var writeFailure: Failure?
    private var readers: [Int: AsyncStream<TimelineEntry>.Continuation] = [:]
    private var lastReader = 0

    /// Makes an empty store.
    package init() {}

    /// From now on every write throws the failure and changes nothing, as on a full disk; `nil` ends that.
    package func refuseWrites(with failure: Failure?) { writeFailure = failure }

    /// Loses a session with its machines, as if someone had deleted it behind our back.
    package func lose(_ id: SessionID) {
        for machine in stored.removeValue(forKey: id)?.machines ?? [] {
            machines[machine.id] = nil
            progress[machine.id] = nil
        }
    }

    // MARK: Sessions

    package func create(_ session: Session, records: [TimelineRecord], at time: RecordTime) throws {
        try checkWritable()
        guard stored[session.id] == nil else { throw Failure(.conflict, "session \(session.id) is stored already") }
        for machine in session.machines where machine.session != session.id || machine.role != .member {
            throw Failure(.invalidInput, "machine \(machine.id) does not belong to session \(session.id)")
        }
        guard Set(session.machines.map(\.name)).count == session.machines.count else {
            throw Failure(.invalidInput, "two machines of session \(session.id) have the same name")
        }
        try session.machines.forEach(checkNew)
        guard Set(session.machines.map(\.id)).count == session.machines.count else {
            throw Failure(.conflict, "two machines of session \(session.id) have the same id")
        }
        stored[session.id] = session
        for machine in session.machines { machines[machine.id] = machine }
        write(records, session.id, time)
    }

    package func commit(_ session: Session, records: [TimelineRecord], at time: RecordTime) throws -> Session {
        try checkWritable()
        guard var present = stored[session.id] else { throw noSession(session.id) }
        guard present.generation == session.generation else {
            throw Failure(
                .conflict,
                "session \(session.id) was changed by someone else: it is at change \(present.generation), "
                    + "this one was made from \(session.generation); read it again",
            )
        }
        present.lifecycle = session.lifecycle
        present.acceleration = session.acceleration
        present.generation += 1
        stored[session.id] = present
        if isOver(present) { keys.removeAll { $0.session == session.id } }
        write(records, session.id, time)
        return whole(present)
    }

    package func append(_ records: [TimelineRecord], to session: SessionID, at time: RecordTime) throws {
        try checkWritable()
        guard stored[session] != nil else { throw noSession(session) }
        write(records, session, time)
    }

    package func session(_ id: SessionID) throws -> Session {
        guard let session = stored[id] else { throw noSession(id) }
        return whole(session)
    }

    package func openSessions() -> (sessions: [Session], unreadable: [UnreadableSession]) {
        let open = stored.values.filter { $0.lifecycle.state.kind != .tornDown }
        return (open.sorted { Self.place($0) < Self.place($1) }.map(whole), [])
    }

    package func sessions(_ filter: SessionFilter, after cursor: String?, limit: Int) throws -> SessionPage {
        guard (1...500).contains(limit) else {
            throw Failure(.invalidInput, "a page of \(limit) sessions cannot be had; ask for 1 to 500")
        }
        let start = try cursor.map(Self.place(cursor:))
        let wanted = stored.values.filter { session in
            (filter.person == nil || session.person == filter.person)
                && (filter.states.isEmpty || filter.states.contains(session.lifecycle.state.kind))
                && start.map { Self.place(session) < $0 } ?? true
        }
        let page = wanted.sorted { Self.place($0) > Self.place($1) }.prefix(limit)
        let summaries = page.map { session in
            SessionSummary(
                id: session.id,
                person: session.person,
                lab: session.lab,
                policy: session.policy.id,
                createdAt: session.createdAt,
                lifecycle: session.lifecycle,
            )
        }
        let next = page.count < wanted.count ? page.last.map { "\($0.createdAt.milliseconds).\($0.id)" } : nil
        return SessionPage(sessions: summaries, next: next)
    }

    package func census() -> Census {
        let open = stored.values.map(\.lifecycle.state.kind).filter { $0 != .tornDown }
        let roles = machines.values.filter { $0.userID != nil }.map(\.role)
        return Census(
            sessions: Dictionary(open.map { ($0, 1) }, uniquingKeysWith: +),
            machines: Dictionary(roles.map { ($0, 1) }, uniquingKeysWith: +),
        )
    }

    package func timeline(of session: SessionID, after sequence: Int64) -> [TimelineEntry] {
        Array(lines.lazy.filter { $0.session == session && $0.sequence > sequence }.prefix(Self.timelineLimit))
    }

    package func add(
        _ results: [CheckResult],
        to session: SessionID,
        records: [TimelineRecord],
        at time: RecordTime,
    ) throws {
        try checkWritable()
        guard stored[session] != nil else { throw noSession(session) }
        found[session, default: []] += results
        write(records, session, time)
    }

    package func results(of session: SessionID) -> [CheckResult] { found[session] ?? [] }

    package func add(
        _ hint: HintTaken,
        to session: SessionID,
        records: [TimelineRecord],
        at time: RecordTime,
    ) throws {
        try checkWritable()
        guard stored[session] != nil else { throw noSession(session) }
        let isNew = !told[session, default: []].contains { $0.task == hint.task && $0.number == hint.number }
        guard isNew else { return }
        told[session, default: []].append(hint)
        write(records, session, time)
    }

    package func hints(of session: SessionID) -> [HintTaken] { told[session] ?? [] }

    // MARK: Keys

    package func add(_ key: SessionKey, at time: RecordTime) throws {
        try checkWritable()
        let (name, person) = (key.key.fingerprint, key.person)
        guard let session = stored[key.session] else { throw noSession(key.session) }
        guard !isOver(session) else {
            throw Failure(.wrongState, "session \(session.id) is over, and no key opens it any more")
        }
        let index = keys.firstIndex { $0.key.fingerprint == name && $0.person == person }
        let known = index.map { keys[$0] }
        guard known?.session != session.id else { return }
        guard keys.count(where: { $0.session == session.id }) < SessionKey.perSession else {
            throw Failure(.noCapacity, "\(SessionKey.perSession) keys open session \(session.id); remove one first")
        }
        if let index { keys.remove(at: index) }
        keys.append(key)
        if let known { write([.keyRemoved(person)], known.session, time) }
        write([.keyAdded(person)], session.id, time)
    }

    package func removeKey(
        _ fingerprint: KeyFingerprint,
        of session: SessionID,
        by person: PersonID,
        at time: RecordTime,
    ) throws {
        try checkWritable()
        let count = keys.count
        keys.removeAll { $0.key.fingerprint == fingerprint && $0.session == session }
        guard keys.count < count else {
            throw Failure(.notFound, "no key \(fingerprint) opens session \(session)")
        }
        write([.keyRemoved(person)], session, time)
    }

    package func keys(of session: SessionID) -> [SessionKey] {
        keys.filter { $0.session == session }.sorted { one, other in
            (one.addedAt, one.key.fingerprint, "\(one.person)") < (
                other.addedAt, other.key.fingerprint, "\(other.person)",
            )
        }
    }

    package func keys(named fingerprint: KeyFingerprint) -> [SessionKey] {
        keys.filter { $0.key.fingerprint == fingerprint }.sorted { one, other in
            (other.addedAt, "\(one.person)") < (one.addedAt, "\(other.person)")
        }
    }

    package func confirm(_ key: SessionKey) throws {
        try checkWritable()
        let index = keys.firstIndex {
            $0.key == key.key && $0.session == key.session && $0.person == key.person
        }
        if let index { keys[index].isConfirmed = true }
    }

    private func isOver(_ session: Session) -> Bool {
        [.ended, .tornDown].contains(session.lifecycle.state.kind)
    }

    // MARK: Machines

    package func reserveUserID(for machine: MachineID, from range: ClosedRange<UInt32>) throws -> UInt32 {
        guard range.lowerBound > 0, range.upperBound < .max else {
            throw Failure(
                .invalidInput,
                "user ids \(range.lowerBound) to \(range.upperBound) cannot be given to guests",
            )
        }
        try checkWritable()
        guard let present = machines[machine] else { throw Failure(.notFound, "there is no machine \(machine)") }
        if let reserved = present.userID { return reserved }
        let taken = Set(machines.values.compactMap(\.userID))
        guard let free = range.first(where: { !taken.contains($0) }) else {
            throw Failure(
                .noCapacity,
                "all user ids from \(range.lowerBound) to \(range.upperBound) are taken by machines; "
                    + "wait until a session ends or widen the range",
            )
        }
        machines[machine]?.userID = free
        return free
    }

    package func releaseUserID(of machine: MachineID) throws {
        try checkWritable()
        machines[machine]?.userID = nil
    }

    package func createUnowned(_ machine: Machine) throws {
        try checkWritable()
        guard machine.session == nil, machine.role.isUnowned else {
            throw Failure(.invalidInput, "machine \(machine.id) has a role that only a session can give it")
        }
        try checkNew(machine)
        machines[machine.id] = machine
    }

    package func removeUnowned(_ id: MachineID) throws {
        try checkWritable()
        guard let machine = machines[id] else { return }
        guard machine.session == nil else {
            throw Failure(.inUse, "machine \(id) belongs to a session")
        }
        machines[id] = nil
        progress[id] = nil
    }

    package func unowned() -> [Machine] {
        machines.values.filter { $0.session == nil }.sorted { $0.id < $1.id }
    }

    package func record(_ step: MachineStep, _ phase: StepPhase, of machine: MachineID, at time: RecordTime) throws {
        try checkWritable()
        guard machines[machine] != nil else { throw Failure(.notFound, "there is no machine \(machine)") }
        progress[machine, default: [:]][step] = phase
    }

    package func steps(of machine: MachineID) -> [MachineStep: StepPhase] { progress[machine] ?? [:] }

    package func setFork(_ fork: Fork?, of machine: MachineID) throws {
        try checkWritable()
        guard machines[machine] != nil else { throw Failure(.notFound, "there is no machine \(machine)") }
        machines[machine]?.fork = fork
    }

    package func exchange(
        _ old: MachineID,
        for new: Machine,
        in session: SessionID,
        at time: RecordTime,
    ) throws -> Machine {
        try checkWritable()
        guard let present = machines[old], present.session == session,
            let position = stored[session]?.machines.firstIndex(where: { $0.id == old })
        else { throw Failure(.notFound, "session \(session) has no machine \(old)") }
        let spare = machines[new.id]
        if let spare, spare.role != .spare {
            throw Failure(.conflict, "machine \(new.id) is stored already and is no spare")
        }
        if spare == nil { try checkNew(new) }
        let member = (spare ?? new).moved(to: session, .member, name: present.name)
        machines[old] = progress[old] == nil ? nil : present.moved(to: nil, .discarded, name: present.name)
        machines[new.id] = member
        stored[session]?.machines[position] = member
        return member
    }

    // MARK: Heartbeat and tail

    package func lastHeartbeat() -> Heartbeat? { heartbeat }

    package func store(_ heartbeat: Heartbeat) throws {
        try checkWritable()
        self.heartbeat = heartbeat
    }

    package func tail() -> AsyncStream<TimelineEntry> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: TimelineEntry.self,
            bufferingPolicy: .bufferingOldest(Self.bufferedLines),
        )
        lastReader += 1
        readers[lastReader] = continuation
        return stream
    }

    // MARK: For stores that keep something beside it

    /// Lines of all timelines from after the given sequence on.
    func allLines(after sequence: Int64, limit: Int) -> [TimelineEntry] {
        Array(lines.lazy.filter { $0.sequence > sequence }.prefix(limit))
    }

    /// The sequence of the last line, when writes are not refused.
    func writablePlace() throws -> Int64 {
        try checkWritable()
        return Int64(lines.count)
    }

    // MARK: Private

    private func write(_ records: [TimelineRecord], _ session: SessionID, _ time: RecordTime) {
        for record in records {
            let line = TimelineEntry(
                sequence: Int64(lines.count) + 1,
                session: session,
                at: time.wall,
                serviceTime: time.service,
                kind: record.kind,
                text: record.text,
                milliseconds: record.milliseconds,
            )
            lines.append(line)
            for (number, reader) in readers {
                guard case .enqueued = reader.yield(line) else {
                    reader.finish()
                    readers[number] = nil
                    continue
                }
            }
        }
    }

    private func whole(_ session: Session) -> Session {
        var session = session
        session.machines = session.machines.map { machines[$0.id] ?? $0 }
        return session
    }

    private func checkWritable() throws {
        if let writeFailure { throw writeFailure }
    }

    private func checkNew(_ machine: Machine) throws {
        guard machine.userID == nil else {
            throw Failure(
                .invalidInput,
                "machine \(machine.id) has a user id before it is stored; user ids are given by the store alone",
            )
        }
        guard machines[machine.id] == nil else {
            throw Failure(.conflict, "machine \(machine.id) is stored already")
        }
    }

    private func noSession(_ id: SessionID) -> Failure { Failure(.notFound, "there is no session \(id)") }

    private static func place(_ session: Session) -> (Int64, String) {
        (session.createdAt.milliseconds, session.id.description)
    }

    private static func place(cursor: String) throws -> (Int64, String) {
        let parts = cursor.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let createdAt = Int64(parts[0]), let id = SessionID(String(parts[1])) else {
            throw Failure(
                .invalidInput,
                "\"\(cursor)\" is not a cursor of the session list; use \"next\" of the page before, or none",
            )
        }
        return (createdAt, id.description)
    }
}

extension Machine {
    /// The same machine somewhere else.
    fileprivate func moved(to session: SessionID?, _ role: Role, name: String) -> Machine {
        Machine(
            id: id,
            session: session,
            role: role,
            name: name,
            specification: specification,
            userID: userID,
            fork: fork,
        )
    }
}

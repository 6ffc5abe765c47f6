extension SessionStore {
    /// The last line of a session's timeline that is one of those; `nil` when there is none.
    package func lastLine(
        of session: SessionID,
        where isMeant: (TimelineEntry) -> Bool,
    ) async throws -> TimelineEntry? {
        var (last, sequence): (TimelineEntry?, Int64) = (nil, 0)
        while true {
            let lines = try await timeline(of: session, after: sequence)
            guard let end = lines.last?.sequence else { return last }
            last = lines.last(where: isMeant) ?? last
            sequence = end
        }
    }
}

/// Keeps sessions, their machines, their timelines and the saga log.
///
/// One method is one transaction.
///
/// All methods throw ``Failure``; `storage` when the database cannot be read or written.
package protocol SessionStore: Sendable {
    /// Stores a new session with its machines and its first line.
    func create(_ session: Session, records: [TimelineRecord], at time: RecordTime) async throws

    /// Stores a session's new state with its lines and adds one to its generation.
    ///
    /// - Returns: The session as stored, with the new generation.
    /// - Throws: ``Failure`` with `conflict` when the stored generation is not `session.generation`.
    func commit(_ session: Session, records: [TimelineRecord], at time: RecordTime) async throws -> Session

    /// Adds lines to a session's timeline without touching its state.
    func append(_ records: [TimelineRecord], to session: SessionID, at time: RecordTime) async throws

    /// The session of that name. - Throws: ``Failure`` with `notFound`.
    func session(_ id: SessionID) async throws -> Session

    /// Every session that is not torn down. Those that cannot be read are reported by name instead.
    func openSessions() async throws -> (sessions: [Session], unreadable: [UnreadableSession])

    /// One page of sessions, newest first.
    ///
    /// - Parameters:
    ///   - filter: Which sessions.
    ///   - cursor: ``SessionPage/next`` of the page before; `nil` for the first.
    ///   - limit: Rows at most, 1 to 500.
    /// - Returns: The page.
    /// - Throws: ``Failure`` with `invalidInput` for a cursor that is none.
    func sessions(_ filter: SessionFilter, after cursor: String?, limit: Int) async throws -> SessionPage

    /// How many sessions that are not torn down, and how many machines, there are; also those that cannot be read.
    func census() async throws -> Census

    /// A session's timeline, oldest first, from after the given sequence on.
    func timeline(of session: SessionID, after sequence: Int64) async throws -> [TimelineEntry]

    /// Stores what checks of a session's tasks found, in order, with lines of its timeline.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such session.
    func add(_ results: [CheckResult], to session: SessionID, records: [TimelineRecord], at time: RecordTime)
        async throws
    /// All that checks of a session's tasks have found, oldest first. An unknown session has none.
    func results(of session: SessionID) async throws -> [CheckResult]

    /// Stores that a hint was told, with a line of the timeline. Does nothing when that hint was told before.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such session.
    func add(_ hint: HintTaken, to session: SessionID, records: [TimelineRecord], at time: RecordTime) async throws
    /// All hints that were told in a session, oldest first. An unknown session has none.
    func hints(of session: SessionID) async throws -> [HintTaken]

    /// Lets a key open a session, with a line of the timeline.
    ///
    /// One that opens another session for the same person opens that one no more, with a line there. What it opens for
    /// others stays. Does nothing when it opens the session for that person already. Once the session is over, no key opens
    /// it, and the store has forgotten them.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such session, `wrongState` when it is over, `noCapacity` when
    ///   ``SessionKey/perSession`` keys open it.
    func add(_ key: SessionKey, at time: RecordTime) async throws
    /// Keeps a key from opening a session, for whomever it does, with a line of the timeline.
    ///
    /// - Throws: ``Failure`` with `notFound` when it opens no such session.
    func removeKey(
        _ fingerprint: KeyFingerprint,
        of session: SessionID,
        by person: PersonID,
        at time: RecordTime,
    ) async throws
    /// The keys that open a session, in the order they came; an unknown session has none.
    func keys(of session: SessionID) async throws -> [SessionKey]
    /// What a key opens, one session for each who has added it, newest first.
    func keys(named fingerprint: KeyFingerprint) async throws -> [SessionKey]
    /// Keeps that somebody who has the key's other half has named the session; nothing when it opens that no more.
    func confirm(_ key: SessionKey) async throws

    /// Reserves a host user id from the range for a machine, the same again when it has one.
    ///
    /// - Throws: ``Failure`` with `noCapacity` when the range is used up.
    func reserveUserID(for machine: MachineID, from range: ClosedRange<UInt32>) async throws -> UInt32
    /// Gives a machine's host user id back. Does nothing when it has none.
    func releaseUserID(of machine: MachineID) async throws

    /// Stores a machine that no session owns: a spare or a template.
    func createUnowned(_ machine: Machine) async throws
    /// Removes a machine that no session owns. Does nothing when it is gone.
    func removeUnowned(_ id: MachineID) async throws
    /// Machines that no session owns: spares, templates and discarded ones.
    func unowned() async throws -> [Machine]
    /// Stores how a machine is forked, or that it is booted from its image. - Throws: ``Failure`` with `notFound`.
    func setFork(_ fork: Fork?, of machine: MachineID) async throws
    /// Gives a session another machine for one it has, in its place and under its name: a spare, or one that is new to
    /// the store. The old one is discarded; one that never had a step is removed.
    ///
    /// - Parameters:
    ///   - old: The session's machine.
    ///   - new: A spare, or a new machine without a user id; its session and role do not matter.
    ///   - session: The session.
    ///   - time: When.
    /// - Returns: The new machine as stored: a member of the session.
    /// - Throws: ``Failure`` with `notFound` when the session has no such machine, `conflict` when `new` is neither a
    ///   spare nor new.
    func exchange(
        _ old: MachineID,
        for new: Machine,
        in session: SessionID,
        at time: RecordTime,
    ) async throws -> Machine

    /// Records how far a step of a machine has come.
    func record(_ step: MachineStep, _ phase: StepPhase, of machine: MachineID, at time: RecordTime) async throws
    /// How far the steps of a machine have come; steps that never began are absent.
    func steps(of machine: MachineID) async throws -> [MachineStep: StepPhase]

    /// The last stored heartbeat; `nil` when the store is new.
    func lastHeartbeat() async throws -> Heartbeat?
    /// Stores a heartbeat in place of the last.
    func store(_ heartbeat: Heartbeat) async throws

    /// Lines as they are committed, from the time of the call on, for all sessions. One in-memory tail for everyone:
    /// a reader that falls more than 1,024 lines behind is ended and must look into the store again.
    func tail() async -> AsyncStream<TimelineEntry>
}

/// When something is recorded, on both clocks.
package struct RecordTime: Sendable, Equatable {
    /// The wall clock.
    package var wall: Timestamp
    /// Service time.
    package var service: ServiceInstant

    /// Makes a pair of times.
    package init(wall: Timestamp, service: ServiceInstant) {
        self.wall = wall
        self.service = service
    }
}

/// A session in the store that could not be read.
///
/// It is left as it is and reported.
package struct UnreadableSession: Sendable, Equatable {
    /// Its identifier as stored.
    package var id: String
    /// What is wrong with it.
    package var why: String

    /// Makes a report.
    package init(id: String, why: String) {
        self.id = id
        self.why = why
    }
}

import SessionModel

/// Gives out the host's capacity.
///
/// One desk for all sessions, so that no two are given the same room. Who has to wait is served in the order of asking:
/// whoever waits for room on the host holds up those behind, whoever waits for a limit of their own does not. Spares are
/// given no room of their own: they make way for whoever would have to wait.
actor AdmissionDesk {
    private let gauge: any HostGauge
    private let spares: SparePool?
    private var ledger: AdmissionLedger
    /// Who waits, in the order of asking.
    private var queue: [Waiting] = []

    init(gauge: any HostGauge, overcommit: Admission.Overcommit, spares: SparePool? = nil) {
        self.gauge = gauge
        self.spares = spares
        ledger = AdmissionLedger(overcommit: overcommit)
    }

    /// Enters a session of the record after a restart: what it was given, or its place in the queue.
    ///
    /// - Parameters:
    ///   - session: A session that is not torn down.
    ///   - call: Lets the session ask again.
    func readmit(_ session: Session, call: @escaping @Sendable () -> Void) {
        let kind = session.lifecycle.state.kind
        if kind == .requested {
            enqueue(session, call)
        } else {
            ledger.grant(session, isPromise: kind == .preparing)
        }
    }

    /// Decides on a session and, when it is admitted, takes its room at once.
    ///
    /// - Parameters:
    ///   - session: The session that asks.
    ///   - call: Lets the session ask again; used when it has to wait.
    /// - Returns: The decision.
    /// - Throws: What measuring the host throws.
    func decide(_ session: Session, call: @escaping @Sendable () -> Void) async throws -> Admission {
        enqueue(session, call)
        let decisions = try await serve(calling: { $0 != session.id })
        return decisions[session.id] ?? (ledger.holds(session.id) ? .admit : .queue(Self.behindOthers))
    }

    /// Serves the queue and calls those who got what they waited for.
    ///
    /// - Throws: What measuring the host throws; the queue stays as it is.
    func callQueue() async throws {
        guard !queue.isEmpty else { return }
        _ = try await serve(calling: { _ in true })
    }

    /// Whether a machine that no session asks for would find room now: nobody waits for it, nor was it promised away.
    ///
    /// - Throws: What measuring the host throws.
    func hasRoom(for specification: MachineSpecification) async throws -> Bool {
        let capacity = try await gauge.available()
        let nobodyWaits = queue.allSatisfy {
            !ledger.decide($0.session, capacity: capacity, spares: spareMemory).waitsForRoom
        }
        return nobodyWaits && ledger.hasRoom(for: specification.memoryCeiling, capacity: capacity)
    }

    /// Whether a machine that a session is graded with would find room now; spares make way for it, and it goes before
    /// sessions that wait.
    ///
    /// - Throws: What measuring the host throws.
    func hasRoomForGrading(_ specification: MachineSpecification) async throws -> Bool {
        repeat {
            if ledger.hasRoom(for: specification.memoryCeiling, capacity: try await gauge.available()) { return true }
        } while await spares?.makeWay() == true
        return false
    }

    /// How many sessions wait.
    var waiting: Int { queue.count }

    /// The session's machines have taken their memory: the host's own figures count it from now on.
    func settle(_ id: SessionID) { ledger.settle(id) }

    /// The session gives its room back.
    func release(_ id: SessionID) {
        ledger.release(id)
        queue.removeAll { $0.session.id == id }
    }

    private static let behindOthers = Admission.Wait("others wait for room who asked before", isForRoom: true)

    /// What spares may use, and would give back.
    private var spareMemory: ByteCount { spares?.memory ?? ByteCount(bytes: 0) }

    /// Serves the queue, and lets spares make way while somebody waits for room.
    ///
    /// Not while machines are being made: those take spares themselves, and what is left of what they were promised is
    /// soon known.
    private func serve(calling: (SessionID) -> Bool) async throws -> [SessionID: Admission] {
        var decisions = serve(try await gauge.available(), calling)
        while decisions.values.contains(where: \.waitsForSpares), !ledger.hasPromises, await spares?.makeWay() == true {
            // Of those who had to wait nothing is known any more.
            decisions = decisions.filter { $0.value.isFinal }
            decisions.merge(serve(try await gauge.available(), calling)) { $1 }
        }
        return decisions
    }

    /// Goes through the queue in order; who is admitted or denied leaves it and is called.
    private func serve(_ capacity: HostCapacity, _ calling: (SessionID) -> Bool) -> [SessionID: Admission] {
        var decisions: [SessionID: Admission] = [:]
        for waiting in queue {
            let decision = ledger.decide(waiting.session, capacity: capacity, spares: spareMemory)
            decisions[waiting.session.id] = decision
            if decision == .admit { ledger.grant(waiting.session, isPromise: true) }
            if decision.isFinal, calling(waiting.session.id) { waiting.call() }
            if decision.waitsForRoom { break }
        }
        queue.removeAll { decisions[$0.session.id]?.isFinal == true }
        return decisions
    }

    private func enqueue(_ session: Session, _ call: @escaping @Sendable () -> Void) {
        guard !ledger.holds(session.id), !queue.contains(where: { $0.session.id == session.id }) else { return }
        let waiting = Waiting(session: session, call: call)
        queue.insert(waiting, at: queue.firstIndex { waiting.asked < $0.asked } ?? queue.endIndex)
    }

    private struct Waiting {
        let session: Session
        let call: @Sendable () -> Void

        var asked: (Timestamp, String) { (session.createdAt, session.id.description) }
    }
}

extension Admission {
    /// Whether it ends the waiting.
    fileprivate var isFinal: Bool {
        switch self {
        case .admit, .deny: true
        case .queue: false
        }
    }

    /// Whether it is a wait that spares could end.
    fileprivate var waitsForSpares: Bool {
        if case .queue(let wait) = self { wait.sparesWouldDo } else { false }
    }

    /// Whether it is a wait for room on the host.
    fileprivate var waitsForRoom: Bool {
        if case .queue(let wait) = self { wait.isForRoom } else { false }
    }
}

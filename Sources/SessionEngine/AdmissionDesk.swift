import SessionModel

/// Gives out the host's capacity. One desk for all sessions, so that no two are given the same room.
actor AdmissionDesk {
    private let gauge: any HostGauge
    private var grants: [SessionID: Admission.Grant] = [:]
    /// Who was sent into the queue, in the order of asking, and how they are called.
    private var queue: [(id: SessionID, call: @Sendable () -> Void)] = []

    init(gauge: any HostGauge) { self.gauge = gauge }

    /// Enters a session that was admitted before a restart.
    func readmit(_ session: Session) {
        grants[session.id] = Admission.Grant(for: session, isPromise: session.lifecycle.state.kind == .preparing)
    }

    /// Decides on a session and, when it is admitted, takes its room at once.
    ///
    /// - Parameters:
    ///   - session: The session that asks.
    ///   - call: Lets the session ask again; used when it has to wait.
    /// - Returns: The decision.
    /// - Throws: What measuring the host throws.
    func decide(_ session: Session, call: @escaping @Sendable () -> Void) async throws -> Admission {
        let capacity = try await gauge.available()
        guard grants[session.id] == nil else { return .admit }
        let decision = Admission.decide(session, grants: grants.values, capacity: capacity)
        switch decision {
        case .admit:
            grants[session.id] = Admission.Grant(for: session, isPromise: true)
            leaveQueue(session.id)
        case .queue:
            if !queue.contains(where: { $0.id == session.id }) { queue.append((session.id, call)) }
        case .deny:
            leaveQueue(session.id)
        }
        return decision
    }

    /// Lets everyone in the queue ask again, the longest waiting first.
    ///
    /// Who cannot be served yet does not hold up others: what they wait for may be a limit of their own.
    func callQueue() {
        for waiting in queue { waiting.call() }
    }

    /// The session's machines have taken their memory: the host's own figures count it from now on.
    func settle(_ id: SessionID) { grants[id]?.isPromise = false }

    /// The session gives its room back.
    func release(_ id: SessionID) {
        grants[id] = nil
        leaveQueue(id)
    }

    private func leaveQueue(_ id: SessionID) { queue.removeAll { $0.id == id } }
}

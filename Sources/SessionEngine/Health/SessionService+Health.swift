package import SessionModel

/// What it takes to start a session.
package enum Need: String, Sendable, CaseIterable {
    /// The service takes sessions in.
    case service
    /// The record can be written.
    case record
    /// The hypervisor answers.
    case hypervisor

    /// What is wrong where it is missing; tells nothing else of the host.
    package var lack: String {
        switch self {
        case .service: "the service is not serving"
        case .record: "the record cannot be written"
        case .hypervisor: "the hypervisor does not answer"
        }
    }
}

extension SessionService: MetricSource {
    /// What is missing to start sessions now; empty when nothing is.
    ///
    /// However often this is asked, little is done: the record is written by the heartbeat anyway, and the hypervisor is
    /// asked once in two seconds. Returns after five seconds at the latest.
    package func missing() async -> [Need] {
        var missing: [Need] = []
        if !isServing { missing.append(.service) }
        if !time.isRecorded { missing.append(.record) }
        if await !hypervisorWatch.answers() { missing.append(.hypervisor) }
        return missing
    }

    package func metrics() async -> [MetricFamily] {
        // What cannot be counted has no figures, and why is told by whoever needs the store.
        let census = try? await ports.store.census()
        let (sessions, machines) = Self.byName(census)
        let waiting = await waitingForAdmission
        return [
            MetricFamily(
                .gauge,
                "sandglass_sessions",
                "Sessions that are not torn down, by state.",
                by: "state",
                sessions,
            ),
            MetricFamily(
                .gauge,
                "sandglass_machines",
                "Machines that are there or being made or removed, by what they are for.",
                by: "role",
                machines,
            ),
            MetricFamily(
                .gauge,
                "sandglass_admission_queue_sessions",
                "Sessions that wait for admission.",
                Double(waiting),
            ),
        ] + meter.metrics
    }

    /// Every state and every role, also those of which there is none now.
    private static func byName(_ census: Census?) -> (sessions: [String: Int], machines: [String: Int]) {
        guard let census else { return ([:], [:]) }
        let states = SessionState.Kind.allCases.filter { $0 != .tornDown }
        return (
            Dictionary(uniqueKeysWithValues: states.map { ($0.rawValue, census.sessions[$0] ?? 0) }),
            Dictionary(uniqueKeysWithValues: Machine.Role.allCases.map { ($0.rawValue, census.machines[$0] ?? 0) }),
        )
    }
}

extension SessionCommands {
    /// What is missing to start sessions now; see ``SessionService/missing()``.
    package func missing() async -> [Need] { await service.missing() }
}

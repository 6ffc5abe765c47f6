package import SessionModel

extension SessionCommands {
    /// How a session stands, as far as its policy lets the person know now.
    ///
    /// - Returns: The standing; without any result where the person may not know of it.
    /// - Throws: ``Failure``: `notFound`, `wrongState` for a session that was stored without its lab, `storage`.
    package func standing(of id: SessionID, for principal: Principal) async throws -> Standing {
        let session = try await session(id, for: principal)
        let lab = try Self.lab(of: session)
        let mayKnow =
            switch session.policy.feedback {
            case .live: true
            case .after: principal.role == .operator || session.lifecycle.state.endReason != nil
            case .never: principal.role == .operator
            }
        return Standing(of: session, in: lab, after: mayKnow ? try await ports.store.results(of: id) : [])
    }

    /// All that checks of a session's tasks have found, with what they said.
    ///
    /// - Throws: ``Failure``: `forbidden` unless an operator asks: what a check says may give its solution away.
    package func checkResults(of id: SessionID, for principal: Principal) async throws -> [CheckResult] {
        _ = try await session(id, for: principal)
        guard principal.role == .operator else {
            throw Failure(.forbidden, "only operators see what checks say")
        }
        return try await ports.store.results(of: id)
    }

    /// Checks tasks of a session, in the lab's order.
    ///
    /// Like attaching, it enters a session that is ready. What is found is stored before it is told. An attempt in which
    /// nothing could be checked counts for nothing.
    ///
    /// - Parameters:
    ///   - names: The tasks; all when empty.
    ///   - id: The session.
    ///   - principal: Who asks.
    ///   - tell: Hears of each result.
    /// - Returns: How the session stands then.
    /// - Throws: ``Failure``: `notFound` (also a task), `wrongState`, `policyRefused` when the policy lets nobody know,
    ///   or the lab allows no more attempts, or none so soon; `storage`; `CancellationError`.
    package func check(
        _ names: [String],
        of id: SessionID,
        by principal: Principal,
        tell: (CheckResult) -> Void,
    ) async throws -> Standing {
        let asked = try await requireEnterable(id, by: principal)
        let lab = try Self.lab(of: asked)
        let tasks = try Self.tasks(names, of: lab)
        try refuseFeedback(of: asked, principal)
        return try await service.checks.attempt(at: id) {
            let before = Standing(of: asked, in: lab, after: try await ports.store.results(of: id))
            try refuse(id, lab, before, principal)
            let session = try await enter(id, by: principal)
            var found: [CheckResult] = []
            var passed = before.passed
            do {
                for task in tasks {
                    let result = try await result(of: task, after: passed, number: before.next, session, principal)
                    switch result.verdict {
                    case .passed: passed.insert(task.id)
                    case .failed: passed.remove(task.id)
                    case .unchecked: break
                    }
                    try await ports.store.add([result], to: id, records: [], at: result.at)
                    found.append(result)
                    tell(result)
                }
            } catch {
                try await record(found, of: id, by: principal)
                throw error
            }
            try await record(found, of: id, by: principal)
            return Standing(of: session, in: lab, after: try await ports.store.results(of: id))
        }
    }

    private func result(
        of task: LabTask,
        after passed: Set<String>,
        number: Int,
        _ session: Session,
        _ principal: Principal,
    ) async throws -> CheckResult {
        let (finding, took) = try await service.time.measure {
            if let missing = task.needs.first(where: { !passed.contains($0) }) {
                return Grader.Finding(verdict: .unchecked, reason: "\(missing) must have passed before")
            }
            return try await service.checks.grader.check(task, of: session)
        }
        return CheckResult(
            task: task.id,
            attempt: number,
            verdict: finding.verdict,
            reason: finding.reason,
            output: finding.output,
            at: now(),
            took: took,
            person: principal.person,
        )
    }

    private func record(_ found: [CheckResult], of id: SessionID, by principal: Principal) async throws {
        guard !found.isEmpty else { return }
        let text = found.map { "\($0.task) \($0.verdict.rawValue)" }.joined(separator: ", ")
        try await note(.checked(principal.person, text), of: id)
    }

    private func refuse(_ id: SessionID, _ lab: Lab, _ standing: Standing, _ principal: Principal) throws {
        guard principal.role != .operator else { return }
        guard standing.attempts < lab.checks.max else {
            throw Failure(.policyRefused, "all \(lab.checks.max) attempts of session \(id) were made")
        }
        if let last = standing.lastAttempt {
            let wait = lab.checks.cooldown - last.duration(to: now().service)
            guard wait <= .zero else {
                throw Failure(
                    .policyRefused,
                    "the next attempt can be made in \(Duration.seconds(wait.seconds.rounded(.up)).shortText)",
                )
            }
        }
    }

    private func refuseFeedback(of session: Session, _ principal: Principal) throws {
        guard principal.role != .operator, session.policy.feedback != .live else { return }
        let when = session.policy.feedback == .after ? "once the session is over" : "to nobody but those who assess it"
        throw Failure(.policyRefused, "policy \"\(session.policy.id)\" tells what was found \(when)")
    }

    private static func lab(of session: Session) throws -> Lab {
        guard let lab = session.definition else {
            throw Failure(.wrongState, "session \(session.id) was stored without its lab, by an earlier version")
        }
        return lab
    }

    private static func tasks(_ names: [String], of lab: Lab) throws -> [LabTask] {
        guard !lab.tasks.isEmpty else { throw Failure(.wrongState, "lab \"\(lab.id)\" has no tasks to check") }
        for name in names where !lab.tasks.contains(where: { $0.id == name }) {
            let all = lab.tasks.map(\.id).joined(separator: ", ")
            throw Failure(.notFound, "lab \"\(lab.id)\" has no task \"\(name.prefix(80))\"; its tasks are \(all)")
        }
        return names.isEmpty ? lab.tasks : lab.tasks.filter { names.contains($0.id) }
    }
}

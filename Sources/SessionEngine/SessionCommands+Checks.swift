package import SessionModel

extension SessionCommands {
    /// How a session stands, as far as its policy lets the person know now.
    ///
    /// - Returns: The standing; without any result where the person may not know of it.
    /// - Throws: ``Failure``: `notFound`, `wrongState` for a session that was stored without its lab, `storage`.
    package func standing(of id: SessionID, for principal: Principal) async throws -> Standing {
        let session = try await session(id, for: principal)
        let lab = try Self.lab(of: session)
        let mayKnow = Self.mayKnow(of: session, principal)
        return Standing(
            of: session,
            in: lab,
            after: mayKnow ? try await ports.store.results(of: id) : [],
            hints: try await ports.store.hints(of: id),
        )
    }

    /// All that checks of a session's tasks have found, with what they said.
    ///
    /// - Throws: ``Failure``: `forbidden` unless who asks writes labs, because what a check says may give its solution
    ///   away; `policyRefused` when the policy does not let them know what was found, or not yet.
    package func checkResults(of id: SessionID, for principal: Principal) async throws -> [CheckResult] {
        let session = try await session(id, for: principal)
        try principal.require(.writeLabs)
        guard Self.mayKnow(of: session, principal) else { throw Self.feedbackRefused(by: session.policy) }
        return try await ports.store.results(of: id)
    }

    /// What was collected of a session that is over.
    ///
    /// - Throws: ``Failure``: `notFound`, `storage`.
    package func collected(of id: SessionID, for principal: Principal) async throws -> [CollectedArchive] {
        _ = try await session(id, for: principal)
        return try await ports.collections.archives(of: id)
    }

    /// Part of a tar archive that was collected of a session's machine; empty at its end.
    ///
    /// - Throws: ``Failure``: `notFound`, `storage`.
    package func collected(
        _ machine: String,
        of id: SessionID,
        _ count: Int,
        at offset: Int64,
        for principal: Principal,
    ) async throws -> [UInt8] {
        _ = try await session(id, for: principal)
        return try await ports.collections.read(machine, of: id, count, at: offset)
    }

    /// Checks tasks of a session: those in the person's own machine first, those of its disk last.
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
            let before = try await standing(of: asked, lab)
            try refuse(id, lab, before, principal)
            let session = try await enter(id, by: principal)
            var found: [CheckResult] = []
            var passed = before.passed
            let examination = Examination(session, service.checks.grader.copies)
            do {
                for task in tasks.inOrderOfChecks {
                    let result = try await result(
                        of: task,
                        in: examination,
                        after: passed,
                        number: before.next,
                        session,
                        principal,
                    )
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
                await examination.end()
                try await record(found, of: id, by: principal)
                throw error
            }
            await examination.end()
            try await record(found, of: id, by: principal)
            return try await standing(of: session, lab)
        }
    }

    /// Makes checks of a lab's draft in a session of the lab, for its author: what they find is told and not kept.
    ///
    /// - Parameters:
    ///   - names: The tasks; all when empty.
    ///   - id: The session.
    ///   - principal: Who asks; somebody who writes labs.
    ///   - tell: Hears of each result.
    /// - Returns: How the session would stand by them.
    /// - Throws: ``Failure``: `forbidden`, `notFound` (also a task, or the draft), `invalidDefinition`, `wrongState`.
    package func tryChecks(
        _ names: [String],
        of id: SessionID,
        by principal: Principal,
        tell: (CheckResult) -> Void,
    ) async throws -> Standing {
        try principal.require(.writeLabs)
        var session = try await requireEnterable(id, by: principal)
        let lab = try await ports.drafts.draft(session.lab).lab
        session.definition = lab
        let tasks = try Self.tasks(names, of: lab)
        return try await service.checks.attempt(at: id) { [session] in
            let machines = try await enter(id, by: principal).machines
            var tried = session
            tried.machines = machines
            var found: [CheckResult] = []
            let examination = Examination(tried, service.checks.grader.copies)
            do {
                for task in tasks.inOrderOfChecks {
                    let result = try await result(of: task, in: examination, number: 1, tried, principal)
                    found.append(result)
                    tell(result)
                }
            } catch {
                await examination.end()
                throw error
            }
            await examination.end()
            return Standing(of: tried, in: lab, after: found, hints: [])
        }
    }

    /// Checks one task, whatever was found before.
    func result(
        of task: LabTask,
        in examination: Examination,
        after passed: Set<String>? = nil,
        number: Int,
        _ session: Session,
        _ principal: Principal,
    ) async throws -> CheckResult {
        let (finding, took) = try await service.time.measure {
            if let passed, let missing = task.missing(from: passed) { return missing }
            return try await service.checks.grader.check(task, of: session, in: examination)
        }
        return CheckResult(
            task: task.id,
            attempt: number,
            verdict: finding.verdict,
            witness: session.definition?.witness(of: task) ?? task.check.witness,
            reason: finding.reason,
            output: finding.output,
            at: now(),
            took: took,
            person: principal.person,
        )
    }

    /// Tells the next hint of a task, which may cost some of its points.
    ///
    /// That it is told is stored before.
    ///
    /// - Parameters:
    ///   - name: The task.
    ///   - id: The session.
    ///   - principal: Who asks.
    /// - Returns: The hint, and which of the task's it is, from 1.
    /// - Throws: ``Failure``: `notFound` (also a task), `wrongState` when all were told or nobody could work in the session
    ///   now, `policyRefused` when the policy allows none, `storage`.
    package func hint(
        for name: String,
        of id: SessionID,
        by principal: Principal,
    ) async throws -> (hint: LabTask.Hint, number: Int) {
        let session = try await requireEnterable(id, by: principal)
        let lab = try Self.lab(of: session)
        guard let task = try Self.tasks([name], of: lab).first else {
            throw Failure(.notFound, "no task is named")
        }
        guard principal.may(.chooseLimits) || session.policy.hints == .allowed else {
            throw Failure(.policyRefused, "policy \"\(session.policy.id)\" allows no hints")
        }
        return try await service.checks.attempt(at: id) {
            let told = try await ports.store.hints(of: id).count { $0.task == name }
            guard told < task.hints.count else {
                let why = task.hints.isEmpty ? "has no hints" : "has no more hints than the \(told) that were told"
                throw Failure(.wrongState, "task \"\(name)\" \(why)")
            }
            let hint = task.hints[told]
            let note = HintTaken(task: name, number: told + 1, cost: hint.cost, at: now(), person: principal.person)
            let line = TimelineRecord.hinted(principal.person, task: name, number: told + 1)
            try await ports.store.add(note, to: id, records: [line], at: note.at)
            if let mark = line.mark { await ports.recordings.mark(mark, in: id) }
            return (hint, told + 1)
        }
    }

    func standing(of session: Session, _ lab: Lab) async throws -> Standing {
        Standing(
            of: session,
            in: lab,
            after: try await ports.store.results(of: session.id),
            hints: try await ports.store.hints(of: session.id),
        )
    }

    private func record(_ found: [CheckResult], of id: SessionID, by principal: Principal) async throws {
        guard !found.isEmpty else { return }
        // What was found is not for everybody who sees the recording.
        await ports.recordings.mark("check \(found.map(\.task).joined(separator: ", "))", in: id)
        let text = found.map { "\($0.task) \($0.verdict.rawValue)" }.joined(separator: ", ")
        try await note(.checked(principal.person, text), of: id)
    }

    private func refuse(_ id: SessionID, _ lab: Lab, _ standing: Standing, _ principal: Principal) throws {
        guard !principal.may(.gradeSessions) else { return }
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
        guard !principal.may(.gradeSessions), session.policy.feedback != .live else { return }
        throw Self.feedbackRefused(by: session.policy)
    }

    private static func feedbackRefused(by policy: Policy) -> Failure {
        let when = policy.feedback == .after ? "once the session is over" : "to nobody but those who assess it"
        return Failure(.policyRefused, "policy \"\(policy.id)\" tells what was found \(when)")
    }

    static func lab(of session: Session) throws -> Lab {
        guard let lab = session.definition else {
            throw Failure(.wrongState, "session \(session.id) was stored without its lab, by an earlier version")
        }
        return lab
    }

    static func tasks(_ names: [String], of lab: Lab) throws -> [LabTask] {
        guard !lab.tasks.isEmpty else { throw Failure(.wrongState, "lab \"\(lab.id)\" has no tasks to check") }
        for name in names where !lab.tasks.contains(where: { $0.id == name }) {
            let all = lab.tasks.map(\.id).joined(separator: ", ")
            throw Failure(.notFound, "lab \"\(lab.id)\" has no task \"\(name.prefix(80))\"; its tasks are \(all)")
        }
        return names.isEmpty ? lab.tasks : lab.tasks.filter { names.contains($0.id) }
    }
}

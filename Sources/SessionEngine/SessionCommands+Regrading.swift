package import SessionModel

extension SessionCommands {
    /// By which edition of its lab a session is graded again.
    package enum Edition: String, Sendable, CaseIterable {
        /// The session's own.
        case own
        /// The one that is published now.
        case published
        /// The lab's draft.
        case draft
    }

    /// Grades what a session has left once more, for example by a check that was corrected.
    ///
    /// What was found before is kept beside it. Only what can be seen on the disks can be looked at: a task that is checked in
    /// the machine itself stays as it was found.
    ///
    /// - Parameters:
    ///   - id: The session; it is over, and its policy keeps disks.
    ///   - edition: By which edition of its lab.
    ///   - names: The tasks; all when empty.
    ///   - why: Why it is graded again.
    ///   - principal: Who asks; somebody who grades sessions, and writes labs where a draft is meant.
    ///   - tell: Hears of each result.
    /// - Returns: How the session stands then.
    /// - Throws: ``Failure``: `forbidden`, `notFound` (also a task or the lab), `wrongState` when it is not over or its disks
    ///   were not kept, `invalidInput`, `invalidDefinition`, `storage`; `CancellationError`.
    package func regrade(
        _ id: SessionID,
        by edition: Edition,
        _ names: [String] = [],
        because why: String,
        by principal: Principal,
        tell: (CheckResult) -> Void,
    ) async throws -> Standing {
        try principal.require(.gradeSessions)
        if edition == .draft { try principal.require(.writeLabs) }
        guard !why.isEmpty, why.utf8.count <= 500 else {
            throw Failure(.invalidInput, "grading again needs a reason of 1 to 500 characters")
        }
        let session = try await session(id, for: principal)
        guard session.lifecycle.state.kind == .tornDown else {
            throw Failure(.wrongState, "session \(id) is not over; sandglass session check looks at one that goes on")
        }
        guard session.policy.keep.disk else {
            throw Failure(
                .wrongState,
                "nothing of session \(id) was kept that could be graded: policy \"\(session.policy.id)\" has keep.disk: false",
            )
        }
        let own = try Self.lab(of: session)
        let lab = try await lab(own, edition)
        let tasks = try Self.tasks(names, of: lab)
        var graded = session
        graded.definition = lab
        return try await service.checks.attempt(at: id) { [graded] in
            let before = try await standing(of: session, own)
            let found = try await regrade(
                graded,
                tasks,
                after: before,
                labVersion: edition == .own ? nil : lab.version,
                why,
                principal,
                tell,
            )
            let text = found.map { "\($0.task) \($0.verdict.rawValue)" }.joined(separator: ", ")
            try await note(.regraded(principal.person, "\(text); \(why)"), of: id)
            return try await standing(of: session, own)
        }
    }

    private func regrade(
        _ session: Session,
        _ tasks: [LabTask],
        after before: Standing,
        labVersion: Int?,
        _ why: String,
        _ principal: Principal,
        _ tell: (CheckResult) -> Void,
    ) async throws -> [CheckResult] {
        let examination = Examination(
            leftBy: session,
            unrest: try await unrest(of: session),
            service.checks.grader.copies,
            in: service.checks.unhurried,
        )
        var (found, passed) = ([CheckResult](), before.passed)
        do {
            for task in tasks.inOrderOfChecks {
                var result = try await result(
                    of: task,
                    in: examination,
                    after: passed,
                    number: before.next,
                    session,
                    principal,
                )
                result.occasion = .regraded
                result.why = why
                result.labVersion = labVersion
                switch result.verdict {
                case .passed: passed.insert(task.id)
                case .failed: passed.remove(task.id)
                case .unchecked: break
                }
                try await ports.store.add([result], to: session.id, records: [], at: result.at)
                found.append(result)
                tell(result)
            }
        } catch {
            await examination.end()
            throw error
        }
        await examination.end()
        return found
    }

    /// Why disks that were kept may not be complete, by the names of their machines.
    private func unrest(of session: Session) async throws -> [String: String] {
        let lines = try await ports.store.timeline(of: session.id, after: 0)
        let resting = Set(lines.filter { $0.kind == TimelineRecord.atRest("").kind }.map(\.text))
        let why = "the machine did not answer when it was ended"
        return Dictionary(
            session.machines.map(\.name).filter { !resting.contains($0) }.map { ($0, why) },
            uniquingKeysWith: { first, _ in first },
        )
    }

    private func lab(_ own: Lab, _ edition: Edition) async throws -> Lab {
        switch edition {
        case .own: own
        case .published: try await ports.definitions.lab(own.id)
        case .draft: try await ports.drafts.draft(own.id).lab
        }
    }
}

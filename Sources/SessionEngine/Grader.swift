import SessionModel

/// Finds out what of a lab was done in a session's machines.
struct Grader: Sendable {
    /// How long to wait before a check that failed is run again.
    static let pause: Duration = .seconds(1)

    let scripts: LabScripts
    let time: ServiceTime

    /// What a check came to.
    struct Finding: Sendable, Equatable {
        var verdict: Verdict
        /// Why it could not be checked.
        var reason = ""
        /// What the check said.
        var output = ""
        /// Whether the guest did not answer.
        var isSilence = false
    }

    /// Checks all tasks of a session that is over, as far as that was not done before.
    ///
    /// What is found is stored as it is found. A guest that does not answer is not asked again.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - store: Where results are kept.
    /// - Throws: ``Failure`` with `storage`, or `CancellationError`.
    func gradeFinally(_ session: Session, _ store: any SessionStore) async throws {
        guard let lab = session.definition, !lab.tasks.isEmpty else { return }
        let before = try await store.results(of: session.id)
        let number = (before.filter { $0.occasion == .asked }.map(\.attempt).max() ?? 0) + 1
        var passed: Set<String> = []
        var deaf: [String: Finding] = [:]
        for task in lab.tasks {
            if let known = before.last(where: { $0.task == task.id && $0.occasion == .final }) {
                if known.verdict == .passed { passed.insert(task.id) }
                continue
            }
            let machine = task.check.script.machine
            let (finding, took) = try await time.measure {
                if let missing = task.missing(from: passed) { return missing }
                if let finding = deaf[machine] { return finding }
                return try await check(task, of: session)
            }
            if finding.isSilence { deaf[machine] = finding }
            if finding.verdict == .passed { passed.insert(task.id) }
            let result = CheckResult(
                task: task.id,
                attempt: number,
                occasion: .final,
                verdict: finding.verdict,
                reason: finding.reason,
                output: finding.output,
                at: time.now(),
                took: took,
                person: session.person,
            )
            try await store.add([result], to: session.id, records: [], at: result.at)
        }
        let results = try await store.results(of: session.id)
        let standing = Standing(of: session, in: lab, after: results, hints: try await store.hints(of: session.id))
        let found = results.filter { $0.occasion == .final }.map { "\($0.task) \($0.verdict.rawValue)" }
        let line = "\(found.joined(separator: ", ")): \(standing.points) of \(standing.total) points"
        try await store.append([.graded(line)], to: session.id, at: time.now())
    }

    /// Checks a task.
    ///
    /// - Returns: What was found; that it could not be checked is a finding too.
    /// - Throws: `CancellationError` only.
    func check(_ task: LabTask, of session: Session) async throws -> Finding {
        var left = task.check.retries
        while true {
            let finding = try await once(task.check.script, of: session)
            guard finding.verdict == .failed, left > 0 else { return finding }
            left -= 1
            try await time.sleep(for: Self.pause)
        }
    }

    private func once(_ script: LabScript, of session: Session) async throws -> Finding {
        guard let machine = session.machines.first(where: { $0.name == script.machine }) else {
            return Finding(verdict: .unchecked, reason: "the session has no machine \"\(script.machine)\"")
        }
        do {
            let values = session.definition?.values(seed: session.seed) ?? [:]
            let limit = CheckResult.outputLimit
            let (end, said) = try await scripts.execute(script, in: machine, knowing: values, keeping: limit)
            let (verdict, reason) = Self.verdict(on: end, script)
            return Finding(verdict: verdict, reason: reason, output: PlainOutput.text(said))
        } catch {
            // Whoever asked is gone; a guest that is gone is a finding.
            try Task.checkCancellation()
            let failure = error as? Failure
            let reason = failure?.message ?? "\(error)"
            return Finding(verdict: .unchecked, reason: reason, isSilence: failure?.code == .guestSilent)
        }
    }

    private static func verdict(on end: ProgramEnd, _ script: LabScript) -> (Verdict, reason: String) {
        switch end {
        case .exited(0): (.passed, "")
        case .exited(1): (.failed, "")
        case .exited(let status): (.unchecked, "\(script.name) ended with status \(status)")
        case .signalled(let number): (.unchecked, "\(script.name) was killed by signal \(number)")
        case .timedOut: (.unchecked, "\(script.name) was not done within \(script.limit.shortText)")
        }
    }
}

extension LabTask {
    /// What is found of it while something it needs has not passed; `nil` when all has.
    func missing(from passed: Set<String>) -> Grader.Finding? {
        needs.first { !passed.contains($0) }
            .map { Grader.Finding(verdict: .unchecked, reason: "\($0) must have passed before") }
    }
}

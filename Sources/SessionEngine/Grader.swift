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
            return Finding(verdict: .unchecked, reason: (error as? Failure)?.message ?? "\(error)")
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

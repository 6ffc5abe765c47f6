import SessionModel

/// Shows of a lab what must hold before it is published: every task fails where nothing was done, passes where everything
/// was, also after the machine was started anew, and leaves those alone that have nothing to do with it.
///
/// It works in sessions like anybody's: what is shown here holds for those of people.
struct LabTrial: Sendable {
    /// How long a session may take to be ready.
    static let patience: Duration = .seconds(600)
    let lab: Lab
    let commands: SessionCommands
    /// Hears of each result.
    let tell: @Sendable (LabTestResult) -> Void

    private var ports: EnginePorts { commands.ports }
    private var time: ServiceTime { commands.service.time }
    /// How many sessions are at work at once: most of what they do is waiting.
    private var width: Int { 2 * commands.service.checks.processors }
    private var grader: Grader { commands.service.checks.grader }

    /// Goes through everything.
    ///
    /// - Parameter seeds: Of the sessions that are gone through; the first one also of those in which one task is done.
    /// - Returns: All results.
    /// - Throws: ``Failure`` for what says nothing about the lab, or `CancellationError`.
    func run(seeds: [UInt64]) async throws -> [LabTestResult] {
        let missing = lab.missingTexts
        let languages = LabTestResult(
            .languages,
            passed: missing.isEmpty,
            detail: missing.joined(separator: ", "),
        )
        tell(languages)
        var pieces: [@Sendable () async throws -> [LabTestResult]] = seeds.map { seed in
            { try await self.goThrough(seed) }
        }
        if let first = seeds.first {
            let solved = Set(lab.solve.compactMap(\.task))
            for task in lab.tasks where solved.contains(task.id) && lab.tasks.count > 1 {
                pieces.append { try await self.solveAlone(task, first) }
            }
        }
        var results = [languages]
        try await withThrowingTaskGroup(of: [LabTestResult].self) { group in
            for (index, piece) in pieces.enumerated() {
                if index >= width, let more = try await group.next() { results += more }
                group.addTask { try await piece() }
            }
            for try await more in group { results += more }
        }
        return results
    }

    // MARK: One session

    /// Goes through the life of a session: nothing done, everything done, everything done and started anew.
    private func goThrough(_ seed: UInt64) async throws -> [LabTestResult] {
        try await withSession(seed) { session in
            var results: [LabTestResult] = []
            if lab.tests.contains(.untouchedFails) {
                results += try await look(at: lab.tasks, in: session, as: .untouchedFails, wanting: .failed)
            }
            guard lab.tests.contains(.solvedPasses) || lab.tests.contains(.solvedRebootedPasses) else { return results }
            if let failed = try await solve(lab.solve, in: session, as: .solvedPasses) { return results + [failed] }
            let examination = Examination(session, grader.copies, keepingAll: true)
            do {
                results += try await goThroughSolved(session, in: examination)
            } catch {
                await examination.end()
                throw error
            }
            await examination.end()
            return results
        }
    }

    private func goThroughSolved(_ session: Session, in examination: Examination) async throws -> [LabTestResult] {
        var results: [LabTestResult] = []
        if lab.tests.contains(.solvedPasses) {
            results += try await look(at: lab.tasks, session, in: examination, as: .solvedPasses, wanting: .passed)
        }
        guard lab.tests.contains(.solvedRebootedPasses), !lab.tasks.isEmpty else { return results }
        var rebooted = session
        rebooted.machines = []
        for machine in session.machines {
            do {
                rebooted.machines.append(try await examination.machine(named: machine.name, .restarted).machine)
            } catch {
                try Task.checkCancellation()
                let why = "\(machine.name) did not start anew: \((error as? Failure)?.message ?? "\(error)")"
                let result = LabTestResult(.solvedRebootedPasses, seed: session.seed, passed: false, detail: why)
                tell(result)
                return results + [result]
            }
        }
        // Those that are checked after a start of the machine were looked at in that very machine.
        let wasLookedAt = lab.tests.contains(.solvedPasses)
        let tasks = lab.tasks.filter { !wasLookedAt || $0.check.place.kind != .restarted }
        let second = Examination(rebooted, grader.copies, keepingAll: true)
        do {
            results += try await look(at: tasks, rebooted, in: second, as: .solvedRebootedPasses, wanting: .passed)
        } catch {
            await second.end()
            throw error
        }
        await second.end()
        return results
    }

    /// Does one task alone, with what it needs, and sees that no other one passes by it.
    private func solveAlone(_ task: LabTask, _ seed: UInt64) async throws -> [LabTestResult] {
        try await withSession(seed) { session in
            let closure = lab.closure(of: task.id)
            let steps = lab.solve.filter { step in step.task.map(closure.contains) ?? true }
            if let failed = try await solve(steps, in: session, as: .othersStay) { return [failed] }
            let others = lab.tasks.filter { !closure.contains($0.id) }
            let examination = Examination(session, grader.copies, keepingAll: true)
            var (passing, unknown) = ([String](), [String]())
            let took: Duration
            do {
                took = try await time.measure {
                    for other in others.inOrderOfChecks {
                        let finding = try await grader.check(other, of: session, in: examination)
                        switch finding.verdict {
                        case .passed: passing.append(other.id)
                        case .unchecked: unknown.append(other.id)
                        case .failed: break
                        }
                    }
                }.took
            } catch {
                await examination.end()
                throw error
            }
            await examination.end()
            var words: [String] = []
            if !passing.isEmpty { words.append("by doing it, \(passing.joined(separator: ", ")) passed too") }
            if !unknown.isEmpty { words.append("\(unknown.joined(separator: ", ")) could not be checked") }
            let result = LabTestResult(
                .othersStay,
                task: task.id,
                seed: seed,
                passed: words.isEmpty,
                detail: words.joined(separator: "; "),
                took: took,
            )
            tell(result)
            return [result]
        }
    }

    // MARK: Steps

    private func look(
        at tasks: [LabTask],
        in session: Session,
        as kind: LabTestResult.Kind,
        wanting verdict: Verdict,
    ) async throws -> [LabTestResult] {
        let examination = Examination(session, grader.copies, keepingAll: true)
        do {
            let results = try await look(at: tasks, session, in: examination, as: kind, wanting: verdict)
            await examination.end()
            return results
        } catch {
            await examination.end()
            throw error
        }
    }

    private func look(
        at tasks: [LabTask],
        _ session: Session,
        in examination: Examination,
        as kind: LabTestResult.Kind,
        wanting wanted: Verdict,
    ) async throws -> [LabTestResult] {
        var results: [LabTestResult] = []
        for task in tasks.inOrderOfChecks {
            let (finding, took) = try await time.measure {
                try await grader.check(task, of: session, in: examination)
            }
            var detail = ""
            if finding.verdict != wanted {
                let words = [finding.reason, finding.output].filter { !$0.isEmpty }.joined(separator: "; ")
                detail = finding.verdict == .unchecked ? "could not be checked" : "it \(finding.verdict.rawValue)"
                if !words.isEmpty { detail += ": \(words)" }
            }
            let result = LabTestResult(
                kind,
                task: task.id,
                seed: session.seed,
                passed: finding.verdict == wanted,
                detail: detail,
                took: took,
            )
            tell(result)
            results.append(result)
        }
        return results
    }

    /// Does what the lab says.
    ///
    /// - Returns: What went wrong; `nil` when nothing did.
    private func solve(
        _ steps: [LabSolution],
        in session: Session,
        as kind: LabTestResult.Kind,
    ) async throws -> LabTestResult? {
        func failed(_ step: LabSolution?, _ why: String) -> LabTestResult {
            let result = LabTestResult(kind, task: step?.task, seed: session.seed, passed: false, detail: why)
            tell(result)
            return result
        }
        guard !steps.isEmpty || lab.tasks.isEmpty else { return failed(nil, "the lab does not say how it is solved") }
        let values = lab.values(seed: session.seed)
        for step in steps {
            guard let machine = session.machines.first(where: { $0.name == step.script.machine }) else {
                return failed(step, "the session has no machine \"\(step.script.machine)\"")
            }
            do {
                try await grader.scripts.run(step.script, in: machine, knowing: values)
            } catch let failure as Failure {
                try Task.checkCancellation()
                return failed(step, failure.message)
            }
        }
        return nil
    }

    // MARK: Sessions

    /// Runs `body` with a session of the lab that has begun, and ends it.
    private func withSession(
        _ seed: UInt64,
        _ body: (Session) async throws -> [LabTestResult],
    ) async throws -> [LabTestResult] {
        // Each is somebody's of its own: a policy may allow one person one session.
        let person = PersonID("lab-test:\([UInt8].random(4).map { String($0, radix: 16) }.joined())")
        let tester = Principal(person: person, role: .operator)
        // Nobody untrusted is ever in it.
        let request = SessionCommands.Request(lab: lab.id, seed: seed, isolationOverride: "a test of the lab")
        let session = try await commands.create(lab, request, by: tester) { $0.keep.disk = false }
        do {
            let ready = try await waitUntilReady(session.id)
            guard ready.lifecycle.state.endReason == nil else {
                let lines = try await ports.store.timeline(of: session.id, after: 0)
                let why = lines.last { $0.kind == "failed" }?.text ?? "\(ready.lifecycle.state.kind.rawValue)"
                let result = LabTestResult(.begins, seed: seed, passed: false, detail: why)
                tell(result)
                return [result]
            }
            let entered = try await commands.enter(session.id, by: tester)
            let results = try await body(entered)
            try await end(session.id, tester)
            return results
        } catch {
            // In a task of its own, because a cancelled one must clean up too; the first error says more.
            try? await Task { try await end(session.id, tester) }.value
            throw error
        }
    }

    private func waitUntilReady(_ id: SessionID) async throws -> Session {
        let end = time.monotonic(after: Self.patience)
        while true {
            let session = try await ports.store.session(id)
            switch session.lifecycle.state.kind {
            case .ready, .running, .ended, .tornDown: return session
            case .requested, .preparing, .paused, .finishing: break
            }
            guard time.monotonic(after: .zero) < end else {
                throw Failure(.guestSilent, "a session was not ready within \(Self.patience.shortText)")
            }
            try await time.sleep(for: .milliseconds(100))
        }
    }

    private func end(_ id: SessionID, _ tester: Principal) async throws {
        if try await ports.store.session(id).lifecycle.state.endReason == nil {
            _ = try await commands.end(id, by: tester)
        }
        // The service ends it in any case; it is only waited for so that there is room for the next.
        let limit = time.monotonic(after: .seconds(60))
        while try await ports.store.session(id).lifecycle.state.kind != .tornDown,
            commands.service.runner(id) != nil, time.monotonic(after: .zero) < limit
        {
            try await time.sleep(for: .milliseconds(100))
        }
    }
}

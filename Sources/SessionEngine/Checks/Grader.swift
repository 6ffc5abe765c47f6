import SessionModel

/// Finds out what of a lab was done in a session's machines.
struct Grader: Sendable {
    /// How long to wait before a check that failed is run again.
    static let pause: Duration = .seconds(1)

    let scripts: LabScripts
    let copies: CopyMachines
    let time: ServiceTime
    let meter: EngineMeter

    /// What a check came to.
    struct Finding: Sendable, Equatable {
        var verdict: Verdict
        /// Why it could not be checked.
        var reason = ""
        /// What the check said.
        var output = ""
    }

    /// Checks all tasks of a session that is over, as far as that was not done before.
    ///
    /// What is found is stored as it is found. A guest that does not answer is not asked again.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - examination: Has the machines that are looked at.
    ///   - store: Where results are kept.
    /// - Throws: ``Failure`` with `storage`, or `CancellationError`.
    func gradeFinally(_ session: Session, in examination: Examination, _ store: any SessionStore) async throws {
        guard let lab = session.definition, !lab.tasks.isEmpty else { return }
        guard try await store.lastLine(of: session.id, where: { $0.kind == "graded" }) == nil else { return }
        let before = try await store.results(of: session.id)
        let number = (before.filter { $0.occasion == .asked }.map(\.attempt).max() ?? 0) + 1
        try await grade(lab, of: session, in: examination, after: before) { task, finding, took in
            CheckResult(
                task: task.id,
                attempt: number,
                occasion: .final,
                verdict: finding.verdict,
                witness: lab.witness(of: task),
                reason: finding.reason,
                output: finding.output,
                at: time.now(),
                took: took,
                person: session.person,
            )
        } store: {
            try await store.add([$0], to: session.id, records: [], at: $0.at)
        }
        let results = try await store.results(of: session.id)
        let standing = Standing(of: session, in: lab, after: results, hints: try await store.hints(of: session.id))
        let found = results.filter { $0.occasion == .final }.map { "\($0.task) \($0.verdict.rawValue)" }
        let line = "\(found.joined(separator: ", ")): \(standing.points) of \(standing.total) points"
        try await store.append([.graded(line)], to: session.id, at: time.now())
    }

    /// Checks all tasks of a lab that were not checked on this occasion before.
    private func grade(
        _ lab: Lab,
        of session: Session,
        in examination: Examination,
        after before: [CheckResult],
        _ result: (LabTask, Finding, Duration) -> CheckResult,
        store: (CheckResult) async throws -> Void,
    ) async throws {
        var verdicts: [String: Verdict] = [:]
        for task in lab.tasks.inOrderOfChecks {
            if let known = before.last(where: { $0.task == task.id && $0.occasion == .final }) {
                verdicts[task.id] = known.verdict
                continue
            }
            let (finding, took) = try await time.measure {
                if let missing = task.needs.first(where: { verdicts[$0] != .passed }) {
                    // What stands on something that was not done was not done either.
                    let verdict: Verdict = verdicts[missing] == .failed ? .failed : .unchecked
                    return Finding.needing(missing, verdict)
                }
                return try await check(task, of: session, in: examination)
            }
            verdicts[task.id] = finding.verdict
            try await store(result(task, finding, took))
        }
    }

    /// Checks a task.
    ///
    /// - Returns: What was found; that it could not be checked is a finding too.
    /// - Throws: `CancellationError` only.
    func check(_ task: LabTask, of session: Session, in examination: Examination) async throws -> Finding {
        let (finding, took) = try await time.measure { try await repeated(task, of: session, in: examination) }
        meter.checked(finding.verdict, in: took)
        return finding
    }

    private func repeated(_ task: LabTask, of session: Session, in examination: Examination) async throws -> Finding {
        var left = task.check.retries
        while true {
            let finding = try await once(task.check, of: session, in: examination)
            guard finding.verdict == .failed, left > 0 else { return finding }
            left -= 1
            try await time.sleep(for: Self.pause)
        }
    }

    private func once(_ check: LabCheck, of session: Session, in examination: Examination) async throws -> Finding {
        do {
            let place = try await examination.machine(for: check)
            let values = session.definition?.values(seed: session.seed) ?? [:]
            switch check.way {
            case .run(let script):
                return Self.finding(try await run(script, in: place.machine, knowing: values), in: place)
            case .disk(let script):
                let (folder, machine) = (CopyMachines.folder, place.machine)
                return Self.finding(
                    try await run(script, in: machine, knowing: values, startingAt: folder),
                    in: place,
                )
            case .forward(let probe):
                return Self.finding(try await ask(probe, of: place.machine, knowing: values), in: place)
            }
        } catch {
            // Whoever asked is gone; a guest that is gone is a finding.
            try Task.checkCancellation()
            let failure = error as? Failure
            if let failure, failure.code == .guestSilent { await examination.giveUp(on: check, because: failure) }
            let message = failure?.message ?? "\(error)"
            switch failure?.code {
            case .storage, .hypervisor, .hostTool, .hostUnfit, .internal, nil:
                // What these say is of the host, and for who operates it.
                return Finding(
                    verdict: .unchecked,
                    reason: "the host could not do what the check needs",
                    output: message,
                )
            default:
                return Finding(verdict: .unchecked, reason: message)
            }
        }
    }

    /// What was found in a machine, where it may lack what was written last.
    private static func finding(_ found: Finding, in place: CopyMachines.Made) -> Finding {
        guard found.verdict == .failed, let unrest = place.unrest else { return found }
        let why = "what is missing may not have been written when the disk was copied: \(unrest)"
        return Finding(verdict: .unchecked, reason: why, output: found.output)
    }

    private func run(
        _ script: LabScript,
        in machine: Machine,
        knowing values: [String: String],
        startingAt directory: String? = nil,
    ) async throws -> Finding {
        let (end, said) = try await scripts.execute(
            script,
            in: machine,
            knowing: values,
            keeping: CheckResult.outputLimit,
            startingAt: directory,
        )
        let (verdict, reason) = Self.verdict(on: end, script)
        return Finding(verdict: verdict, reason: reason, output: PlainOutput.text(said))
    }

    private func ask(_ probe: LabProbe, of machine: Machine, knowing values: [String: String]) async throws -> Finding {
        let target = Placeholders.filled(probe.name, with: values)
        do {
            switch probe.target {
            case .tcp:
                guard let port = GuestPlace.parse(target)?.port else { return Self.noPlace(target) }
                await (try scripts.agents.connect(to: port, in: machine.id)).close()
                return Finding(verdict: .passed)
            case .tls:
                guard let (name, port) = GuestPlace.parse(target) else { return Self.noPlace(target) }
                let wanted = probe.expect.name.map { Placeholders.filled($0, with: values) }
                let answer = try await scripts.agents.certificate(
                    at: port,
                    for: wanted ?? name,
                    in: machine.id,
                    within: probe.limit,
                )
                return finding(on: answer, from: target, probe, for: wanted)
            case .http:
                guard let page = GuestPage(url: target) else { return Self.noPlace(target) }
                let answer = try await scripts.agents.fetch(page, in: machine.id, within: probe.limit)
                let wanted = probe.expect.contains.map { Placeholders.filled($0, with: values) }
                return Self.finding(on: answer, from: target, probe, containing: wanted)
            }
        } catch let failure as Failure where failure.code == .portClosed {
            return Finding(verdict: .failed, output: "nobody listens at \(target)")
        } catch let failure as Failure where failure.code == .guestSilent {
            // A port whose packets are dropped keeps whoever connects waiting; the guest may be well, and then says so.
            let question = LabScript(on: machine.name, .command(":"), limit: .seconds(5))
            _ = try await scripts.execute(question, in: machine, knowing: [:], keeping: 0)
            return Finding(verdict: .unchecked, reason: "\(target) did not let anybody connect in time")
        }
    }

    private static func finding(
        on answer: GuestAnswer,
        from target: String,
        _ probe: LabProbe,
        containing wanted: String?,
    ) -> Finding {
        switch answer {
        case .late:
            return Finding(
                verdict: .unchecked,
                reason: "\(target) was not answered within \(probe.limit.shortText)",
            )
        case .noPage:
            return Finding(verdict: .failed, output: "what answers at \(target) is no web server")
        case .page(let status, let body):
            let isRight = probe.expect.status.map { $0 == status } ?? (200..<300).contains(status)
            guard isRight else { return Finding(verdict: .failed, output: "\(target) answers with status \(status)") }
            guard wanted.map({ String(decoding: body, as: UTF8.self).contains($0) }) ?? true else {
                return Finding(verdict: .failed, output: "the answer of \(target) lacks what is looked for")
            }
            return Finding(verdict: .passed, output: "\(target) answers with status \(status)")
        }
    }

    private func finding(
        on answer: GuestTLSAnswer,
        from target: String,
        _ probe: LabProbe,
        for name: String?,
    ) -> Finding {
        switch answer {
        case .late:
            return Finding(
                verdict: .unchecked,
                reason: "\(target) was not answered within \(probe.limit.shortText)",
            )
        case .noTLS:
            return Finding(verdict: .failed, output: "what answers at \(target) does not speak TLS")
        case .certificate(let certificate):
            let now = time.now().wall
            let days = probe.expect.days ?? 0
            let end = Timestamp(milliseconds: now.milliseconds + Int64(days) * 86_400_000)
            guard certificate.validFrom <= now, certificate.validUntil > end else {
                let what =
                    certificate.validFrom > now
                    ? "not valid yet"
                    : certificate.validUntil <= now ? "no longer valid" : "valid for less than \(days) days more"
                return Finding(verdict: .failed, output: "the certificate of \(target) is \(what)")
            }
            if let name, !certificate.isFor(name) {
                let names = certificate.names.prefix(10).joined(separator: ", ")
                return Finding(
                    verdict: .failed,
                    output: "the certificate of \(target) is for \(names), not for \(name)",
                )
            }
            return Finding(verdict: .passed, output: "\(target) speaks TLS")
        }
    }

    private static func noPlace(_ target: String) -> Finding {
        Finding(verdict: .unchecked, reason: "\(target) is no address")
    }

    private static func verdict(on end: ProgramEnd, _ script: LabScript) -> (Verdict, reason: String) {
        switch end {
        case .exited(0): (.passed, "")
        case .exited(1): (.failed, "")
        case .exited(let status): (.unchecked, "\(script.label) ended with status \(status)")
        case .signalled(let number): (.unchecked, "\(script.label) was killed by signal \(number)")
        case .timedOut: (.unchecked, "\(script.label) was not done within \(script.limit.shortText)")
        }
    }
}

extension LabTask {
    /// What is found of it while something it needs has not passed; `nil` when all has.
    func missing(from passed: Set<String>) -> Grader.Finding? {
        needs.first { !passed.contains($0) }.map { .needing($0, .unchecked) }
    }
}

extension Grader.Finding {
    /// What is found of a task that needs another one.
    fileprivate static func needing(_ other: String, _ verdict: Verdict) -> Grader.Finding {
        let why = "\(other) must have passed before"
        return verdict == .failed
            ? Grader.Finding(verdict: .failed, output: why) : Grader.Finding(verdict: verdict, reason: why)
    }
}

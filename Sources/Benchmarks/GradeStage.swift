import APIClient
import APIContract

/// What the parts of the benchmark of grading share: the daemon, and what has been found so far.
///
/// One task uses it.
final class GradeStage {
    /// What somebody who works in a session of many leaves there.
    static let done = "/root/done"
    /// The draft of a lab whose machines nothing is forked for.
    private static let draft = "grade-cold"
    /// The draft of a lab that is tested.
    private static let tested = "grade-tested"

    let daemon: PrivateDaemon
    let tell: @Sendable (String) -> Void
    var findings = GradeFindings()

    init(_ daemon: PrivateDaemon, _ tell: @escaping @Sendable (String) -> Void) {
        self.daemon = daemon
        self.tell = tell
    }

    /// Does a part and ends what it left open; its failure does not keep the next one from being done.
    func part(_ name: String, _ body: (SandglassClient) async throws -> Void) async throws {
        tell(name)
        do {
            try await daemon.connected(body)
            try await daemon.endAll()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            findings.troubles.append("\(name): \(error)")
            tell("\(name) failed: \(error)")
            do {
                try await daemon.endAll()
            } catch {
                findings.troubles.append("clearing up after \(name): \(error)")
            }
        }
    }

    /// Builds what machines and graders are forked from, and does once what is measured later.
    func prepare(_ client: SandglassClient) async throws {
        for lab in [GradeBench.lab, GradeBench.crowdLab] {
            for try await line in try await client.buildWarm(.init(lab: lab)) {
                if let problem = line.problem { throw problem }
                if let step = line.step { tell(step) }
            }
        }
        let states = try await client.warm().machines
        guard states.count == 3, states.allSatisfy({ $0.state == "ready" }) else {
            let words = states.map { "\($0.lab) \($0.state)" }.joined(separator: ", ")
            throw PrivateDaemon.Trouble(description: "machines and graders should be ready to be forked: \(words)")
        }
        let text = BenchDefinitions.lab(Self.draft, machine: GradeBench.machine)
        _ = try await client.keepDraft(Self.draft, LabDraftRequest(files: ["lab.yaml": text]))
        tell("warming up")
        let id = try await open(GradeBench.lab, client).id
        _ = try await Self.check(.disk, of: id, client)
        try await end(id, client)
    }

    // MARK: Parts

    /// Each kind of check that takes no boot, and a fork in the same round.
    func checks(rounds: Int, _ client: SandglassClient) async throws {
        let id = try await open(GradeBench.lab, client).id
        for round in 1...rounds {
            let fork = try await open(GradeBench.crowdLab, client)
            try await client.requireFork(of: fork.id)
            try await end(fork.id, client)
            var words: [String] = []
            for kind in GradeFindings.Kind.allCases where kind != .reboot {
                let took = try await Self.check(kind, of: id, client)
                findings.add(kind, took, floor: fork.took)
                words.append("\(kind.rawValue) \(Self.text(took))")
            }
            tell("round \(round) of \(rounds): fork \(Self.text(fork.took)), \(words.joined(separator: ", "))")
        }
    }

    /// Checks after a reboot, and a boot in the same round.
    func reboots(rounds: Int, _ client: SandglassClient) async throws {
        let id = try await open(GradeBench.lab, client).id
        for round in 1...rounds {
            let boot = try await open(Self.draft, isDraft: true, client)
            guard try await client.steps(of: boot.id)["boot"] != nil else {
                throw PrivateDaemon.Trouble(description: "session \(boot.id) was not booted from its image")
            }
            try await end(boot.id, client)
            let took = try await Self.check(.reboot, of: id, client)
            findings.add(.reboot, took, floor: boot.took)
            tell("round \(round) of \(rounds): \(Self.text(took)), a cold boot \(Self.text(boot.took))")
        }
    }

    /// How long programs in the guest are kept waiting during a check of its disk.
    func pauses(rounds: Int, _ client: SandglassClient) async throws {
        let id = try await open(GradeBench.lab, client).id
        for program in GuestPause.Program.allCases {
            try await GuestPause(client: client, session: id).observe(program) { longest in
                for round in 1...rounds {
                    let floor = try await longest { try await Task.sleep(for: .seconds(1)) }
                    let own = try await longest { _ = try await Self.check(.disk, of: id, client) }
                    findings.add(program, own, floor: floor)
                    tell("\(program.name), round \(round) of \(rounds): \(Self.text(own)), else \(Self.text(floor))")
                }
            }
        }
    }

    /// All tests of a lab: first with its snapshot to be built, then as an author makes them again.
    func labTests(_ client: SandglassClient) async throws {
        let text = BenchDefinitions.lab(Self.tested, machine: GradeBench.machine, GradeBench.solvable)
        _ = try await client.keepDraft(Self.tested, LabDraftRequest(files: ["lab.yaml": text]))
        findings.firstLabTest = try await labTest(client)
        findings.labTest = try await labTest(client)
    }

    private func labTest(_ client: SandglassClient) async throws -> Double {
        var summary: LabTestSummary?
        let took = try await timed {
            for try await line in try await client.testLab(Self.tested, draft: true) {
                if let problem = line.problem { throw problem }
                if let done = line.summary { summary = done }
            }
        }
        guard let summary, summary.passed else {
            let failed = summary?.results.filter { !$0.passed } ?? []
            let words = failed.map { "\($0.test) \($0.task ?? ""): \($0.detail ?? "")" }.joined(separator: ", ")
            throw PrivateDaemon.Trouble(description: "the lab did not pass its tests: \(words)")
        }
        tell("all \(summary.results.count) tests in \(Self.text(took))")
        return took
    }

    /// What an author waits for who has changed a check, in a session that goes on.
    func edits(rounds: Int, _ client: SandglassClient) async throws {
        let text = BenchDefinitions.lab(Self.tested, machine: GradeBench.machine, GradeBench.solvable)
        let id = try await open(Self.tested, isDraft: true, client).id
        for round in 1...rounds {
            var words: [String] = []
            for (task, kind) in [("file", GradeFindings.Kind.run), ("kept", .disk)] {
                let took = try await timed {
                    let edited = text.replacing("|| exit 1", with: "|| { : \(round); exit 1; }")
                    _ = try await client.keepDraft(Self.tested, LabDraftRequest(files: ["lab.yaml": edited]))
                    for try await line in try await client.check([task], of: id, draft: true) {
                        if let problem = line.problem { throw problem }
                        guard let result = line.checked, result.verdict != "failed" else { continue }
                        throw PrivateDaemon.Trouble(description: "the check \(task) \(result.verdict)")
                    }
                }
                findings.addEdit(kind, took)
                words.append("\(kind.rawValue) \(Self.text(took))")
            }
            tell("round \(round) of \(rounds): \(words.joined(separator: ", "))")
        }
    }

    // MARK: Steps

    /// Asks for a session and waits until it is ready.
    func open(
        _ lab: String,
        isDraft: Bool = false,
        _ client: SandglassClient,
    ) async throws -> (id: String, took: Double) {
        let start = ContinuousClock.now
        let id = try await client.createSession(.init(lab: lab, draft: isDraft ? true : nil)).id
        try await client.wait(for: "ready", of: id)
        return (id, start.duration(to: .now).inSeconds)
    }

    /// Ends a session and waits until nothing is left of it.
    func end(_ id: String, _ client: SandglassClient) async throws {
        _ = try await client.endSession(id)
        try await client.wait(for: "tornDown", of: id, within: .seconds(60))
    }

    /// Makes one check, which must pass.
    ///
    /// - Returns: How long it took from the question to the whole answer, in seconds.
    static func check(_ kind: GradeFindings.Kind, of id: String, _ client: SandglassClient) async throws -> Double {
        try await timed {
            for try await line in try await client.check([kind.rawValue], of: id) {
                if let problem = line.problem { throw problem }
                guard let result = line.checked, result.verdict != "passed" else { continue }
                let words = [result.verdict, result.reason, result.output].compactMap(\.self).joined(separator: ": ")
                throw PrivateDaemon.Trouble(description: "the check \(kind.name) did not pass: \(words)")
            }
        }
    }

    static func text(_ seconds: Double) -> String {
        let milliseconds = Int((seconds * 1000).rounded())
        return milliseconds < 1000 ? "\(milliseconds) ms" : "\(Double(milliseconds / 10) / 100) s"
    }
}

import SessionModel

/// Runs what a lab wants run in its machines.
///
/// A file of the lab is in the guest's memory while it runs and gone afterwards; nothing of it is written to a disk. What
/// a script says is kept only when it fails, and only its end.
struct LabScripts: Sendable {
    /// How much of what a failed script said is told.
    static let told = 600
    /// How long to wait before a condition that did not hold is looked at again.
    static let pause: Duration = .seconds(1)

    let agents: any GuestAgents
    let time: ServiceTime

    /// Sets a machine up that was booted from its image.
    ///
    /// - Throws: ``Failure`` with `scriptFailed`, or what starting a program throws.
    func setUp(_ machine: Machine, for lab: Lab) async throws {
        for script in lab.setup where script.machine == machine.name {
            try await run(script, in: machine, knowing: [:])
        }
    }

    /// Makes a machine one of its session's: runs what each session wants, then waits until the lab says it is ready.
    ///
    /// - Throws: ``Failure`` with `scriptFailed`, or what starting a program throws.
    func begin(_ machine: Machine, of session: Session) async throws {
        guard let lab = session.definition else { return }
        let values = lab.values(seed: session.seed)
        for script in lab.start where script.machine == machine.name {
            try await run(script, in: machine, knowing: values)
        }
        if let ready = lab.ready, ready.script.machine == machine.name {
            try await wait(for: ready, in: machine, knowing: values)
        }
    }

    private func wait(for ready: LabReadiness, in machine: Machine, knowing values: [String: String]) async throws {
        let end = time.monotonic(after: ready.script.limit)
        while true {
            var attempt = ready.script
            attempt.limit = max(.seconds(1), end - time.monotonic(after: .zero))
            do {
                return try await run(attempt, in: machine, knowing: values)
            } catch let failure as Failure where failure.code == .scriptFailed {
                guard time.monotonic(after: Self.pause) < end else { throw failure }
                try await time.sleep(for: Self.pause)
            }
        }
    }

    private func run(_ script: LabScript, in machine: Machine, knowing values: [String: String]) async throws {
        let (arguments, input, folder) = Self.command(for: script.body)
        let program = GuestProgram(arguments, environment: values, timeLimit: script.limit)
        let running = try await agents.start(program, in: machine.id)
        let (end, said) = try await withTaskCancellationHandler {
            try await Self.finish(running, input)
        } onCancel: {
            Task { await running.close() }
        }
        let how: String
        switch end {
        case .exited(0): return
        case .exited(let status): how = "ended with status \(status)"
        case .signalled(let number): how = "was killed by signal \(number)"
        case .timedOut: how = "was not done within \(script.limit.shortText)"
        }
        if let folder { await remove(folder, from: machine) }
        throw Failure(
            .scriptFailed,
            "\(script.name) \(how) on \(machine.name)" + (said.isEmpty ? "" : ": \(said)"),
        )
    }

    /// Clears up after a script that was killed and could not.
    private func remove(_ folder: String, from machine: Machine) async {
        let removal = GuestProgram(["rm", "-rf", folder], timeLimit: .seconds(10))
        // What cannot be removed is in memory and in a folder of root's, in a machine that is of no use.
        guard let running = try? await agents.start(removal, in: machine.id) else { return }
        _ = try? await Self.finish(running, [])  // Likewise.
    }

    /// What is started for a body, what it reads, and the folder it leaves behind when it is killed.
    private static func command(for body: LabScript.Body) -> (arguments: [String], input: [UInt8], folder: String?) {
        switch body {
        case .command(let text):
            return (["sh", "-c", text], [], nil)
        case .file(_, let text):
            let folder = "/dev/shm/.sandglass-" + [UInt8].random(8).map { String($0, radix: 16) }.joined()
            let deliver = """
                umask 077; mkdir "$1" && cat > "$1/script" && chmod 700 "$1/script" || exit 125
                "$1/script" < /dev/null; status=$?; rm -rf "$1"; exit $status
                """
            return (["sh", "-c", deliver, "sh", folder], Array(text.utf8), folder)
        }
    }

    /// Hands a program its input, and waits for its end.
    ///
    /// - Returns: How it ended, and the end of what it said.
    private static func finish(_ running: RunningProgram, _ input: [UInt8]) async throws -> (ProgramEnd, String) {
        async let output = tail(of: running.output)
        async let errors = tail(of: running.errors)
        if !input.isEmpty { try await running.write(input) }
        await running.finishInput()
        let said = try await (output, errors)
        let end = try await running.end()
        await running.close()
        let words = [said.0, said.1].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
        return (end, String(words.split(whereSeparator: \.isNewline).joined(separator: " / ").suffix(told)))
    }

    private static func tail(of stream: AsyncThrowingStream<[UInt8], any Error>) async throws -> [UInt8] {
        var tail: [UInt8] = []
        for try await bytes in stream { tail = Array((tail + bytes).suffix(told)) }
        return tail
    }
}

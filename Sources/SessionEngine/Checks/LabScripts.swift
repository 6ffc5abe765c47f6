import SessionModel

/// Runs what a lab wants run in its machines.
///
/// A script is in the guest's memory while it runs and gone afterwards; nothing of it is written to a disk or is an
/// argument of a program. What it says is kept only when it fails, and only its end.
struct LabScripts: Sendable {
    /// How much of what a failed script said is told.
    static let told = 600
    /// How long beyond its limit a guest may take to say that a script was ended.
    static let grace: Duration = .seconds(20)
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

    /// Runs a script that must succeed.
    ///
    /// - Throws: ``Failure`` with `scriptFailed`, or what starting a program throws.
    func run(_ script: LabScript, in machine: Machine, knowing values: [String: String]) async throws {
        let (end, said) = try await execute(script, in: machine, knowing: values, keeping: Self.told)
        let how: String
        switch end {
        case .exited(0): return
        case .exited(let status): how = "ended with status \(status)"
        case .signalled(let number): how = "was killed by signal \(number)"
        case .timedOut: how = "was not done within \(script.limit.shortText)"
        }
        let words = PlainOutput.line(said)
        throw Failure(
            .scriptFailed,
            "\(script.name) \(how) on \(machine.name)" + (words.isEmpty ? "" : ": \(words)"),
        )
    }

    /// Runs a script to its end.
    ///
    /// - Parameters:
    ///   - script: The script.
    ///   - machine: Where.
    ///   - values: The variables it knows.
    ///   - limit: How much of the end of what it says is kept, in bytes.
    ///   - directory: Where it begins; the agent's own folder when `nil`.
    /// - Returns: How it ended, and what it said.
    /// - Throws: What starting a program throws, or what became of the guest meanwhile.
    func execute(
        _ script: LabScript,
        in machine: Machine,
        knowing values: [String: String],
        keeping limit: Int,
        startingAt directory: String? = nil,
    ) async throws -> (end: ProgramEnd, said: [UInt8]) {
        // A name of the host's making, so that what is left can be found.
        let folder = "/dev/shm/.sandglass-" + [UInt8].random(8).map { String($0, radix: 16) }.joined()
        let arguments = ["sh", folder, "\(limit)"]
        let program = GuestProgram(
            ["sh", "-c", Self.delivery] + arguments,
            environment: values,
            directory: directory,
            timeLimit: script.limit,
        )
        var (end, said) = try await finish(program, Array(script.text.utf8), in: machine, keeping: limit)
        if said.isEmpty, !end.isExit {
            // It was killed before it could say what it said, and clear up.
            let removal = GuestProgram(["sh", "-c", Self.removal] + arguments, timeLimit: .seconds(10))
            // What cannot be removed is in memory and in a folder of root's, in a machine that is of no use.
            if let left = try? await finish(removal, [], in: machine, keeping: limit) { said = left.said }
        }
        return (end, said)
    }

    /// Takes a script from the input and runs it; what it says goes to a file, which whoever it leaves running may hold.
    private static let delivery = """
        (umask 077 && mkdir "$1" && cat > "$1/script" && chmod 700 "$1/script") || exit 125
        "$1/script" < /dev/null > "$1/said" 2>&1
        status=$?
        \(removal)
        exit $status
        """

    private static let removal = "tail -c \"$2\" \"$1/said\"; rm -rf \"$1\""

    /// Runs a program to its end.
    ///
    /// - Returns: How it ended, and what it said.
    private func finish(
        _ program: GuestProgram,
        _ input: [UInt8],
        in machine: Machine,
        keeping kept: Int,
    ) async throws -> (end: ProgramEnd, said: [UInt8]) {
        guard let limit = program.timeLimit else {
            return try await converse(with: program, input, in: machine, keeping: kept)
        }
        // The guest ends it at its limit; one that does not is not waited for.
        return try await withThrowingTaskGroup(of: (end: ProgramEnd, said: [UInt8])?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await converse(with: program, input, in: machine, keeping: kept) }
            group.addTask {
                try await time.sleep(for: limit + Self.grace)
                return nil
            }
            guard let ended = try await group.next() ?? nil else {
                throw Failure(
                    .guestSilent,
                    "the guest did not end a script within \(limit.shortText), as it was told to",
                )
            }
            return ended
        }
    }

    private func converse(
        with program: GuestProgram,
        _ input: [UInt8],
        in machine: Machine,
        keeping limit: Int,
    ) async throws -> (end: ProgramEnd, said: [UInt8]) {
        let running = try await agents.start(program, in: machine.id)
        return try await withTaskCancellationHandler {
            async let output = Self.tail(of: running.output, limit)
            async let errors = Self.tail(of: running.errors, limit)
            if !input.isEmpty { try await running.write(input) }
            await running.finishInput()
            let bytes = try await (output, errors)
            let end = try await running.end()
            await running.close()
            return (end, bytes.0 + bytes.1)
        } onCancel: {
            Task { await running.close() }
        }
    }

    static func tail(of stream: AsyncThrowingStream<[UInt8], any Error>, _ limit: Int) async throws -> [UInt8] {
        var tail: [UInt8] = []
        for try await bytes in stream { tail = Array((tail + bytes).suffix(limit)) }
        return tail
    }
}

extension ProgramEnd {
    fileprivate var isExit: Bool { if case .exited = self { true } else { false } }
}

/// What a guest said, as it may be shown on a terminal.
enum PlainOutput {
    /// On one line.
    static func line(_ bytes: [UInt8]) -> String { lines(bytes).joined(separator: " / ") }

    /// As it was, line by line, without empty ones.
    static func text(_ bytes: [UInt8]) -> String { lines(bytes).joined(separator: "\n") }

    private static func lines(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map { line in
            var text = ""
            for scalar in line.unicodeScalars where scalar.properties.generalCategory != .control {
                text.unicodeScalars.append(scalar)
            }
            return text
        }
    }
}

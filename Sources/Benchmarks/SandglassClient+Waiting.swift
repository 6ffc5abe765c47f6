import APIClient
import APIContract

extension SandglassClient {
    /// Waits for a line of a session's timeline.
    ///
    /// - Parameters:
    ///   - kind: The line's kind.
    ///   - text: What its text begins with.
    ///   - id: The session.
    ///   - sequence: Lines up to this one do not count.
    ///   - limit: How long it may take; longer than a policy lets a machine prepare when not given.
    /// - Throws: ``PrivateDaemon/Trouble`` when the session or the limit is over before.
    func wait(
        for kind: String,
        saying text: String = "",
        of id: String,
        after sequence: Int64 = 0,
        within limit: Duration = .seconds(330),
    ) async throws {
        try await limited(to: limit, waitingFor: "session \(id) to be \(kind) \(text)") {
            var last = ""
            for try await event in try await self.followEvents(of: id, after: sequence) {
                if event.kind == kind, event.text.hasPrefix(text) { return }
                last = "\(event.kind) \(event.text)"
            }
            throw PrivateDaemon.Trouble(description: "session \(id) ended before it was \(kind): \(last)")
        }
    }

    /// Runs a program in a session's guest and returns what it printed.
    ///
    /// - Throws: ``PrivateDaemon/Trouble`` when it does not end well within the limit; `Problem` when it cannot be run.
    package func output(
        of program: String...,
        in id: String,
        within limit: Duration = .seconds(20),
    ) async throws -> String {
        let command = program.joined(separator: " ")
        return try await limited(to: limit + .seconds(10), waitingFor: "\"\(command)\" in session \(id) to end") {
            try await self.withProgram(.init(arguments: program, timeoutSeconds: limit.inSeconds), in: id) {
                outputs,
                _ in
                var (said, errors): ([UInt8], [UInt8]) = ([], [])
                for try await output in outputs {
                    switch output {
                    case .output(let bytes): said += bytes
                    case .errors(let bytes): errors += bytes
                    case .ended(let end) where end.status == 0: return String(decoding: said, as: UTF8.self)
                    case .ended(let end):
                        let words = String(decoding: errors, as: UTF8.self)
                        throw PrivateDaemon.Trouble(description: "\"\(command)\" ended badly: \(end) \(words)")
                    }
                }
                throw PrivateDaemon.Trouble(description: "the connection ended before \"\(command)\" did")
            }
        }
    }

    /// How long each step of making a session's machines took, in seconds, by its name; the last where it was repeated.
    func steps(of id: String) async throws -> [String: Double] {
        var steps: [String: Double] = [:]
        for event in try await events(of: id).events where event.kind == "step" {
            let name = event.text.split(separator: " ").first.map(String.init) ?? event.text
            steps[name] = Double(event.milliseconds ?? 0) / 1000
        }
        return steps
    }

    /// Sees to it that a session's machine is a fork: one that was booted from its image is not what is measured.
    package func requireFork(of id: String) async throws {
        guard try await steps(of: id)["boot"] == nil else {
            let why = try await events(of: id).events.last { $0.kind == "coldBoot" }?.text ?? "nothing says why"
            throw PrivateDaemon.Trouble(description: "session \(id) was booted from its image: \(why)")
        }
    }

    /// Sees to it that a session's guest runs a program; that enters the session.
    func requireAnswer(of id: String) async throws {
        guard try await output(of: "echo", "here", in: id) == "here\n" else {
            throw PrivateDaemon.Trouble(description: "the guest of session \(id) answers something else")
        }
    }

    /// The machine that a session has now.
    func machine(of id: String) async throws -> String {
        guard let machine = try await session(id).detail?.machines.first?.id else {
            throw PrivateDaemon.Trouble(description: "session \(id) has no machine")
        }
        return machine
    }
}

/// Runs `body`; once the limit is over it is cancelled, and what was waited for is said.
private func limited<R: Sendable>(
    to limit: Duration,
    waitingFor what: String,
    _ body: @escaping @Sendable () async throws -> R,
) async throws -> R {
    try await withThrowingTaskGroup(of: R.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw PrivateDaemon.Trouble(description: "\(limit) were not enough for \(what)")
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw CancellationError() }
        return result
    }
}

/// How long something took, in seconds.
func timed(_ body: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await body()
    return start.duration(to: .now).inSeconds
}

import APIClient
import APIContract

// Many sessions that are graded at once, beside one that goes on.

extension GradeStage {
    /// How long the echo is looked at before.
    private static let calm: Duration = .seconds(30)
    /// From one key's return to the next key.
    private static let pace: Duration = .milliseconds(25)
    /// How many keys stand in a line of the terminal.
    private static let line = 60

    /// Submits sessions in which the tasks were done, all at once, while somebody types in another one.
    func crowd(of size: Int, _ client: SandglassClient) async throws {
        tell("opening \(size) sessions and another")
        let ids = try await daemon.inParallel(Array(0..<size), workers: 4) { client, _ in
            let id = try await client.createSession(.init(lab: GradeBench.crowdLab)).id
            try await client.wait(for: "ready", of: id, within: .seconds(120))
            try await client.requireFork(of: id)
            _ = try await client.output(of: "sh", "-c", "echo done >\(Self.done)", in: id)
            return id
        }
        let other = try await open(GradeBench.crowdLab, client).id
        let (before, meanwhile, times) = try await client.withTerminal(
            of: other,
            terminal: "1",
            size: .init(columns: 80, rows: 24),
        ) { screen, keyboard in
            var screen = screen.makeAsyncIterator()
            // The terminal itself echoes then, and no program stands between.
            try await keyboard.type(Array(" printf '%s%s\\n' re ady; exec cat >/dev/null\r".utf8))
            try await screen.see("ready\r\n")
            tell("typing while nothing else happens")
            // What has just been opened comes to rest.
            _ = try await Self.echoes(&screen, keyboard) { try await Task.sleep(for: .seconds(15)) }
            let before = try await Self.echoes(&screen, keyboard) { try await Task.sleep(for: Self.calm) }
            tell("typing while \(size) sessions are graded")
            let meanwhile = try await Self.echoes(&screen, keyboard) { [daemon] in try await Self.grade(ids, daemon) }
            return (before.times, meanwhile.times, meanwhile.result)
        }
        let wrong = try await wrong(ids, client)
        findings.crowd = .init(times: times, wrong: wrong, before: before, meanwhile: meanwhile)
    }

    /// Submits sessions and waits until each is graded.
    ///
    /// - Returns: How long each took, in seconds from the first to be submitted.
    private static func grade(_ ids: [String], _ daemon: PrivateDaemon) async throws -> [Double] {
        let start = ContinuousClock.now
        return try await daemon.inParallel(ids, workers: ids.count) { client, id in
            _ = try await client.submitSession(id)
            try await client.wait(for: "graded", of: id, within: .seconds(1_200))
            return start.duration(to: .now).inSeconds
        }
    }

    /// How many sessions were not found as they were: everything was done in each.
    private func wrong(_ ids: [String], _ client: SandglassClient) async throws -> Int {
        var wrong = 0
        for id in ids {
            let results = try await client.checkResults(of: id).results.filter { $0.occasion == "final" }
            guard results.map(\.verdict) != ["passed", "passed", "passed"] else { continue }
            wrong += 1
            let words = results.map { "\($0.task) \($0.verdict) \($0.reason ?? "")" }.joined(separator: ", ")
            tell("session \(id) is not graded as it was: \(words)")
        }
        return wrong
    }

    /// Types keys, each when the one before has come back, until something else is done.
    ///
    /// - Returns: How long each took to come back, in seconds, and what the other thing returned.
    private static func echoes<R: Sendable>(
        _ screen: inout TerminalOutputs.AsyncIterator,
        _ keyboard: TerminalWriter,
        while body: @escaping @Sendable () async throws -> R,
    ) async throws -> (times: [Double], result: R) {
        let signal = Signal()
        async let result = signal.sent(after: body)
        var times: [Double] = []
        while !signal.isSent {
            let key = times.count % line == line - 1 ? ("\r", "\n") : ("x", "x")
            let start = ContinuousClock.now
            try await keyboard.type(Array(key.0.utf8))
            try await screen.see(key.1)
            times.append(start.duration(to: .now).inSeconds)
            try await Task.sleep(for: pace)
        }
        return (times, try await result)
    }
}

import APIClient
import APIContract
import Foundation

// One session at a time.

extension WarmStage {
    /// Forks on demand, and what is left when they end.
    func forks() async throws {
        try await setPool(0)
        var (floors, times, ends): ([Double], [Double], [Double]) = ([], [], [])
        var steps: [String: [Double]] = [:]
        try await daemon.connected { client in
            for round in 1...extent.rounds {
                floors.append(try measureFloor())
                let (id, took) = try await open(client)
                times.append(took)
                samples.add("fork on demand", took, "s")
                for (name, took) in try await client.steps(of: id) { steps[name, default: []].append(took) }
                try await client.requireAnswer(of: id)
                let end = try await timed { try await self.end(id, client) }
                ends.append(end)
                samples.add("end", end, "s")
                tellRound(round, extent.rounds, took, floors)
            }
        }
        add("fork on demand to a prompt that answers", times.median, most: 5, aim: 4, floors: floors)
        for (name, times) in steps.sorted(by: { $0.key < $1.key }) { report.add("  step \(name)", times.median, "s") }
        report.add("end to nothing left", ends.median, "s", atMost: 0.35, aim: 0.15)
    }

    /// Claims of a spare.
    func claims() async throws {
        let pool = 2
        try await setPool(pool)
        var (floors, times): ([Double], [Double]) = ([], [])
        try await daemon.connected { client in
            for round in 1...extent.claims {
                floors.append(try measureFloor())
                let (id, took) = try await open(client)
                times.append(took)
                samples.add("claim", took, "s")
                tellRound(round, extent.claims, took, floors)
                try await end(id, client)
                try await waitForSpares(pool)
            }
        }
        add("claim of a spare to a prompt, p50", times.median, most: 1.5, aim: 1, floors: floors)
        add("claim of a spare to a prompt, p95", times.percentile(0.95), most: 3, aim: 2, floors: floors)
    }

    /// Resets of a session in use, from a spare and without one.
    func resets() async throws {
        for (pool, name, most, aim) in [(2, "with a spare", 2, 1.2), (0, "without a spare", 5.5, 4.5)] {
            try await setPool(pool)
            var (floors, times): ([Double], [Double]) = ([], [])
            try await daemon.connected { client in
                let (id, _) = try await open(client)
                // Only a session that was entered can be reset.
                try await client.requireAnswer(of: id)
                for round in 1...extent.rounds {
                    try await waitForSpares(pool)
                    floors.append(try measureFloor())
                    let last = try await client.events(of: id).events.last?.sequence ?? 0
                    let took = try await timed {
                        _ = try await client.resetSession(id)
                        try await client.wait(for: "ready", of: id, after: last, within: .seconds(120))
                    }
                    times.append(took)
                    samples.add("reset \(name)", took, "s")
                    tellRound(round, extent.rounds, took, floors)
                    try await client.requireFork(of: id)
                    try await client.requireAnswer(of: id)
                }
                try await end(id, client)
            }
            add("reset to a prompt, \(name)", times.median, most: most, aim: aim, floors: floors)
        }
    }

    /// Going to sleep on disk and waking at the same shell.
    func sleeps() async throws {
        try await setPool(0)
        var (asleep, awake, others): ([Double], [Double], Double) = ([], [], 0)
        try await daemon.connected { client in
            let (id, _) = try await open(client)
            for round in 1...extent.sleeps {
                // What lives in the guest's memory only: a file there and a process.
                let token = "token-\(round)"
                let remember =
                    "setsid sleep 9999 </dev/null >/dev/null 2>&1 & echo $! >/run/pid; echo \(token) >/run/token"
                _ = try await client.output(of: "sh", "-c", remember, in: id)
                let machine = try await client.machine(of: id)
                let hibernate = try await timed {
                    _ = try await client.pauseSession(id)
                    try await daemon.wait(until: "session \(id) slept", within: .seconds(60)) { _ in
                        !daemon.isRunning(machine)
                    }
                }
                var said = ""
                let resume = try await timed {
                    _ = try await client.resumeSession(id)
                    let recall = "cat /run/token /proc/$(cat /run/pid)/comm"
                    said = try await answer(to: recall, in: id, client)
                }
                if said != "\(token)\nsleep\n" { others += 1 }
                asleep.append(hibernate)
                awake.append(resume)
                samples.add("hibernate", hibernate, "s")
                samples.add("resume", resume, "s")
                tell(
                    String(format: "round %d of %d: %.2f s, awake in %.2f s", round, extent.sleeps, hibernate, resume)
                )
            }
            try await end(id, client)
        }
        report.add("hibernate", asleep.median, "s", atMost: 3, aim: 1)
        report.add("resume until a program has answered", awake.median, "s", atMost: 1, aim: 0.5)
        report.add("woken in another state", others, "", atMost: 0)
    }

    /// Runs a command in a session that may not have woken yet.
    private func answer(to command: String, in id: String, _ client: SandglassClient) async throws -> String {
        let end = ContinuousClock.now.advanced(by: .seconds(30))
        while true {
            do {
                return try await client.output(of: "sh", "-c", command, in: id)
            } catch let problem as Problem where .now < end {
                tell("not awake yet: \(problem.detail)")
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    private func tellRound(_ round: Int, _ of: Int, _ took: Double, _ floors: [Double]) {
        let format = "round %d of %d: %.3f s, the emulator alone %.3f s"
        tell(String(format: format, round, of, took, floors.last ?? 0))
    }
}

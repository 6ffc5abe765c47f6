import APIClient
import APIContract
import Foundation

// Many sessions.

extension WarmStage {
    /// A session that idles.
    struct Idler: Sendable {
        let id: String
        /// The process of its machine.
        let emulator: Int32
    }

    // MARK: At once

    /// Sessions that are all asked for at once.
    func crowd(spares: Int) async throws {
        let size = extent.crowd.size
        let name = "\(size) asked for at once\(spares > 0 ? ", \(spares) spares" : "")"
        var (floors, times, silent): ([Double], [Double], Double) = ([], [], 0)
        for round in 1...extent.crowd.rounds {
            try await setPool(spares)
            floors.append(try measureFloor())
            let start = ContinuousClock.now
            let outcomes = try await daemon.inParallel(Array(0..<size), workers: size) { client, _ in
                await Outcome {
                    let id = try await client.createSession(.init(lab: WarmBench.lab)).id
                    try await client.wait(for: "ready", of: id, within: .seconds(120))
                    return (id, start.duration(to: .now).inSeconds)
                }
            }
            let ready = outcomes.compactMap(\.value)
            times.append(ready.map(\.1).max() ?? 0)
            for (_, took) in ready { samples.add(name, took, "s") }
            silent += Double(size) - Double(try await answering(ready.map(\.0)))
            for failure in outcomes.compactMap(\.failure) { tell("one failed: \(failure)") }
            tell(String(format: "round %d of %d: %.2f s", round, extent.crowd.rounds, times.last ?? 0))
            try await daemon.connected { client in
                for (id, _) in ready { try await client.requireFork(of: id) }
            }
            try await daemon.endAll()
        }
        let (most, aim) = spares > 0 ? (3.0, 2.0) : (10.0, 7.0)
        report.add("\(name), all answer", times.median, "s", atMost: most, aim: aim, floor: floors.median)
        report.add("  that did not answer", silent, "", atMost: 0)
    }

    /// How many of the sessions run a program when asked to, four at a time.
    private func answering(_ ids: [String]) async throws -> Int {
        let outcomes = try await daemon.inParallel(ids, workers: 4) { client, id in
            await Outcome { try await client.requireAnswer(of: id) }
        }
        for failure in outcomes.compactMap(\.failure) { tell("one does not answer: \(failure)") }
        return outcomes.count { $0.failure == nil }
    }

    // MARK: Growth

    /// How times, memory and processor use grow with the machines alive.
    func growth() async throws {
        try await settleSnapshots()
        try await setPool(0)
        // What the daemon opens once and keeps is no session's.
        try await warmUp()
        let none = (own: try HostProcess.memory(of: process).own, free: try HostProcess.availableMemory())
        var idlers: [Idler] = []
        var looks: [Growth] = []
        defer { show(looks) }
        for count in extent.alive {
            tell("\(count) alive")
            idlers += try await fork(count - idlers.count)
            try await settle(idlers)
            var look = Growth(alive: count)
            try await forkNext(&look)
            try await settle(idlers)
            look.perSession = (try HostProcess.memory(of: process).own - none.own) / Double(count) / 1e6
            look.free = none.free - (try HostProcess.availableMemory())
            try measureMemory(idlers, &look)
            try await idle(idlers, &look)
            looks.append(look)
        }
        let answering = try await answering(idlers.map(\.id))
        report.add("\(idlers.count) alive that do not answer", Double(idlers.count - answering), "", atMost: 0)
    }

    /// Makes sessions, four at a time.
    private func fork(_ count: Int) async throws -> [Idler] {
        try await daemon.inParallel(Array(0..<count), workers: 4) { [daemon] client, _ in
            let id = try await client.createSession(.init(lab: WarmBench.lab)).id
            try await client.wait(for: "ready", of: id, within: .seconds(120))
            try await client.requireFork(of: id)
            return Idler(id: id, emulator: try daemon.emulator(of: try await client.machine(of: id)))
        }
    }

    private func forkNext(_ look: inout Growth) async throws {
        for _ in 0..<5 {
            look.floors.append(try measureFloor(alive: look.alive))
            try await daemon.connected { client in
                let (id, took) = try await open(client)
                look.forks.append(took)
                samples.add("fork the next", took, "s", alive: look.alive)
                try await end(id, client)
            }
        }
    }

    private func measureMemory(_ idlers: [Idler], _ look: inout Growth) throws {
        for idler in idlers {
            let memory = try HostProcess.memory(of: idler.emulator)
            look.own.append(memory.own / 1_048_576)
            look.proportional += memory.proportional
            samples.add("private memory of a guest", memory.own / 1_048_576, "MiB", alive: look.alive)
        }
        samples.add("memory of all guests", look.proportional / 1_048_576, "MiB", alive: look.alive)
        samples.add("daemon memory per session", look.perSession, "MB", alive: look.alive)
    }

    /// Watches what the daemon and the guests use while nobody does anything.
    private func idle(_ idlers: [Idler], _ look: inout Growth) async throws {
        let processes = [process] + idlers.map(\.emulator)
        let used = try await processorUse(of: processes, over: extent.idle)
        look.daemon = used[0] * 100
        look.guests = used.dropFirst().map { $0 * 100 }
        samples.add("daemon idle", look.daemon, "% of a core", alive: look.alive)
        for share in look.guests { samples.add("guest idle", share, "% of a core", alive: look.alive) }
    }

    /// Waits until the guests together use less than half a core and no longer less and less; a minute and a half at most.
    private func settle(_ idlers: [Idler]) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(90))
        var before = Double.infinity
        while .now < end {
            let used = try await processorUse(of: idlers.map(\.emulator), over: .seconds(2)).reduce(0, +)
            if used < 0.5, used >= before * 0.9 || used < 0.02 { return }
            before = used
        }
        tell(String(format: "%d guests did not come to rest: they use %.2f cores", idlers.count, before))
    }

    /// Which share of a core each process uses.
    private func processorUse(of processes: [Int32], over time: Duration) async throws -> [Double] {
        let (start, before) = (ContinuousClock.now, try processes.map(HostProcess.processorTime))
        try await Task.sleep(for: time)
        let (took, after) = (start.duration(to: .now).inSeconds, try processes.map(HostProcess.processorTime))
        return zip(after, before).map { ($0 - $1) / took }
    }
}

/// What came of one of many attempts.
private enum Outcome<Value: Sendable>: Sendable {
    case success(Value)
    case failure(String)

    init(_ body: () async throws -> Value) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure("\(error)")
        }
    }

    var value: Value? { if case .success(let value) = self { value } else { nil } }
    var failure: String? { if case .failure(let why) = self { why } else { nil } }
}

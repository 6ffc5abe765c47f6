import APIClient
import APIContract
import Foundation

/// The service without guests: many sessions through the real daemon and its real record, on libvirt's own simulation.
///
/// That a prompt answers is assumed; everything else is real.
package struct ControlBench: Sendable {
    private static let image = "debian-13"
    private static let policy = """
        apiVersion: sandglass/v1
        kind: Policy
        id: ID
        title: {en: Measuring}
        time: {limit: 1h, enter: 1h, ready: 5m}
        resources: {vcpus: 1, cpuPercent: 100, memory: MEMORY, disk: 8G}
        network: none
        isolation: any
        concurrency: {perPerson: 1000, host: 20000}
        """
    private static let deniedLab = """
        apiVersion: sandglass/v1
        kind: Lab
        id: denied
        title: {en: More than any host has}
        policy: denied
        machines: {box: {image: debian-13, memory: 3T}}
        """

    private let setup: PrivateDaemon.Setup
    private let sessions: Int

    /// Makes the benchmark.
    ///
    /// - Parameters:
    ///   - setup: The daemon to measure.
    ///   - sessions: How many sessions; the record then grows to ten times as many rows.
    package init(_ setup: PrivateDaemon.Setup, sessions: Int = 1000) {
        var setup = setup
        let policy = Self.policy.replacing("ID", with: "practice").replacing("MEMORY", with: "1G")
        setup.files["policies/practice.yaml"] = policy
        setup.files["policies/denied.yaml"] = Self.policy.replacing("ID", with: "denied").replacing(
            "MEMORY",
            with: "4T",
        )
        setup.files["templates/labs/denied/lab.yaml"] = Self.deniedLab
        setup.environment["SANDGLASS_LIBVIRT_URI"] = "test:///default"
        setup.environment["SANDGLASS_READINESS"] = "assumed"
        setup.environment["SANDGLASS_MEMORY_OVERCOMMIT"] = "1000"
        setup.environment["SANDGLASS_DISK_OVERCOMMIT"] = "1000"
        setup.environment["SANDGLASS_LOG_LEVEL"] = "info"
        self.setup = setup
        self.sessions = sessions
    }

    /// Measures.
    ///
    /// - Parameter tell: Hears what is being done.
    /// - Returns: The figures.
    /// - Throws: What kept it from measuring.
    package func run(tell: @Sendable (String) -> Void) async throws -> BenchReport {
        let daemon = try PrivateDaemon(setup)
        defer { daemon.remove() }
        try daemon.takeOver(image: Self.image)
        var report = BenchReport("control")
        var process = try await daemon.start()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        try await daemon.connected { try await daemon.provide(image: Self.image, $0) }
        let empty = try await restart(&process, daemon)

        let few = sessions / 4
        tell("\(few) sessions, then a restart with all of them open")
        _ = try await open(few, daemon)
        let small = try await restart(&process, daemon)
        try await waitUntilNoneIsOpen(daemon)

        tell("\(sessions) sessions, then a restart with all of them open")
        let life = try await open(sessions, daemon)
        report.add("sessions asked for and ready", Double(sessions) / life.took, "1/s")
        report.add("create", of: life.create)
        let calls = try await calls(life.ids, daemon)
        for (name, times) in calls { report.add(name, of: times) }
        let large = try await restart(&process, daemon)
        report.add("start with no open session", empty, "s")
        report.add("start with \(few) open sessions", small, "s", floor: empty)
        report.add("start with \(sessions) open sessions", large, "s", floor: empty)
        // Linear is 1; the rest is for the noise of two short times.
        report.add(
            "growth of what sessions add to a start, by that of sessions",
            (large - empty) / max(small - empty, 0.005) * Double(few) / Double(sessions),
            "×",
            atMost: 1.25,
            floor: 1,
        )
        try await waitUntilNoneIsOpen(daemon)

        tell("ten times the rows")
        _ = try await ask(sessions * 9, lab: "denied", daemon)
        try await waitUntilNoneIsOpen(daemon)
        let grown = try await restart(&process, daemon)
        report.add("growth of a start without open sessions", grown / empty, "×", atMost: 1.5, floor: 1)
        let later = try await open(sessions, daemon)
        report.add("sessions asked for and ready, ten times the rows", Double(sessions) / later.took, "1/s")
        report.add("growth of the time for all", later.took / life.took, "×", atMost: 1.5, floor: 1)
        report.add("create, ten times the rows", of: later.create)
        let laterCalls = try await self.calls(later.ids, daemon)
        for (name, times) in laterCalls { report.add("\(name), ten times the rows", of: times) }
        for (before, after) in zip(calls, laterCalls) {
            report.add(
                "growth of \(before.name)",
                after.times.median / before.times.median,
                "×",
                atMost: 1.5,
                floor: 1,
            )
        }
        report.add("end", of: try await endAll(later.ids, daemon))
        try await waitUntilNoneIsOpen(daemon)
        report.add(
            "reads of the record over 100 ms",
            Double(try daemon.logText().ranges(of: "Reading the record took long").count),
            "",
            atMost: 0,
        )
        return report
    }

    private typealias Calls = (name: String, times: [Double])
    private typealias Life = (ids: [String], create: [Double], took: Double)

    /// Asks for sessions, eight at a time, and waits until all are ready.
    private func open(_ count: Int, _ daemon: PrivateDaemon) async throws -> Life {
        let start = ContinuousClock.now
        let asked = try await ask(count, lab: "first-steps", daemon)
        try await waitUntil(daemon) {
            try await $0.sessions(states: ["requested", "preparing"], limit: 1).sessions.isEmpty
        }
        return (asked.map(\.id), asked.map(\.took), start.duration(to: .now).inSeconds)
    }

    private func ask(_ count: Int, lab: String, _ daemon: PrivateDaemon) async throws -> [(id: String, took: Double)] {
        try await inParallel(Array(0..<count), daemon) { client, _ in
            let start = ContinuousClock.now
            let id = try await client.createSession(.init(lab: lab)).id
            return (id, start.duration(to: .now).inSeconds)
        }
    }

    /// How long calls take, one after the other, by their names.
    ///
    /// Pages are those of the newest thousand rows, over and over, so that more rows mean no other work.
    private func calls(_ ids: [String], _ daemon: PrivateDaemon) async throws -> [Calls] {
        try await daemon.connected { client in
            var (get, events, page, definitions): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
            var images: [Double] = []
            var cursor: String?
            for (index, id) in ids.prefix(200).enumerated() {
                get.append(try await Self.timed { _ = try await client.session(id) })
                events.append(try await Self.timed { _ = try await client.events(of: id) })
                definitions.append(try await Self.timed { _ = (try await client.labs(), try await client.policies()) })
                images.append(try await Self.timed { _ = try await client.images() })
                if index % 20 == 0 { cursor = nil }
                page.append(
                    try await Self.timed { cursor = try await client.sessions(cursor: cursor, limit: 50).next }
                )
            }
            return [
                ("get", get), ("events", events), ("page of 50", page), ("labs and policies", definitions),
                ("images", images),
            ]
        }
    }

    private static func timed(_ body: () async throws -> Void) async rethrows -> Double {
        let start = ContinuousClock.now
        try await body()
        return start.duration(to: .now).inSeconds
    }

    private func endAll(_ ids: [String], _ daemon: PrivateDaemon) async throws -> [Double] {
        try await inParallel(ids, daemon) { client, id in
            let start = ContinuousClock.now
            _ = try await client.endSession(id)
            return start.duration(to: .now).inSeconds
        }
    }

    /// Stops the daemon and starts it again; the simulation forgets its machines with it.
    private func restart(_ process: inout Process, _ daemon: PrivateDaemon) async throws -> Double {
        process.terminate()
        process.waitUntilExit()
        let start = ContinuousClock.now
        process = try await daemon.start()
        return start.duration(to: .now).inSeconds
    }

    private func waitUntilNoneIsOpen(_ daemon: PrivateDaemon) async throws {
        let open = ["requested", "preparing", "ready", "running", "paused", "finishing", "ended"]
        try await waitUntil(daemon) { try await $0.sessions(states: open, limit: 1).sessions.isEmpty }
    }

    private func waitUntil(_ daemon: PrivateDaemon, _ holds: (SandglassClient) async throws -> Bool) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(300))
        try await daemon.connected { client in
            while try await !holds(client) {
                guard .now < end else {
                    throw PrivateDaemon.Trouble(
                        description: "five minutes were not enough; the log ends with:\n\(daemon.tailOfLog())"
                    )
                }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    private func inParallel<Item: Sendable, R: Sendable>(
        _ items: [Item],
        _ daemon: PrivateDaemon,
        _ body: @escaping @Sendable (SandglassClient, Item) async throws -> R,
    ) async throws -> [R] {
        let workers = 8
        return try await withThrowingTaskGroup { group in
            for worker in 0..<workers {
                group.addTask {
                    try await daemon.connected { client in
                        var results: [R] = []
                        for index in stride(from: worker, to: items.count, by: workers) {
                            results.append(try await body(client, items[index]))
                        }
                        return results
                    }
                }
            }
            var all: [R] = []
            for try await results in group { all += results }
            return all
        }
    }
}

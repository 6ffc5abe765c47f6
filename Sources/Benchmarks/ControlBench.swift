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
        concurrency: {perPerson: 20000, host: 20000}
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
        defer { process.terminate() }
        try await daemon.connected { try await daemon.provide(image: Self.image, $0) }

        let tenth = sessions / 10
        tell("\(tenth) sessions, then a restart with all of them open")
        _ = try await open(tenth, daemon)
        let few = try await restart(&process, daemon)
        try await waitUntilNoneIsOpen(daemon)

        tell("\(sessions) sessions")
        let life = try await open(sessions, daemon)
        report.add("sessions asked for and ready", Double(sessions) / life.took, "1/s")
        report.add("create p50", life.create.percentile(0.5) * 1000, "ms")
        report.add("create p99", life.create.percentile(0.99) * 1000, "ms")
        let reads = try await read(life.ids, daemon)
        report.add("get p50", reads.get.percentile(0.5) * 1000, "ms")
        report.add("get p99", reads.get.percentile(0.99) * 1000, "ms")
        report.add("page of 50 p50, \(sessions) rows", reads.page.percentile(0.5) * 1000, "ms")
        report.add("page of 50 p99, \(sessions) rows", reads.page.percentile(0.99) * 1000, "ms")
        tell("a restart with \(sessions) sessions open")
        let many = try await restart(&process, daemon)
        report.add("start to serving with \(tenth) open sessions", few, "s")
        report.add("start to serving with \(sessions) open sessions", many, "s", floor: few)
        report.add("growth of starting over that of sessions", many / few / 10, "×", atMost: 1)
        try await waitUntilNoneIsOpen(daemon)

        tell("ten times the rows")
        _ = try await ask(sessions * 9, lab: "denied", daemon)
        try await waitUntilNoneIsOpen(daemon)
        let later = try await open(tenth, daemon)
        let laterReads = try await read(later.ids, daemon)
        report.add(
            "create p50, ten times the rows",
            later.create.percentile(0.5) * 1000,
            "ms",
            floor: life.create.median * 1000,
        )
        report.add(
            "page of 50 p50, ten times the rows",
            laterReads.page.median * 1000,
            "ms",
            floor: reads.page.median * 1000,
        )
        report.add("growth of a page", laterReads.page.median / reads.page.median, "×", atMost: 1.5, floor: 1)
        let end = try await endAll(later.ids, daemon)
        report.add("end p50", end.percentile(0.5) * 1000, "ms")
        report.add("end p99", end.percentile(0.99) * 1000, "ms")
        try await waitUntilNoneIsOpen(daemon)
        return report
    }

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

    private func read(_ ids: [String], _ daemon: PrivateDaemon) async throws -> (get: [Double], page: [Double]) {
        try await daemon.connected { client in
            var (get, page): ([Double], [Double]) = ([], [])
            var cursor: String?
            for id in ids.prefix(200) {
                var start = ContinuousClock.now
                _ = try await client.session(id)
                get.append(start.duration(to: .now).inSeconds)
                start = ContinuousClock.now
                cursor = try await client.sessions(cursor: cursor, limit: 50).next
                page.append(start.duration(to: .now).inSeconds)
            }
            return (get, page)
        }
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

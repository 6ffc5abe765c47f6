import APIClient
import APIContract
import Foundation

/// The service without guests: many sessions through the real daemon and its real record, on libvirt's own simulation.
///
/// That a prompt answers is assumed; everything else is real.
package struct ControlBench: Sendable {
    private let setup: PrivateDaemon.Setup
    private let sessions: Int

    /// Makes the benchmark.
    ///
    /// - Parameters:
    ///   - setup: The daemon to measure.
    ///   - sessions: How many sessions; the record then grows to ten times as many rows.
    package init(_ setup: PrivateDaemon.Setup, sessions: Int = 1000) {
        var setup = setup
        for (id, memory) in [("practice", "1G"), ("denied", "4T")] {
            setup.files["policies/\(id).yaml"] = BenchDefinitions.policy(
                id,
                resources: "vcpus: 1, cpuPercent: 100, memory: \(memory), disk: 8G",
                concurrency: 20_000,
            )
        }
        // More than any host has.
        setup.files["templates/labs/denied/lab.yaml"] = BenchDefinitions.lab(
            "denied",
            policy: "denied",
            machine: "memory: 3T",
        )
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
        try await PrivateDaemon.measured(setup) { daemon, process in
            try await daemon.connected { try await daemon.provide(image: BenchDefinitions.image, $0) }
            return try await measure(daemon, &process, tell)
        }
    }

    private func measure(
        _ daemon: PrivateDaemon,
        _ process: inout Process,
        _ tell: (String) -> Void,
    ) async throws -> BenchReport {
        var report = BenchReport("control")
        let empty = try await daemon.restart(&process)

        let few = sessions / 4
        tell("\(few) sessions, then a restart with all of them open")
        _ = try await open(few, daemon)
        let small = try await daemon.restart(&process)
        try await daemon.waitUntilNoneIsOpen()

        tell("\(sessions) sessions, then a restart with all of them open")
        let life = try await open(sessions, daemon)
        report.add("sessions asked for and ready", Double(sessions) / life.took, "1/s")
        report.add("create", of: life.create)
        let calls = try await calls(life.ids, daemon)
        for (name, times) in calls { report.add(name, of: times) }
        let large = try await daemon.restart(&process)
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
        try await daemon.waitUntilNoneIsOpen()

        tell("ten times the rows")
        _ = try await ask(sessions * 9, lab: "denied", daemon)
        try await daemon.waitUntilNoneIsOpen()
        let grown = try await daemon.restart(&process)
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
        try await daemon.waitUntilNoneIsOpen()
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
        try await daemon.wait(until: "all were ready") {
            try await $0.sessions(states: ["requested", "preparing"], limit: 1).sessions.isEmpty
        }
        return (asked.map(\.id), asked.map(\.took), start.duration(to: .now).inSeconds)
    }

    private func ask(_ count: Int, lab: String, _ daemon: PrivateDaemon) async throws -> [(id: String, took: Double)] {
        try await daemon.inParallel(Array(0..<count)) { client, _ in
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
                get.append(try await timed { _ = try await client.session(id) })
                events.append(try await timed { _ = try await client.events(of: id) })
                definitions.append(try await timed { _ = (try await client.labs(), try await client.policies()) })
                images.append(try await timed { _ = try await client.images() })
                if index % 20 == 0 { cursor = nil }
                page.append(
                    try await timed { cursor = try await client.sessions(cursor: cursor, limit: 50).next }
                )
            }
            return [
                ("get", get), ("events", events), ("page of 50", page), ("labs and policies", definitions),
                ("images", images),
            ]
        }
    }

    private func endAll(_ ids: [String], _ daemon: PrivateDaemon) async throws -> [Double] {
        try await daemon.inParallel(ids) { client, id in
            try await timed { _ = try await client.endSession(id) }
        }
    }
}

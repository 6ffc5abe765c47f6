import APIClient
import APIContract
import Foundation

extension PrivateDaemon {
    /// States in which a session still has, or may get, something of the host.
    private static let open = ["requested", "preparing", "ready", "running", "paused", "finishing", "ended"]

    /// Runs `body` beside a daemon that has an image of the installation, if there is one, and removes everything.
    ///
    /// - Parameters:
    ///   - setup: What the daemon is made of.
    ///   - image: The image; it is not built here.
    ///   - body: Uses the daemon; it may restart it and must leave the process that runs then.
    /// - Returns: What `body` returned.
    /// - Throws: What kept the daemon from running, or what `body` threw.
    static func measured<R>(
        _ setup: Setup,
        image: String = BenchDefinitions.image,
        _ body: (PrivateDaemon, inout Process) async throws -> R,
    ) async throws -> R {
        let daemon = try PrivateDaemon(setup)
        defer { daemon.remove() }
        try daemon.takeOver(image: image)
        var process = try await daemon.start()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        return try await body(daemon, &process)
    }

    /// Stops the daemon and starts it again.
    ///
    /// - Returns: How long it took until it answered, in seconds.
    @discardableResult
    func restart(_ process: inout Process) async throws -> Double {
        process.terminate()
        process.waitUntilExit()
        let start = ContinuousClock.now
        process = try await self.start()
        return start.duration(to: .now).inSeconds
    }

    /// The process that runs a machine.
    func emulator(of machine: String) throws -> Int32 {
        let text = try String(contentsOfFile: Self.processFile(of: machine), encoding: .utf8)
        guard let id = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Trouble(description: "libvirt names no emulator for machine \(machine)")
        }
        return id
    }

    /// Whether libvirt runs a machine.
    func isRunning(_ machine: String) -> Bool {
        FileManager.default.fileExists(atPath: Self.processFile(of: machine))
    }

    private static func processFile(of machine: String) -> String { "/run/libvirt/qemu/sandglass-\(machine).pid" }

    /// Runs `body` for every item, some at a time, each worker with a client of its own.
    ///
    /// - Returns: What it returned, in no order.
    func inParallel<Item: Sendable, R: Sendable>(
        _ items: [Item],
        workers: Int = 8,
        _ body: @escaping @Sendable (SandglassClient, Item) async throws -> R,
    ) async throws -> [R] {
        try await withThrowingTaskGroup { group in
            for worker in 0..<workers {
                group.addTask {
                    try await self.connected { client in
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

    /// Asks again and again until something holds.
    ///
    /// - Parameters:
    ///   - what: What is waited for, in words.
    ///   - limit: How long it may take.
    ///   - holds: Whether it does.
    /// - Throws: ``Trouble`` when it still does not; what `holds` throws.
    func wait(
        until what: String,
        within limit: Duration = .seconds(300),
        _ holds: (SandglassClient) async throws -> Bool,
    ) async throws {
        let end = ContinuousClock.now.advanced(by: limit)
        try await connected { client in
            while try await !holds(client) {
                guard .now < end else {
                    throw Trouble(
                        description: "\(limit) were not enough until \(what); the log ends with:\n\(tailOfLog())"
                    )
                }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Waits until no session has anything of the host any more.
    func waitUntilNoneIsOpen() async throws {
        try await wait(until: "no session was open") {
            try await $0.sessions(states: Self.open, limit: 1).sessions.isEmpty
        }
    }

    /// Ends every session and waits until nothing is left of them.
    func endAll() async throws {
        let open = try await connected { try await $0.sessions(states: Self.open, limit: 500).sessions }
        _ = try await inParallel(open.map(\.id)) { client, id in _ = try await client.endSession(id) }
        try await waitUntilNoneIsOpen()
    }
}

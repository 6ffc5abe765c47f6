import APIClient
import APIContract
import Foundation

/// Two guests whose terminals are measured: one is recorded, one is not.
struct ServiceStage: Sendable {
    /// How many ask at once.
    private static let readers = 16
    /// How many look on at one terminal.
    private static let crowd = 200
    /// What is written to a terminal, in bytes.
    private static let flood = 100_000_000

    let daemon: PrivateDaemon
    /// The daemon's process.
    let process: Int32
    let client: SandglassClient
    let plain: String
    let recorded: String
    let tell: @Sendable (String) -> Void

    // MARK: Calls

    /// Reads with many clients beside a route that does nothing, and writes one after the other.
    func calls(_ report: inout BenchReport) async throws {
        tell("\(Self.readers) clients read")
        let session = plain
        var (rates, floors): ([Double], [Double]) = ([], [])
        for _ in 0..<3 {
            floors.append(try await rate { _ = try await $0.whoAmI() })
            rates.append(try await rate { _ = try await $0.session(session) })
        }
        report.add("reads of a session, \(Self.readers) clients", rates.median, "1/s", floor: floors.median)
        report.add("  a route that does nothing is faster by", floors.median / rates.median, "×", atMost: 5, floor: 1)
        tell("writes")
        var writes: [Double] = []
        for number in 0..<300 {
            let request = CreatePersonRequest(login: "bench-\(number)", name: "Bench", roles: ["trainee"])
            writes.append(try await timed { _ = try await client.createPerson(request) })
        }
        report.add("write p50", writes.median * 1000, "ms")
        report.add("write p99", writes.percentile(0.99) * 1000, "ms", atMost: 50)
    }

    /// How many calls a second all readers make together.
    private func rate(_ call: @escaping @Sendable (SandglassClient) async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        let end = start.advanced(by: .seconds(4))
        let counts = try await daemon.inParallel(Array(0..<Self.readers), workers: Self.readers) { client, _ in
            var count = 0
            while ContinuousClock.now < end {
                try await call(client)
                count += 1
            }
            return count
        }
        return Double(counts.reduce(0, +)) / start.duration(to: .now).inSeconds
    }

    // MARK: Keys

    /// The way of a key through the daemon beside a bare port of the same guest.
    func echo(rounds: Int, _ report: inout BenchReport) async throws {
        tell("typing")
        let port = try RawPort(pluggedInto: try await client.machine(of: plain), of: daemon)
        let link = LinkStage(client: client, session: plain, port: port, bytes: 1 << 20)
        try await link.prepare()
        let (raw, ours) = try await link.echo(rounds: rounds * 2, keys: 60)
        for (name, share, most) in [("p50", 0.5, 5.0), ("p99", 0.99, 20.0)] {
            let (floor, own) = (raw.percentile(share) * 1000, ours.percentile(share) * 1000)
            report.add("echo of a key at a terminal \(name)", own, "ms", floor: floor)
            report.add("  added by us", own - floor, "ms", atMost: most)
        }
    }

    // MARK: Floods

    /// A lot of output at a terminal that is recorded beside one that is not.
    func floods(rounds: Int, _ report: inout BenchReport) async throws {
        tell("100 MB at terminals")
        var (without, with): ([Double], [Double]) = ([], [])
        for round in 1...rounds {
            let (own, floor) = (try await flood(recorded), try await flood(plain))
            with.append(own)
            without.append(floor)
            tell(String(format: "flood %d of %d: %.1f s, recorded %.1f s", round, rounds, floor, own))
        }
        let size = Double(Self.flood) / 1e6
        report.add("100 MB through a terminal", size / without.median, "MB/s")
        report.add("100 MB through a recorded terminal", size / with.median, "MB/s", floor: size / without.median)
        let ratios = zip(with, without).map { $0 / $1 }
        report.add("  without the recording it is faster by", ratios.median, "×", atMost: 1 / 0.6, floor: 1)
    }

    private func flood(_ session: String) async throws -> Double {
        try await client.withTerminal(of: session, terminal: "3", size: .init(columns: 80, rows: 24)) {
            screen,
            keyboard in
            var screen = screen.makeAsyncIterator()
            try await keyboard.type(Array(" printf '%s%s\\n' re ady\r".utf8))
            try await screen.see("ready\r\n")
            let command = " head -c \(Self.flood) /dev/zero | tr '\\0' x; printf '%s%s\\n' do ne\r"
            let start = ContinuousClock.now
            try await keyboard.type(Array(command.utf8))
            try await screen.see("done\r\n")
            return start.duration(to: .now).inSeconds
        }
    }

    // MARK: Many who look on

    /// A key's way to everybody who looks on, and what they cost.
    func watchers(_ report: inout BenchReport) async throws {
        tell("\(Self.crowd) look on")
        let (before, _) = try HostProcess.memory(of: process)
        let session = plain
        let everybody = Gathering(count: Self.crowd)
        let seen = Gathering(count: Self.crowd)
        let client = client
        let times = try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.crowd {
                group.addTask {
                    try await client.withTerminal(of: session, terminal: "4", size: nil, isWatching: true) {
                        screen,
                        _ in
                        var screen = screen.makeAsyncIterator()
                        await everybody.count()
                        for number in 0..<5 {
                            try await screen.see("seen-\(number)\r\n")
                            await seen.count()
                        }
                    }
                }
            }
            let times = try await client.withTerminal(
                of: session,
                terminal: "4",
                size: .init(columns: 80, rows: 24),
            ) { screen, keyboard in
                await everybody.reached()
                var times: [Double] = []
                for number in 0..<5 {
                    let start = ContinuousClock.now
                    try await keyboard.type(Array(" printf 'seen%s\\n' -\(number)\r".utf8))
                    await seen.reached()
                    times.append(start.duration(to: .now).inSeconds)
                    await seen.again()
                }
                return times
            }
            try await group.waitForAll()
            return times
        }
        let (after, _) = try HostProcess.memory(of: process)
        report.add("a line reaches \(Self.crowd) who look on at one terminal, all of them", times.median, "s")
        report.add("  of the daemon for each of them", (after - before) / Double(Self.crowd) / 1e6, "MB", atMost: 1)
    }

    // MARK: Memory

    /// What terminals cost that are open and have shown something.
    func memory(_ report: inout BenchReport) async throws {
        tell("terminals of their own")
        let (before, _) = try HostProcess.memory(of: process)
        let numbers = 5...15
        for number in numbers {
            try await client.withTerminal(
                of: recorded,
                terminal: "\(number)",
                size: .init(columns: 120, rows: 40),
            ) { screen, keyboard in
                var screen = screen.makeAsyncIterator()
                try await keyboard.type(Array(" seq 60000; printf '%s%s\\n' do ne\r".utf8))
                try await screen.see("done\r\n")
            }
        }
        let (after, _) = try HostProcess.memory(of: process)
        report.add(
            "of the daemon for an open terminal",
            (after - before) / Double(numbers.count) / 1e6,
            "MB",
            atMost: 1,
        )
    }
}

/// Lets one wait until so many have come.
private actor Gathering {
    private let goal: Int
    private var come = 0
    private var waiter: CheckedContinuation<Void, Never>?

    init(count: Int) { goal = count }

    func count() {
        come += 1
        guard come >= goal else { return }
        waiter?.resume()
        waiter = nil
    }

    func reached() async {
        guard come < goal else { return }
        await withCheckedContinuation { waiter = $0 }
    }

    func again() { come -= goal }
}

import Logging
import SessionEngine
import SessionModel
import TestKit
import Testing

/// A host with fakes for everything outside, on which daemons live and die.
final class Harness: Sendable {
    static let userIDs: ClosedRange<UInt32> = 7000...7009
    static let person = Principal(person: PersonID("uid:1000"), role: .trainee)
    static let stranger = Principal(person: PersonID("uid:1001"), role: .trainee)
    static let chief = Principal(person: PersonID("uid:0"), role: .operator)

    let store = MemoryStore()
    let hypervisor: FakeHypervisor
    let disks: FakeDiskStore
    let door = FakeDoor()
    let gauge = FakeGauge(HostCapacity(memory: .gibibytes(64), disk: .gibibytes(500)))
    let clock = ManualClock()
    let catalogue: FakeCatalogue

    init(
        machines: [String] = ["box"],
        acceleration: Acceleration = .tcg,
        _ adjust: (inout Policy) -> Void = { _ in },
    ) throws {
        let image = try #require(ImageID("debian-13"))
        hypervisor = FakeHypervisor(acceleration: acceleration)
        disks = FakeDiskStore(images: [image: .gibibytes(4)])
        var policy = Policy(
            id: try #require(PolicyID("practice")),
            title: LocalizedText(["en": "Practice"]),
            time: .init(
                limit: .seconds(600),
                enter: .seconds(120),
                extendStep: .seconds(60),
                extendMax: .seconds(120),
                warn: [.seconds(60)],
            ),
            resources: .init(vcpus: 1, cpuPercent: 100, memory: .mebibytes(512), disk: .gibibytes(4)),
            isolation: .any,
            concurrency: .init(perPerson: 5, host: 10),
        )
        adjust(&policy)
        let lab = Lab(
            id: try #require(LabID("first-steps")),
            version: 3,
            title: LocalizedText(["en": "First steps"]),
            policy: policy.id,
            machines: machines.map { MachineShape(name: $0, image: image) },
        )
        catalogue = FakeCatalogue(labs: [lab], policies: [policy], images: [image: .gibibytes(4)])
    }

    func ports(_ life: KillSwitch = KillSwitch()) -> EnginePorts {
        EnginePorts(
            store: MortalStore(store: store, life: life),
            hypervisor: MortalHypervisor(hypervisor: hypervisor, life: life),
            disks: MortalDiskStore(disks: disks, life: life),
            door: door,
            gauge: gauge,
            definitions: catalogue,
            images: catalogue,
        )
    }

    /// Runs `body` beside a serving daemon, which is then cut off: what it has made stays.
    func withDaemon<R: Sendable>(
        _ life: KillSwitch = KillSwitch(),
        _ body: (SessionCommands) async throws -> R,
    ) async throws -> R {
        let ports = ports(life)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = try await SessionService(ports: ports, host: clock, userIDs: Self.userIDs, logger: logger)
        let task = Task { try await service.run() }
        await service.waitUntilServing()
        let result: Result<R, any Error>
        do {
            result = .success(try await body(SessionCommands(ports: ports, service: service)))
        } catch {
            result = .failure(error)
        }
        life.kill()
        task.cancel()
        _ = await task.result
        return try result.get()
    }

    func request(_ override: String? = nil) throws -> SessionCommands.Request {
        SessionCommands.Request(lab: try #require(LabID("first-steps")), isolationOverride: override)
    }

    // MARK: Waiting

    /// Waits until a condition holds, letting time pass in steps when asked to.
    ///
    /// At most half a minute of real time.
    func eventually(
        _ what: Comment,
        advancing step: Duration = .zero,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ condition: () async throws -> Bool,
    ) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(30))
        while try await !condition() {
            try Task.checkCancellation()
            try #require(ContinuousClock.now < end, what, sourceLocation: sourceLocation)
            await Task.yield()
            if step > .zero { clock.advance(by: step) }
        }
    }

    /// Lets time pass for a daemon that keeps up with it: every heartbeat is stored before the next is due.
    func pass(_ duration: Duration) async throws {
        for _ in 0..<duration.milliseconds / ServiceClock.interval.milliseconds {
            try await heartbeat()
            clock.advance(by: ServiceClock.interval)
        }
        try await heartbeat()
    }

    /// Waits until the daemon has stored its heartbeat and waits for the next one.
    private func heartbeat() async throws {
        try await eventually("no heartbeat was stored") {
            guard let last = await store.lastHeartbeat() else { return false }
            return clock.read().monotonic - last.reading.monotonic <= ServiceClock.interval
                && clock.wakesSomeone(within: ServiceClock.interval)
        }
    }

    func state(of id: SessionID) async throws -> SessionState { try await store.session(id).lifecycle.state }

    func waitFor(
        _ kind: SessionState.Kind,
        of id: SessionID,
        advancing step: Duration = .zero,
        sourceLocation: SourceLocation = #_sourceLocation,
    ) async throws {
        try await eventually("it never was \(kind)", advancing: step, sourceLocation: sourceLocation) {
            try await state(of: id).kind == kind
        }
    }

    func kinds(of id: SessionID) async throws -> [String] { await store.timeline(of: id, after: 0).map(\.kind) }

    /// Everything that should not outlive a session.
    func leftovers() async throws -> [String] {
        let machines = try await hypervisor.observe().map { "machine \($0.id)" }
        let disks = try await disks.observeDisks().map { "disk \($0)" }
        let doors = await door.known.map { "terminal \($0)" }
        var users: [String] = []
        for session in try await store.sessions(SessionFilter(), after: nil, limit: 500).sessions {
            for machine in try await store.session(session.id).machines where machine.userID != nil {
                users.append("user id of \(machine.id)")
            }
        }
        return machines + disks + doors + users
    }
}

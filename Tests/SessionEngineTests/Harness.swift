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
    let snapshots: FakeSnapshotStore
    let door = FakeDoor()
    let agents = FakeAgents()
    let collections = FakeCollections()
    let recordings = FakeRecordings()
    let people = MemoryAccountStore()
    let gauge = FakeGauge(HostCapacity(memory: .gibibytes(64), disk: .gibibytes(500)))
    let clock = ManualClock()
    let catalogue: FakeCatalogue
    let userIDs: ClosedRange<UInt32>
    /// How many spares the lab wants; `nil` where nothing is kept warm.
    private let pool: Int?

    init(
        machines: [String] = ["box"],
        acceleration: Acceleration = .tcg,
        userIDs: ClosedRange<UInt32> = Harness.userIDs,
        pool: Int? = nil,
        _ adjust: (inout Policy) -> Void = { _ in },
        lab adjustLab: (inout Lab) -> Void = { _ in },
    ) throws {
        let image = try #require(ImageID("debian-13"))
        self.userIDs = userIDs
        self.pool = pool
        hypervisor = FakeHypervisor(acceleration: acceleration)
        disks = FakeDiskStore(images: [image: .gibibytes(4)])
        snapshots = FakeSnapshotStore(disks: disks)
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
        var lab = Lab(
            id: try #require(LabID("first-steps")),
            version: 3,
            title: LocalizedText(["en": "First steps"]),
            policy: policy.id,
            machines: machines.map { MachineShape(name: $0, image: image) },
            warm: Lab.Warm(pool: pool ?? 0),
        )
        adjustLab(&lab)
        catalogue = FakeCatalogue(labs: [lab], policies: [policy], images: [image: .gibibytes(4)])
    }

    /// A daemon at work.
    struct Daemon: Sendable {
        let service: SessionService
        let commands: SessionCommands
        let ports: EnginePorts

        var warm: WarmCommands { WarmCommands(ports: ports, service: service) }
    }

    func ports(_ life: KillSwitch = KillSwitch(), finding acceleration: Acceleration? = nil) -> EnginePorts {
        EnginePorts(
            store: MortalStore(store: store, life: life),
            hypervisor: MortalHypervisor(
                hypervisor: hypervisor,
                acceleration: acceleration ?? hypervisor.acceleration,
                life: life,
            ),
            disks: MortalDiskStore(disks: disks, life: life),
            snapshots: MortalSnapshotStore(snapshots: snapshots, life: life),
            door: MortalDoor(door: door, life: life),
            agents: MortalAgents(agents: agents, life: life),
            gauge: gauge,
            definitions: catalogue,
            drafts: catalogue,
            images: catalogue,
            collections: MortalCollections(collections: collections, life: life),
            recordings: recordings,
            audit: people,
        )
    }

    /// A daemon that does not run yet.
    func daemon(
        _ life: KillSwitch = KillSwitch(),
        finding acceleration: Acceleration? = nil,
        keepingWarm: Bool = true,
    ) async throws -> Daemon {
        let ports = ports(life, finding: acceleration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = try await SessionService(
            ports: ports,
            host: clock,
            userIDs: userIDs,
            keepsWarm: pool != nil && keepingWarm,
            keepsSpares: keepingWarm,
            logger: logger,
        )
        return Daemon(service: service, commands: SessionCommands(ports: ports, service: service), ports: ports)
    }

    /// Runs `body` beside a serving daemon, which is then cut off: what it has made stays.
    func withDaemon<R: Sendable>(
        _ life: KillSwitch = KillSwitch(),
        finding acceleration: Acceleration? = nil,
        _ body: (SessionCommands) async throws -> R,
    ) async throws -> R {
        try await withWholeDaemon(life, finding: acceleration) { try await body($0.commands) }
    }

    /// The same for who needs more of it than its commands.
    func withWholeDaemon<R: Sendable>(
        _ life: KillSwitch = KillSwitch(),
        finding acceleration: Acceleration? = nil,
        keepingWarm: Bool = true,
        _ body: (Daemon) async throws -> R,
    ) async throws -> R {
        let daemon = try await daemon(life, finding: acceleration, keepingWarm: keepingWarm)
        let task = Task { try await daemon.service.run() }
        let result: Result<R, any Error>
        do {
            try await daemon.service.waitUntilServing()
            result = .success(try await body(daemon))
        } catch {
            result = .failure(error)
        }
        life.kill()
        task.cancel()
        _ = await task.result
        return try result.get()
    }

    // MARK: Spares

    /// A machine that no session owns.
    func spare(_ id: MachineID) throws -> Machine {
        let image = try #require(ImageID("debian-13"))
        let policy = try catalogue.policy(try #require(PolicyID("practice")))
        let specification = try MachineSpecification(shape: MachineShape(name: "spare", image: image), policy: policy)
        return Machine(id: id, session: nil, name: "spare", specification: specification)
    }

    /// Makes a spare as its maker must: held from before it is stored until it waits.
    func makeSpare(_ id: MachineID, in daemon: Daemon) async throws {
        let spare = try spare(id)
        let saga = MachineSaga(ports: daemon.ports, time: daemon.service.time, userIDs: userIDs)
        try await daemon.service.holding(id) {
            try await daemon.ports.store.createUnowned(spare)
            try await saga.make(spare, answeringWithin: .seconds(1))
            try await daemon.ports.hypervisor.suspend(id)
        }
    }

    /// Lets a spare's machine die, where there is one, and waits until nothing of it is left.
    func breakSpare(_ id: MachineID) async throws {
        try await hypervisor.destroy(id)
        try await eventually("the broken spare stays", advancing: .seconds(1)) { await store.unowned().isEmpty }
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

    /// Lets the daemon look at its host as it does by itself, and returns when one such look is over.
    ///
    /// None may be under way. Up to a minute and a half passes.
    func lookAround() async throws {
        // A look asks the host once or twice, so with the third question another one has begun.
        for _ in 0..<3 {
            await hypervisor.hold(.observe)
            try await eventually("nobody looks at the host", advancing: .seconds(1)) {
                await hypervisor.waiting(for: .observe) == 1
            }
            await hypervisor.release(.observe)
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
        let disks = try await disks.observeDisks().map { "disk \($0.id)" }
        let doors = await door.known.map { "terminal \($0)" }
        var users: [String] = []
        for session in try await store.sessions(SessionFilter(), after: nil, limit: 500).sessions {
            for machine in try await store.session(session.id).machines where machine.userID != nil {
                users.append("user id of \(machine.id)")
            }
        }
        users += await store.unowned().map { "spare \($0.id)" }
        return machines + disks + doors + users
    }
}

extension MachineID {
    /// A fixed identifier.
    static func example(_ number: Int) -> MachineID {
        var generator = SeededGenerator(seed: UInt64(number))
        return MachineID(using: &generator)
    }
}

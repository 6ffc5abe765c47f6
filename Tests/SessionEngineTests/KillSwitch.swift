import SessionModel
import Synchronization

/// Kills a daemon in the middle of whatever it does: from a chosen call to the outside on, nothing of it has any effect.
///
/// Or lets that one call fail, after which the daemon lives on.
final class KillSwitch: Sendable {
    /// The daemon is dead.
    struct Dead: Error {}

    /// What strikes, and where.
    struct Fate: Sendable, CustomStringConvertible {
        /// At which call, counted from 1.
        var call: Int
        /// Whether that call still has its effect.
        var hasEffect: Bool
        /// Whether the daemon dies of it; otherwise the call fails.
        var kills = true

        var description: String { "call \(call), \(hasEffect ? "after" : "before") its effect" }
    }

    private struct State {
        var calls: [String] = []
        var isDead = false
        var isFulfilled = false
        var refused: Set<String> = []
    }

    private let fate: Fate?
    private let state = Mutex(State())

    init(_ fate: Fate? = nil) { self.fate = fate }

    /// Every call so far, by name.
    var calls: [String] { state.withLock { $0.calls } }
    var isDead: Bool { state.withLock { $0.isDead } }
    /// Whether the fate has struck.
    var isFulfilled: Bool { state.withLock { $0.isFulfilled } }
    func kill() { state.withLock { $0.isDead = true } }

    /// Lets all calls of these names fail from now on, and no others.
    func refuse(_ names: Set<String>) { state.withLock { $0.refused = names } }

    func call<R>(_ name: String, _ body: () async throws -> R) async throws -> R {
        let number = try state.withLock { state in
            if state.isDead { throw Dead() }
            state.calls.append(name)
            if state.refused.contains(name) { throw Self.failure }
            if let fate, fate.call == state.calls.count, !fate.hasEffect { throw strike(fate, &state) }
            return state.calls.count
        }
        let result = try await body()
        if let fate, fate.call == number { throw state.withLock { strike(fate, &$0) } }
        return result
    }

    private func strike(_ fate: Fate, _ state: inout State) -> any Error {
        state.isFulfilled = true
        guard fate.kills else { return Self.failure }
        state.isDead = true
        return Dead()
    }

    private static let failure = Failure(.storage, "the test wants this call to fail")
}

/// A store behind a kill switch.
struct MortalStore: SessionStore {
    let store: any SessionStore
    let life: KillSwitch

    func create(_ session: Session, records: [TimelineRecord], at time: RecordTime) async throws {
        try await life.call("create") { try await store.create(session, records: records, at: time) }
    }
    func commit(_ session: Session, records: [TimelineRecord], at time: RecordTime) async throws -> Session {
        try await life.call("commit \(session.lifecycle.state.kind)") {
            try await store.commit(session, records: records, at: time)
        }
    }
    func append(_ records: [TimelineRecord], to session: SessionID, at time: RecordTime) async throws {
        try await life.call("append") { try await store.append(records, to: session, at: time) }
    }
    func add(
        _ results: [CheckResult],
        to session: SessionID,
        records: [TimelineRecord],
        at time: RecordTime,
    ) async throws {
        try await life.call("add") { try await store.add(results, to: session, records: records, at: time) }
    }
    func results(of session: SessionID) async throws -> [CheckResult] { try await store.results(of: session) }
    func add(_ hint: HintTaken, to session: SessionID, records: [TimelineRecord], at time: RecordTime) async throws {
        try await life.call("add hint") { try await store.add(hint, to: session, records: records, at: time) }
    }
    func hints(of session: SessionID) async throws -> [HintTaken] { try await store.hints(of: session) }
    func add(_ key: SessionKey, at time: RecordTime) async throws {
        try await life.call("add key") { try await store.add(key, at: time) }
    }
    func removeKey(
        _ fingerprint: KeyFingerprint,
        of session: SessionID,
        by person: PersonID,
        at time: RecordTime,
    ) async throws {
        try await life.call("remove key") {
            try await store.removeKey(fingerprint, of: session, by: person, at: time)
        }
    }
    func keys(of session: SessionID) async throws -> [SessionKey] { try await store.keys(of: session) }
    func keys(named name: KeyFingerprint) async throws -> [SessionKey] { try await store.keys(named: name) }
    func confirm(_ key: SessionKey) async throws { try await life.call("confirm") { try await store.confirm(key) } }
    func session(_ id: SessionID) async throws -> Session { try await store.session(id) }
    func openSessions() async throws -> (sessions: [Session], unreadable: [UnreadableSession]) {
        try await store.openSessions()
    }
    func sessions(_ filter: SessionFilter, after cursor: String?, limit: Int) async throws -> SessionPage {
        try await store.sessions(filter, after: cursor, limit: limit)
    }
    func census() async throws -> Census { try await store.census() }
    func timeline(of session: SessionID, after sequence: Int64) async throws -> [TimelineEntry] {
        try await store.timeline(of: session, after: sequence)
    }
    func reserveUserID(for machine: MachineID, from range: ClosedRange<UInt32>) async throws -> UInt32 {
        try await life.call("reserve") { try await store.reserveUserID(for: machine, from: range) }
    }
    func releaseUserID(of machine: MachineID) async throws {
        try await life.call("release") { try await store.releaseUserID(of: machine) }
    }
    func createUnowned(_ machine: Machine) async throws {
        try await life.call("createUnowned") { try await store.createUnowned(machine) }
    }
    func removeUnowned(_ id: MachineID) async throws {
        try await life.call("removeUnowned") { try await store.removeUnowned(id) }
    }
    func unowned() async throws -> [Machine] { try await store.unowned() }
    func setFork(_ fork: Fork?, of machine: MachineID) async throws {
        try await life.call("setFork") { try await store.setFork(fork, of: machine) }
    }
    func exchange(
        _ old: MachineID,
        for new: Machine,
        in session: SessionID,
        at time: RecordTime,
    ) async throws -> Machine {
        try await life.call("exchange") { try await store.exchange(old, for: new, in: session, at: time) }
    }
    func record(_ step: MachineStep, _ phase: StepPhase, of machine: MachineID, at time: RecordTime) async throws {
        try await life.call("\(step) \(phase)") { try await store.record(step, phase, of: machine, at: time) }
    }
    func steps(of machine: MachineID) async throws -> [MachineStep: StepPhase] { try await store.steps(of: machine) }
    func lastHeartbeat() async throws -> Heartbeat? { try await store.lastHeartbeat() }
    // Heartbeats come when time passes, not when the session moves on, so they do not count as calls.
    func store(_ heartbeat: Heartbeat) async throws {
        if life.isDead { throw KillSwitch.Dead() }
        try await store.store(heartbeat)
    }
    func tail() async -> AsyncStream<TimelineEntry> { await store.tail() }
}

/// A hypervisor behind a kill switch.
struct MortalHypervisor: Hypervisor {
    let hypervisor: any Hypervisor
    /// What the daemon found out at its start.
    let acceleration: Acceleration
    let life: KillSwitch

    func start(_ machine: Machine) async throws { try await life.call("start") { try await hypervisor.start(machine) } }
    func suspend(_ id: MachineID) async throws { try await life.call("suspend") { try await hypervisor.suspend(id) } }
    func resume(_ id: MachineID) async throws { try await life.call("resume") { try await hypervisor.resume(id) } }
    func destroy(_ id: MachineID) async throws { try await life.call("destroy") { try await hypervisor.destroy(id) } }
    func freeze(_ id: MachineID) async throws { try await life.call("freeze") { try await hypervisor.freeze(id) } }
    func save(_ id: MachineID) async throws { try await life.call("save") { try await hypervisor.save(id) } }
    func restore(_ machine: Machine) async throws {
        try await life.call("restore") { try await hypervisor.restore(machine) }
    }
    func plugCopy(into grader: Machine) async throws {
        try await life.call("plugCopy") { try await hypervisor.plugCopy(into: grader) }
    }
    func stateDependencies() async throws -> [String: String] { try await hypervisor.stateDependencies() }
    func observe() async throws -> [ObservedMachine] {
        if life.isDead { throw KillSwitch.Dead() }
        return try await hypervisor.observe()
    }
    func exits() async -> AsyncStream<(MachineID, MachineExit)> { await hypervisor.exits() }
}

/// A disk store behind a kill switch.
struct MortalDiskStore: DiskStore {
    let disks: any DiskStore
    let life: KillSwitch

    func makeDisk(for machine: Machine) async throws {
        try await life.call("makeDisk") { try await disks.makeDisk(for: machine) }
    }
    func removeDisk(of id: MachineID) async throws {
        try await life.call("removeDisk") { try await disks.removeDisk(of: id) }
    }
    func keepDisk(of id: MachineID, session: SessionID) async throws -> String? {
        try await life.call("keepDisk") { try await disks.keepDisk(of: id, session: session) }
    }
    func copyDisk(of source: DiskSource, for machine: MachineID) async throws {
        try await life.call("copyDisk") { try await disks.copyDisk(of: source, for: machine) }
    }
    func removeCopy(for machine: MachineID) async throws {
        try await life.call("removeCopy") { try await disks.removeCopy(for: machine) }
    }
    func sessionsWithKeptDisks() async throws -> [SessionID] { try await disks.sessionsWithKeptDisks() }
    func removeKeptDisks(of session: SessionID) async throws { try await disks.removeKeptDisks(of: session) }
    func prepareSave(of machine: Machine) async throws {
        try await life.call("prepareSave") { try await disks.prepareSave(of: machine) }
    }
    func sealSave(of id: MachineID) async throws {
        try await life.call("sealSave") { try await disks.sealSave(of: id) }
    }
    func removeSave(of id: MachineID) async throws {
        try await life.call("removeSave") { try await disks.removeSave(of: id) }
    }
    func observeDisks() async throws -> [ObservedDisk] {
        if life.isDead { throw KillSwitch.Dead() }
        return try await disks.observeDisks()
    }
}

/// Guests behind a kill switch.
struct MortalDoor: GuestDoor {
    let door: any GuestDoor
    let life: KillSwitch

    func waitUntilAnswering(_ machine: Machine, within limit: Duration) async throws {
        try await life.call("waitUntilAnswering") { try await door.waitUntilAnswering(machine, within: limit) }
    }
    func adopt(_ machine: Machine) async { await door.adopt(machine) }
    func tell(_ session: SessionID, _ notice: Notice) async { await door.tell(session, notice) }
    func closeInput(of session: SessionID) async { await door.closeInput(of: session) }
    func moveTerminals(from old: MachineID, to new: Machine) async { await door.moveTerminals(from: old, to: new) }
    func forget(_ id: MachineID) async { await door.forget(id) }
}

/// A store of snapshots behind a kill switch.
struct MortalSnapshotStore: SnapshotStore {
    let snapshots: any SnapshotStore
    let life: KillSwitch

    func snapshots() async throws -> (snapshots: [Snapshot], problems: [String]) { try await snapshots.snapshots() }
    func usableSnapshot(for key: SnapshotKey) async throws -> Snapshot? {
        if life.isDead { throw KillSwitch.Dead() }
        return try await snapshots.usableSnapshot(for: key)
    }
    func contents(of id: SnapshotID) async throws -> SnapshotContents { try await snapshots.contents(of: id) }
    func publish(_ snapshot: Snapshot, from template: MachineID) async throws -> Snapshot {
        try await life.call("publish") { try await snapshots.publish(snapshot, from: template) }
    }
    func condemn(_ id: SnapshotID, because why: String) async throws {
        try await life.call("condemn") { try await snapshots.condemn(id, because: why) }
    }
    func verify() async throws { if life.isDead { throw KillSwitch.Dead() } }
    func remove(_ id: SnapshotID) async throws {
        try await life.call("removeSnapshot") { try await snapshots.remove(id) }
    }
}

/// Collected files behind a kill switch.
struct MortalCollections: CollectionStore {
    let collections: any CollectionStore
    let life: KillSwitch

    func keep(
        _ machine: String,
        of session: SessionID,
        fill: (_ write: (_ bytes: [UInt8]) throws -> Void) async throws -> Void,
    ) async throws -> ByteCount {
        try await life.call("keep") { try await collections.keep(machine, of: session, fill: fill) }
    }
    func sessions() async throws -> [SessionID] { try await collections.sessions() }
    func remove(_ session: SessionID) async throws { try await collections.remove(session) }
    func archives(of session: SessionID) async throws -> [CollectedArchive] {
        try await collections.archives(of: session)
    }
    func read(_ machine: String, of session: SessionID, _ count: Int, at offset: Int64) async throws -> [UInt8] {
        try await collections.read(machine, of: session, count, at: offset)
    }
}

/// Agents behind a kill switch.
struct MortalAgents: GuestAgents {
    let agents: any GuestAgents
    let life: KillSwitch

    func requireAgent(in machine: MachineID) async throws { try await agents.requireAgent(in: machine) }
    func start(_ program: GuestProgram, in machine: MachineID) async throws -> RunningProgram {
        try await agents.start(program, in: machine)
    }
    func identify(_ identity: MachineIdentity, in machine: MachineID, within limit: Duration) async throws {
        try await life.call("identify") { try await agents.identify(identity, in: machine, within: limit) }
    }
    func certificate(
        at port: UInt16,
        for name: String,
        in machine: MachineID,
        within limit: Duration,
    ) async throws -> GuestTLSAnswer {
        try await agents.certificate(at: port, for: name, in: machine, within: limit)
    }
    func freeze(_ machine: MachineID, atMost limit: Duration) async throws {
        try await life.call("freeze guest") { try await agents.freeze(machine, atMost: limit) }
    }
    func thaw(_ machine: MachineID) async throws { try await agents.thaw(machine) }
    func settle(_ template: Machine, within limit: Duration) async throws -> SnapshotContents {
        try await life.call("settle") { try await agents.settle(template, within: limit) }
    }
    func openTerminal(_ number: Int, of machine: MachineID, size: WindowSize) async throws -> AgentTerminal {
        try await agents.openTerminal(number, of: machine, size: size)
    }
    func start(_ copy: GuestCopy, in machine: MachineID) async throws -> RunningProgram {
        try await agents.start(copy, in: machine)
    }
    func connect(to port: UInt16, in machine: MachineID) async throws -> RunningProgram {
        try await agents.connect(to: port, in: machine)
    }
    func fetch(_ page: GuestPage, in machine: MachineID, within limit: Duration) async throws -> GuestAnswer {
        try await agents.fetch(page, in: machine, within: limit)
    }
    func forget(_ machine: MachineID) async { await agents.forget(machine) }
}

import Logging
import SessionModel
import Synchronization

/// Machines that were forked ahead of time and wait, paused, for a session.
///
/// A claimed one never returns. Who waits is in the record as a spare and in this list; what is in the record alone is of
/// an earlier daemon and is taken up at the start, or nobody's and removed by the reconciler.
final class SparePool: Sendable {
    /// A wish with the snapshot its spares are forked from.
    struct Demand: Sendable {
        let wish: WarmWish
        let snapshot: Snapshot
    }

    /// How many are made at once.
    private static let width = 2
    /// How long one may take to answer.
    private static let limit: Duration = .seconds(60)

    private let ports: EnginePorts
    private let directory: SessionDirectory
    private let saga: MachineSaga
    private let lanes: Lanes
    private let logger: Logger
    private let waiting = Mutex<[Machine]>([])
    /// Those that could not be removed.
    private let leftovers = Mutex<[Machine]>([])

    init(ports: EnginePorts, directory: SessionDirectory, saga: MachineSaga, lanes: Lanes, logger: Logger) {
        self.ports = ports
        self.directory = directory
        self.saga = saga
        self.lanes = lanes
        self.logger = logger
    }

    /// What those that wait may use.
    var memory: ByteCount {
        waiting.withLock { spares in
            spares.reduce(ByteCount(bytes: 0)) { $0 + $1.specification.memoryCeiling }
        }
    }

    /// How many wait of those forked from the snapshot.
    func count(of snapshot: SnapshotID) -> Int {
        waiting.withLock { spares in spares.count { $0.fork?.snapshot == snapshot } }
    }

    /// Takes one out for good.
    func claim(where isWanted: (Machine) -> Bool) -> Machine? {
        waiting.withLock { spares in spares.firstIndex(where: isWanted).map { spares.remove(at: $0) } }
    }

    /// Puts one back that was taken out in vain.
    func putBack(_ spare: Machine) { waiting.withLock { $0.append(spare) } }

    /// Removes the one that was made last.
    ///
    /// - Returns: Whether there was one.
    func makeWay() async -> Bool {
        guard let spare = waiting.withLock({ $0.popLast() }) else { return false }
        logger.notice("A spare makes way for a session", metadata: ["vm.id": "\(spare.id)"])
        await removeHeld(spare)
        return true
    }

    /// Removes all of a kind.
    func removeAll(where isUnwanted: (Machine) -> Bool) async {
        while let spare = claim(where: isUnwanted) { await removeHeld(spare) }
    }

    /// A machine is gone by itself.
    ///
    /// - Returns: Whether it waited here.
    func machineGone(_ id: MachineID) -> Bool {
        guard let spare = claim(where: { $0.id == id }) else { return false }
        Task { await removeHeld(spare) }
        return true
    }

    /// Takes up the spares of an earlier daemon that are complete.
    ///
    /// - Returns: Whether it is known which those are; until then no spare may be made.
    func takeUp() async -> Bool {
        do {
            let running = Set(try await ports.hypervisor.observe().map(\.id))
            let spares = try await ports.store.unowned().filter { $0.role == .spare && running.contains($0.id) }
            var found: [Machine] = []
            for spare in spares {
                let steps = try await ports.store.steps(of: spare.id)
                guard Reconciliation.intended(byUnowned: .spare, steps, isHeld: false) == .spare else { continue }
                found.append(spare)
            }
            waiting.withLock { [found] in $0 += found }
            return true
        } catch is CancellationError {
            logger.debug("Spares are not taken up: the service stops")
            return false
        } catch {
            logger.error("Spares cannot be taken up", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Removes spares that nobody wants and makes those that are missing, while there is room.
    ///
    /// - Parameters:
    ///   - demands: What is wanted.
    ///   - hasRoom: Whether one more may be made.
    ///   - failed: Hears of snapshots from which a spare could not be made.
    func tend(
        _ demands: [Demand],
        hasRoom: @escaping @Sendable (MachineSpecification) async throws -> Bool,
        failed: @escaping @Sendable (SnapshotID, any Error) async -> Void,
    ) async {
        await removeLeftovers()
        await forgetLost()
        while let stale = claim(where: { spare in !demands.contains { $0.takes(spare) } }) {
            await removeHeld(stale)
        }
        for demand in demands {
            while let surplus = surplus(of: demand) {
                await removeHeld(surplus)
            }
        }
        for demand in demands { await fill(demand, hasRoom, failed) }
    }

    private func surplus(of demand: Demand) -> Machine? {
        waiting.withLock { spares in
            guard spares.count(where: demand.takes) > demand.wish.pool else { return nil }
            return spares.lastIndex(where: demand.takes).map { spares.remove(at: $0) }
        }
    }

    /// Makes what a pool lacks.
    ///
    /// One that fails ends it: whoever looks again tries again.
    private func fill(
        _ demand: Demand,
        _ hasRoom: @escaping @Sendable (MachineSpecification) async throws -> Bool,
        _ failed: @escaping @Sendable (SnapshotID, any Error) async -> Void,
    ) async {
        await withTaskGroup(of: Bool.self) { group in
            var missing = demand.wish.pool - waiting.withLock { $0.count(where: demand.takes) }
            var underway = 0
            while missing > 0 || underway > 0 {
                if missing > 0, underway < Self.width {
                    missing -= 1
                    underway += 1
                    group.addTask { await self.add(demand, hasRoom, failed) }
                } else if let wasMade = await group.next() {
                    underway -= 1
                    if !wasMade { missing = 0 }
                }
            }
        }
    }

    private func add(
        _ demand: Demand,
        _ hasRoom: @Sendable (MachineSpecification) async throws -> Bool,
        _ failed: @Sendable (SnapshotID, any Error) async -> Void,
    ) async -> Bool {
        do {
            guard !Task.isCancelled, try await hasRoom(demand.wish.specification) else { return false }
        } catch {
            logger.error("The host cannot be measured", metadata: ["error": "\(error)"])
            return false
        }
        var generator = SystemRandomNumberGenerator()
        let spare = Machine(
            id: MachineID(using: &generator),
            session: nil,
            name: demand.wish.machine,
            specification: demand.wish.specification,
            fork: Fork(demand.snapshot.id, memory: demand.wish.spareMemory),
        )
        directory.hold(spare.id)
        defer { directory.letGo(spare.id) }
        do {
            try await ports.store.createUnowned(spare)
            try await lanes.run { try await saga.make(spare, answeringWithin: Self.limit) }
            try await ports.hypervisor.suspend(spare.id)
            waiting.withLock { $0.append(spare) }
            return true
        } catch {
            logger.warning(
                "A spare could not be made",
                metadata: ["vm.id": "\(spare.id)", "snapshot.id": "\(demand.snapshot.id)", "error": "\(error)"],
            )
            await remove(spare)
            if !Task.isCancelled { await failed(demand.snapshot.id, error) }
            return false
        }
    }

    /// Forgets those that the reconciler has found dead and removed.
    private func forgetLost() async {
        guard waiting.withLock({ !$0.isEmpty }) else { return }
        do {
            let known = Set(try await ports.store.unowned().map(\.id))
            waiting.withLock { spares in spares.removeAll { !known.contains($0.id) } }
        } catch {
            logger.error("Spares cannot be looked up", metadata: ["error": "\(error)"])
        }
    }

    /// Tries again to remove what could not be removed, unless the reconciler has.
    private func removeLeftovers() async {
        let former = leftovers.withLock { spares in
            defer { spares = [] }
            return spares
        }
        guard !former.isEmpty else { return }
        do {
            let known = Set(try await ports.store.unowned().map(\.id))
            for spare in former where known.contains(spare.id) { await removeHeld(spare) }
        } catch {
            logger.error("Spares stay behind", metadata: ["error": "\(error)"])
            leftovers.withLock { $0 += former }
        }
    }

    private func removeHeld(_ spare: Machine) async {
        directory.hold(spare.id)
        defer { directory.letGo(spare.id) }
        await remove(spare)
    }

    /// Removes a spare, in a task of its own because a cancelled one must clean up too.
    private func remove(_ spare: Machine) async {
        let removal = Task {
            await ports.agents.forget(spare.id)
            try await saga.undo(spare, keepingDisk: false)
            try await ports.store.removeUnowned(spare.id)
        }
        if case .failure(let error) = await removal.result {
            logger.error("A spare stays behind for now", metadata: ["vm.id": "\(spare.id)", "error": "\(error)"])
            leftovers.withLock { $0.append(spare) }
        }
    }
}

extension SparePool.Demand {
    /// Whether a spare is one of those that are wanted.
    fileprivate func takes(_ spare: Machine) -> Bool {
        spare.fork == Fork(snapshot.id, memory: wish.spareMemory) && spare.specification == wish.specification
    }
}

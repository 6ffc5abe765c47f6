import Logging
import SessionModel

/// Keeps the machines of labs warm: builds the snapshots that labs want, one at a time, and fills their pools.
///
/// It takes no input: it compares what the labs want with what there is, on a timer and on a nudge. Nobody waits for it:
/// a session that finds nothing warm is booted from its image.
actor WarmKeeper {
    /// How long a pool is left alone after a claim: whoever waits for a machine now goes first.
    static let courtesy: Duration = .seconds(1)

    let ports: EnginePorts
    let builder: SnapshotBuilder
    let pool: SparePool
    private let desk: AdmissionDesk
    private let keys: SnapshotKeys
    private let lister: WishLister
    private let time: ServiceTime
    private let logger: Logger
    private(set) var wishes: [WarmWish] = []
    private var outcomes = SnapshotOutcomes()
    /// When a spare was claimed last, on the monotonic clock.
    private var lastClaim: Duration?
    private(set) var building: (wish: WarmWish, step: String)?
    /// Cuts short what is being built.
    private var stopBuilding: @Sendable () -> Void = {}
    /// Whether pools are being brought in line.
    private var isTending = false
    /// Images that somebody wants to replace or remove: nothing is made of them.
    private var released: Set<ImageID> = []
    /// Nothing is built any more.
    private var isOver = false
    /// Builds that were asked for and that are waited for, in the order of asking.
    private var orders: [Order] = []
    private let nudges: AsyncStream<Void>
    private let nudger: AsyncStream<Void>.Continuation

    private struct Order {
        let wish: WarmWish
        let progress: @Sendable (String) async -> Void
        let done: CheckedContinuation<Snapshot, any Error>
    }

    init(
        ports: EnginePorts,
        builder: SnapshotBuilder,
        pool: SparePool,
        desk: AdmissionDesk,
        time: ServiceTime,
        logger: Logger,
    ) {
        self.ports = ports
        self.builder = builder
        self.pool = pool
        self.desk = desk
        self.time = time
        self.logger = logger
        keys = SnapshotKeys(images: ports.images, hypervisor: ports.hypervisor)
        lister = WishLister(ports: ports, keys: keys, logger: logger)
        (nudges, nudger) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: For sessions

    /// How a machine of a session can be forked; `nil` when there is no snapshot of it.
    func fork(for machine: Machine, of session: Session) async -> Fork? {
        guard let snapshot = await snapshot(for: machine, of: session) else { return nil }
        return Fork(snapshot.id, memory: session.policy.sharing.memory(cohort: session.cohort))
    }

    /// How a grader can be forked; `nil` when there is no snapshot of it.
    func fork(forGrader machine: Machine) async -> Fork? {
        let lab = Lab.grader(of: machine.specification.image, policy: PolicyID(unchecked: "grader"))
        guard let snapshot = await snapshot(of: lab, machine: machine) else { return nil }
        return Fork(snapshot.id)
    }

    /// Takes a spare that can be a machine of a session; it is nobody else's from now on.
    func claim(for machine: Machine, of session: Session) async -> Machine? {
        guard let snapshot = await snapshot(for: machine, of: session) else { return nil }
        let spare = pool.claim { spare in
            spare.fork?.snapshot == snapshot.id && spare.specification == machine.specification
                && spare.fork.map { session.policy.sharing.allows($0.memory, cohort: session.cohort) } == true
        }
        if spare != nil {
            lastClaim = time.monotonic(after: .zero)
            nudge()
        }
        return spare
    }

    /// Takes back a spare that was claimed in vain.
    func putBack(_ spare: Machine) { pool.putBack(spare) }

    /// A machine was forked from the snapshot and answers.
    func loaded(_ id: SnapshotID) { outcomes.loaded(id) }

    /// A machine could not be forked from the snapshot.
    ///
    /// The snapshot is taken out of service when that is its fault, and built again.
    func failed(_ id: SnapshotID, with error: any Error) async {
        guard let failure = error as? Failure, outcomes.isToBlame(id, for: failure) else { return }
        do {
            if let key = try await ports.snapshots.snapshots().snapshots.first(where: { $0.id == id })?.key {
                outcomes.condemned(id, of: key)
                if outcomes.isGivenUp(key) { tellGivenUp(key) }
            }
            try await ports.snapshots.condemn(id, because: failure.message)
        } catch {
            logger.error(
                "A snapshot cannot be taken out of service",
                metadata: ["snapshot.id": "\(id)", "error": "\(error)"],
            )
        }
        nudge()
    }

    private func tellGivenUp(_ key: SnapshotKey) {
        logger.error(
            "Snapshots of a machine are built and never work; no more are built until somebody asks for one",
            metadata: ["lab": "\(key.facts["lab"] ?? "")", "machine": "\(key.facts["lab.machine"] ?? "")"],
        )
    }

    private func snapshot(for machine: Machine, of session: Session) async -> Snapshot? {
        await snapshot(session.lab, session.labVersion, session.definition?.setup ?? [], machine)
    }

    private func snapshot(of lab: Lab, machine: Machine) async -> Snapshot? {
        await snapshot(lab.id, lab.version, lab.setup, machine)
    }

    private func snapshot(_ lab: LabID, _ version: Int, _ setup: [LabScript], _ machine: Machine) async -> Snapshot? {
        do {
            let key = try await keys.key(
                lab: lab,
                version: version,
                setup: setup,
                machine: machine.name,
                machine.specification,
            )
            let snapshot = try await ports.snapshots.usableSnapshot(for: key)
            if let snapshot { outcomes.used(snapshot.id, of: key) }
            return snapshot
        } catch {
            logger.warning(
                "Snapshots cannot be looked up; a machine is booted from its image",
                metadata: ["vm.id": "\(machine.id)", "error": "\(error)"],
            )
            return nil
        }
    }

    // MARK: Keeping

    /// Lets it look again soon.
    nonisolated func nudge() { nudger.yield() }

    /// Looks until the task is cancelled.
    func run() async {
        await verify()
        var hasTakenUp = false
        let clock = Task { [time, nudger] in
            while (try? await time.sleep(for: SessionService.reconcileInterval)) != nil { nudger.yield() }  // nil: over
        }
        nudge()
        await withDiscardingTaskGroup { group in
            for await _ in nudges {
                // Not a spare is made before: it would be taken for one of an earlier daemon's.
                if !hasTakenUp { hasTakenUp = await pool.takeUp() }
                await readWishes()
                if building == nil, let (wish, order) = await nextBuild() {
                    building = (wish, "starting")
                    group.addTask {
                        await self.build(wish, order)
                        self.nudge()
                    }
                }
                if hasTakenUp { await tend() }
                if Task.isCancelled { break }
            }
            group.cancelAll()
        }
        clock.cancel()
        isOver = true
        for order in orders { order.done.resume(throwing: CancellationError()) }
        orders = []
    }

    private func verify() async {
        do {
            try await ports.snapshots.verify()
        } catch is CancellationError {
            logger.debug("Snapshots are not verified to the end: the service stops")
        } catch {
            logger.error("Snapshots cannot be verified", metadata: ["error": "\(error)"])
        }
    }

    /// Brings the pools in line with the wishes.
    private func tend() async {
        while let lastClaim, case let wait = lastClaim + Self.courtesy - time.monotonic(after: .zero), wait > .zero {
            guard (try? await time.sleep(for: wait)) != nil else { return }  // nil: shutting down
        }
        isTending = true
        defer { isTending = false }
        var wanted: [(wish: WarmWish, snapshot: Snapshot)] = []
        for wish in wishes where !released.contains(wish.specification.image) {
            do {
                let snapshot = try await ports.snapshots.usableSnapshot(for: wish.key)
                if let snapshot { wanted.append((wish, snapshot)) }
            } catch {
                logger.error("Snapshots cannot be looked up; pools stay as they are", metadata: ["error": "\(error)"])
                return
            }
        }
        await pool.tend(
            wanted.map { .init(wish: $0.wish, snapshot: $0.snapshot) },
            hasRoom: { [desk] in try await desk.hasRoom(for: $0) },
            failed: { await self.failed($0, with: $1) },
        )
    }

    private func readWishes() async {
        do {
            wishes = try await lister.wishes()
            outcomes.forget(allBut: Set(wishes.map(\.key)))
        } catch {
            logger.warning("Labs cannot be read; what is warm stays so", metadata: ["error": "\(error)"])
        }
    }

    /// What a lab wants; see ``WishLister/wishes(of:isTrial:)``.
    func wishes(of lab: Lab, isTrial: Bool = false) async throws -> [WarmWish] {
        try await lister.wishes(of: lab, isTrial: isTrial)
    }

    /// What is built next: what was ordered first, then what is missing and not given up.
    private func nextBuild() async -> (WarmWish, Order?)? {
        if let next = orders.firstIndex(where: { !released.contains($0.wish.specification.image) }) {
            let order = orders.remove(at: next)
            return (order.wish, order)
        }
        let now = time.monotonic(after: .zero)
        for wish in wishes
        where !released.contains(wish.specification.image) && outcomes.mayBuild(wish.key, at: now) {
            if await usable(wish.key) == nil { return (wish, nil) }
        }
        return nil
    }

    func usable(_ key: SnapshotKey) async -> Snapshot? {
        do {
            return try await ports.snapshots.usableSnapshot(for: key)
        } catch {
            logger.error("Snapshots cannot be looked up", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func build(_ wish: WarmWish, _ order: Order?) async {
        let subject: Logger.Metadata = ["lab": "\(wish.lab.id)", "machine": "\(wish.machine)"]
        let work = Task {
            try await requireRoom(for: wish.specification)
            return try await builder.build(wish) { step in
                building = (wish, step)
                await order?.progress(step)
            }
        }
        stopBuilding = { work.cancel() }
        defer { building = nil }
        do {
            let snapshot = try await withTaskCancellationHandler(operation: { try await work.value }) { work.cancel() }
            outcomes.built(wish.key)
            await removeUnusable(wish.key)
            logger.notice(
                "A snapshot was built",
                metadata: subject.merging(["snapshot.id": "\(snapshot.id)", "took": "\(snapshot.buildTime)"]) { $1 },
            )
            order?.done.resume(returning: snapshot)
        } catch is CancellationError where !Task.isCancelled {
            let image = wish.specification.image
            order?.done.resume(
                throwing: Failure(.inUse, "the image \(image) is being replaced or removed; ask again afterwards")
            )
            logger.notice("A snapshot is not built: its image is being replaced or removed", metadata: subject)
        } catch {
            order?.done.resume(throwing: error)
            guard !Task.isCancelled else { return }
            outcomes.buildFailed(wish.key, error, at: time.monotonic(after: .zero))
            logger.warning(
                "A snapshot could not be built; sessions are booted from their image",
                metadata: subject.merging(["error": "\(error)"]) { $1 },
            )
        }
    }

    /// Removes snapshots of a key that are out of service, unless something stands on them.
    private func removeUnusable(_ key: SnapshotKey) async {
        // What cannot be removed now, `warm gc` removes.
        guard let found = try? await ports.snapshots.snapshots().snapshots else { return }
        for snapshot in found where snapshot.key == key && snapshot.health != .usable {
            try? await ports.snapshots.remove(snapshot.id)  // Likewise.
        }
    }

    private func requireRoom(for specification: MachineSpecification) async throws {
        let free = try await ports.gauge.available()
        guard specification.memoryCeiling + Admission.memoryReserve <= free.memory else {
            throw Failure(.noCapacity, "\(free.memory.mebibytes) MiB of memory are free, too little for a template")
        }
        guard specification.memory + Admission.diskReserve <= free.disk else {
            throw Failure(.noCapacity, "\(free.disk.mebibytes) MiB of disk are free, too little for a snapshot")
        }
    }

    // MARK: For whoever looks after images

    /// Removes spares and snapshots of an image, and makes no more until ``reclaim(_:)``.
    ///
    /// What is being built of it is cut short. What a session stands on stays.
    func release(_ image: ImageID) async {
        released.insert(image)
        if building?.wish.specification.image == image { stopBuilding() }
        while building?.wish.specification.image == image || isTending {
            guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { return }  // nil: given up
        }
        await pool.removeAll { $0.specification.image == image }
        do {
            for snapshot in try await ports.snapshots.snapshots().snapshots
            where snapshot.specification.image == image {
                do {
                    try await ports.snapshots.remove(snapshot.id)
                } catch let failure as Failure where failure.code == .inUse {
                    // Whoever wants the image is told so when they ask for it.
                    continue
                }
            }
        } catch {
            logger.error("Snapshots cannot be removed", metadata: ["image.id": "\(image)", "error": "\(error)"])
        }
    }

    /// The image may be used again, if it is still there.
    func reclaim(_ image: ImageID) {
        released.remove(image)
        nudge()
    }

    // MARK: For operators

    /// Builds a snapshot as soon as it is its turn, whatever came of earlier builds.
    func order(_ wish: WarmWish, progress: @escaping @Sendable (String) async -> Void) async throws -> Snapshot {
        guard !isOver else { throw CancellationError() }
        return try await withCheckedThrowingContinuation { done in
            outcomes.ordered(wish.key)
            orders.append(Order(wish: wish, progress: progress, done: done))
            nudge()
        }
    }

    /// How far a wish is.
    func state(of wish: WarmWish) async -> (state: WarmStatus.State, snapshot: SnapshotID?) {
        let snapshot = await usable(wish.key)?.id
        if let building, building.wish.key == wish.key { return (.building(building.step), snapshot) }
        if snapshot != nil { return (.ready, snapshot) }
        if let why = outcomes.why(wish.key) { return (.failed(why), nil) }
        return (.waiting, nil)
    }
}

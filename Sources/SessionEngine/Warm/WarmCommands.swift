package import SessionModel

/// What those who operate the host may do with warm snapshots.
package struct WarmCommands: Sendable {
    private let ports: EnginePorts
    private let keeper: WarmKeeper?

    /// Makes the commands of a service.
    package init(ports: EnginePorts, service: SessionService) {
        self.ports = ports
        keeper = service.warm
    }

    /// How every lab's machines are kept warm, by lab and machine.
    ///
    /// - Throws: ``Failure``: `forbidden` unless who asks operates the host, `storage`.
    package func status(for principal: Principal) async throws -> [WarmStatus] {
        try principal.require(.operateHost)
        guard let keeper else { return [] }
        var status: [WarmStatus] = []
        for lab in try await ports.definitions.labs().sorted(by: { $0.id < $1.id }) {
            // Labs share graders.
            status += try await self.status(of: lab, keeper).filter { !status.contains($0) }
        }
        return status
    }

    /// All snapshots on disk, oldest first, and what is wrong with folders that could not be read.
    package func snapshots(for principal: Principal) async throws -> (snapshots: [Snapshot], problems: [String]) {
        try principal.require(.operateHost)
        return try await ports.snapshots.snapshots()
    }

    /// Builds the snapshots of a lab's machines anew where they are missing, or all of them.
    ///
    /// Returns when they are built. Who stops waiting does not stop the work.
    ///
    /// - Parameters:
    ///   - lab: The lab.
    ///   - replacing: Whether snapshots that could be used are built again too.
    ///   - principal: Who asks; somebody who operates the host.
    ///   - progress: Hears each step in words.
    /// - Returns: How the lab's machines are kept warm now.
    /// - Throws: ``Failure``: `forbidden`, `notFound`, `invalidDefinition`, `imageUnusable`, `wrongState` when nothing is
    ///   kept warm here, or what the build failed with.
    package func build(
        _ lab: LabID,
        replacing: Bool,
        by principal: Principal,
        progress: @escaping @Sendable (String) async -> Void,
    ) async throws -> [WarmStatus] {
        try principal.require(.operateHost)
        guard let keeper else {
            throw Failure(.wrongState, "this service keeps nothing warm (SANDGLASS_WARM=off)")
        }
        let lab = try await ports.definitions.lab(lab)
        try await build(lab, replacing: replacing, keeper, progress: progress)
        return try await status(of: lab, keeper)
    }

    /// Builds the snapshots of a lab that is to be tested, where they are missing; does nothing where nothing is kept warm.
    func build(forTestsOf lab: Lab, progress: @escaping @Sendable (String) async -> Void) async throws {
        if let keeper { try await build(lab, replacing: false, isTrial: true, keeper, progress: progress) }
    }

    private func build(
        _ lab: Lab,
        replacing: Bool,
        isTrial: Bool = false,
        _ keeper: WarmKeeper,
        progress: @escaping @Sendable (String) async -> Void,
    ) async throws {
        let policy = try await ports.definitions.policy(lab.policy)
        for (_, specification) in try lab.machines(under: policy) {
            _ = try await ports.images.usableImage(specification.image)
        }
        for wish in try await keeper.wishes(of: lab, isTrial: isTrial) {
            if !replacing, await keeper.usable(wish.key) != nil { continue }
            let former = await keeper.usable(wish.key)?.id
            let snapshot = try await keeper.order(wish, progress: progress)
            if let former, former != snapshot.id {
                try await ports.snapshots.condemn(former, because: "it was replaced by \(snapshot.id)")
            }
        }
        keeper.nudge()
    }

    /// Removes a snapshot and its spares.
    ///
    /// It is built again when its lab still wants one.
    ///
    /// - Throws: ``Failure``: `inUse` while a session's disk stands on it, `notFound`, `forbidden`.
    package func remove(_ id: SnapshotID, by principal: Principal) async throws {
        try principal.require(.operateHost)
        guard try await ports.snapshots.snapshots().snapshots.contains(where: { $0.id == id }) else {
            throw Failure(.notFound, "there is no snapshot \"\(id)\"")
        }
        let machines = try await ports.store.openSessions().sessions.flatMap(\.machines)
        if let user = machines.first(where: { $0.fork?.snapshot == id })?.session {
            throw Failure(.inUse, "snapshot \(id) cannot be removed: a machine of session \(user) stands on it")
        }
        // From now on nothing is forked from it, and its spares are stale.
        try await ports.snapshots.condemn(id, because: "it is being removed")
        await keeper?.pool.removeAll { $0.fork?.snapshot == id }
        try await ports.snapshots.remove(id)
        keeper?.nudge()
    }

    /// Removes snapshots that no lab wants any more and that nothing stands on.
    ///
    /// - Returns: What was removed, one line each.
    package func collectGarbage(by principal: Principal) async throws -> [String] {
        try principal.require(.operateHost)
        guard let keeper else {
            throw Failure(.wrongState, "this service keeps nothing warm, so it cannot tell what is wanted")
        }
        // Listed first: one that is published meanwhile is not among them.
        let found = try await ports.snapshots.snapshots().snapshots
        var wanted: Set<SnapshotID> = []
        for lab in try await ports.definitions.labs() {
            for wish in try await keeper.wishes(of: lab) {
                if let snapshot = await keeper.usable(wish.key) { wanted.insert(snapshot.id) }
            }
        }
        var removed: [String] = []
        for snapshot in found where !wanted.contains(snapshot.id) {
            await keeper.pool.removeAll { $0.fork?.snapshot == snapshot.id }
            do {
                try await ports.snapshots.remove(snapshot.id)
                removed.append("snapshot \(snapshot.id) of \(snapshot.lab), \(snapshot.machine)")
            } catch let failure as Failure where failure.code == .inUse {
                continue
            }
        }
        return removed
    }

    /// Removes spares and snapshots of an image that is to be replaced or removed, and makes no more until
    /// ``reclaim(_:)``.
    package func release(_ image: ImageID) async { await keeper?.release(image) }

    /// The image may be used again.
    package func reclaim(_ image: ImageID) async { await keeper?.reclaim(image) }

    private func status(of lab: Lab, _ keeper: WarmKeeper) async throws -> [WarmStatus] {
        var status: [WarmStatus] = []
        for wish in try await keeper.wishes(of: lab) {
            let (state, snapshot) = await keeper.state(of: wish)
            status.append(
                WarmStatus(
                    lab: wish.lab.id,
                    machine: wish.machine,
                    state: state,
                    snapshot: snapshot,
                    spares: snapshot.map(keeper.pool.count(of:)) ?? 0,
                    pool: wish.pool,
                )
            )
        }
        return status
    }
}

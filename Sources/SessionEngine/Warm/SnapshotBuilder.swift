import SessionModel

/// Builds snapshots: boots a template, lets it come to rest, freezes it and has what it leaves taken as a snapshot.
struct SnapshotBuilder: Sendable {
    /// How long a template may take to boot, and to come to rest.
    static let limit: Duration = .seconds(300)

    let ports: EnginePorts
    let directory: SessionDirectory
    let saga: MachineSaga
    let scripts: LabScripts
    let time: ServiceTime

    /// Builds a snapshot.
    ///
    /// Nothing but the snapshot is left afterwards. Should the daemon die before, the template is a leftover.
    ///
    /// - Parameters:
    ///   - wish: What for.
    ///   - progress: Hears each step in words.
    /// - Returns: The snapshot.
    /// - Throws: What the failed step threw, or `CancellationError`.
    func build(_ wish: WarmWish, progress: (String) async -> Void) async throws -> Snapshot {
        var generator = SystemRandomNumberGenerator()
        let id = SnapshotID(using: &generator)
        let template = Machine(
            id: MachineID(using: &generator),
            session: nil,
            role: .template,
            name: wish.machine,
            specification: wish.specification.unhurried,
        )
        directory.hold(template.id)
        defer { directory.letGo(template.id) }
        do {
            let (draft, took) = try await time.measure {
                try await ports.store.createUnowned(template)
                await progress("booting \(wish.machine)")
                try await directory.watching(template) {
                    try await saga.make(template, answeringWithin: Self.limit)
                }
                if wish.lab.setup.contains(where: { $0.machine == wish.machine }) {
                    await progress("setting \(wish.machine) up")
                    try await directory.watching(template) { try await scripts.setUp(template, for: wish.lab) }
                }
                await progress("waiting until \(wish.machine) has come to rest")
                let contents = try await directory.watching(template) {
                    try await ports.agents.settle(template, within: Self.limit)
                }
                await progress("freezing \(wish.machine)")
                await ports.door.forget(template.id)
                try await ports.hypervisor.freeze(template.id)
                return contents
            }
            await progress("storing the snapshot")
            let snapshot = try await ports.snapshots.publish(
                Snapshot(
                    id: id,
                    key: wish.key,
                    lab: wish.lab.id,
                    labVersion: wish.lab.version,
                    machine: wish.machine,
                    specification: wish.specification,
                    contents: draft,
                    createdAt: time.now().wall,
                    buildTime: took,
                ),
                from: template.id,
            )
            // The snapshot is in service; a template that stays is a leftover and goes with the next look.
            try? await remove(template)
            return snapshot
        } catch {
            // Before it is removed, and its space is free again.
            let reason = await explain(error)
            // The first error says more; what could not be removed is a leftover and goes with the next look.
            try? await remove(template)
            throw reason
        }
    }

    /// With how little free space a failure is put down to it.
    private static let scarcity = ByteCount.mebibytes(64)

    /// Says that the disk is full, where it is: an emulator that finds no room for its guest's memory just dies.
    private func explain(_ error: any Error) async -> any Error {
        // Where the disk cannot be measured the failure itself must do.
        guard let failure = error as? Failure, let free = try? await ports.gauge.available().disk,
            free < Self.scarcity
        else { return error }
        let message = "the disk is full (\(free.mebibytes) MiB are free): \(failure.message)"
        return Failure(.noCapacity, message, cause: failure)
    }

    /// Removes the template, in a task of its own because a cancelled one must clean up too.
    private func remove(_ template: Machine) async throws {
        let removal = Task {
            await ports.agents.forget(template.id)
            try await saga.undo(template, keepingDisk: false)
            try await ports.store.removeUnowned(template.id)
        }
        try await removal.value
    }
}

extension MachineSpecification {
    /// The same machine without limits of processor time and disk rates, which would only hold up the build.
    fileprivate var unhurried: MachineSpecification {
        var other = self
        other.cpuPercent = max(cpuPercent, vcpus * 100)
        (other.readRate, other.writeRate, other.readIOPS, other.writeIOPS) = (nil, nil, nil, nil)
        return other
    }
}

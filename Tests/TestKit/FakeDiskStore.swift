package import SessionModel

/// Keeps disks in memory, by the rules of ``DiskStoreConformance``, and fails when told to.
///
/// The snapshots of a ``FakeSnapshotStore`` are kept here too, as if both were on one disk.
package actor FakeDiskStore: DiskStore {
    /// The images that disks can be made on, with their sizes.
    package let images: [ImageID: ByteCount]
    /// The disks there are, by machine.
    package private(set) var disks: [MachineID: Machine] = [:]
    /// The disks that became evidence, by session.
    package private(set) var evidence: [SessionID: Set<MachineID>] = [:]
    /// The machines with a saved state that is not sealed.
    package private(set) var unsealed: Set<MachineID> = []
    /// The machines with a sealed saved state.
    package private(set) var sealed: Set<MachineID> = []
    /// The copies there are, by the machine that each was made for.
    package private(set) var copies: [MachineID: DiskSource] = [:]
    /// The snapshots there are.
    package private(set) var snapshots: [SnapshotID: Snapshot] = [:]
    /// Snapshots whose files no longer have the content they had.
    private var damagedSnapshots: Set<SnapshotID> = []
    /// What kept disks stand on.
    private var keptOn: [SnapshotID: [MachineID]] = [:]
    private var problem: String?
    private var failures: [Injection] = []

    /// Makes a store.
    ///
    /// - Parameter images: The images that disks can be made on, with their sizes.
    package init(images: [ImageID: ByteCount]) { self.images = images }

    /// A method of the store.
    package enum Verb: Sendable, CaseIterable {
        case makeDisk, removeDisk, keepDisk, observeDisks, prepareSave, sealSave, removeSave, copyDisk,
            removeKeptDisks
    }

    /// When an injected failure strikes.
    package enum Moment: Sendable, CaseIterable {
        /// Nothing was done yet.
        case beforeEffect
        /// Everything was done; only the answer is lost.
        case afterEffect
    }

    /// Lets the next calls of a method fail, in the order they were asked for.
    ///
    /// - Parameters:
    ///   - verb: The method.
    ///   - moment: When they fail.
    ///   - times: How many calls fail.
    ///   - failure: What they throw.
    package func fail(
        _ verb: Verb,
        _ moment: Moment,
        times: Int = 1,
        with failure: Failure = Failure(.storage, "injected"),
    ) {
        failures += Array(repeating: Injection(verb: verb, moment: moment, failure: failure), count: times)
    }

    package func makeDisk(for machine: Machine) async throws {
        try act(.makeDisk) {
            guard machine.userID != nil else { throw Failure(.invalidInput, "machine \(machine.id) has no user id") }
            if let disk = disks[machine.id] { return try adopt(machine, with: disk) }
            let image = machine.specification.image
            guard let size = images[image] else { throw Failure(.notFound, "there is no image \"\(image)\"") }
            if let fork = machine.role == .template ? nil : machine.fork {
                try requireUsable(fork.snapshot, for: machine)
            }
            if machine.role == .grader || machine.role == .restarted, copies[machine.id] == nil {
                throw Failure(.notFound, "machine \(machine.id) was given no copy of a disk")
            }
            guard (machine.specification.disk ?? size) >= size else {
                throw Failure(.invalidInput, "machine \(machine.id) asks for a disk smaller than its image")
            }
            disks[machine.id] = machine
        }
    }

    package func copyDisk(of source: DiskSource, for machine: MachineID) async throws {
        try act(.copyDisk) {
            switch source {
            case .machine(let id):
                guard disks[id] != nil else { throw Failure(.notFound, "machine \(id) has no disk") }
            case .evidence(let session, let id):
                guard evidence[session]?.contains(id) == true else {
                    throw Failure(.notFound, "no disk of machine \(id) was kept")
                }
            }
            if let problem { throw Failure(.conflict, problem) }
            copies[machine] = source
        }
    }

    package func removeCopy(for machine: MachineID) async throws { copies[machine] = nil }

    package func removeDisk(of id: MachineID) async throws {
        try act(.removeDisk) {
            disks[id] = nil
            unsealed.remove(id)
            sealed.remove(id)
        }
    }

    /// Lets every disk look tampered with from now on.
    package func spoil(_ problem: String) { self.problem = problem }

    @discardableResult
    package func keepDisk(of id: MachineID, session: SessionID) async throws -> String? {
        try act(.keepDisk) {
            if evidence[session]?.contains(id) == true { return problem }
            guard let disk = disks[id] else { throw Failure(.notFound, "machine \(id) has no disk") }
            guard disk.session == session else {
                throw Failure(.conflict, "machine \(id) does not belong to session \(session)")
            }
            evidence[session, default: []].insert(id)
            if let fork = disk.fork { keptOn[fork.snapshot, default: []].append(id) }
            return problem
        }
    }

    package func sessionsWithKeptDisks() async throws -> [SessionID] { Array(evidence.keys) }

    package func removeKeptDisks(of session: SessionID) async throws {
        try act(.removeKeptDisks) {
            let removed = evidence.removeValue(forKey: session) ?? []
            keptOn = keptOn.mapValues { $0.filter { !removed.contains($0) } }.filter { !$0.value.isEmpty }
        }
    }

    package func prepareSave(of machine: Machine) async throws {
        try act(.prepareSave) {
            guard disks[machine.id] != nil else { throw Failure(.notFound, "machine \(machine.id) has no disk") }
            unsealed.insert(machine.id)
        }
    }

    package func sealSave(of id: MachineID) async throws {
        try act(.sealSave) {
            guard unsealed.remove(id) != nil || sealed.contains(id) else {
                throw Failure(.notFound, "machine \(id) was not saved")
            }
            sealed.insert(id)
        }
    }

    package func removeSave(of id: MachineID) async throws {
        try act(.removeSave) {
            unsealed.remove(id)
            sealed.remove(id)
        }
    }

    package func observeDisks() async throws -> [ObservedDisk] {
        try act(.observeDisks) { disks.keys.sorted().map { ObservedDisk(id: $0, isSaved: sealed.contains($0)) } }
    }

    private func adopt(_ machine: Machine, with disk: Machine) throws {
        let isSame =
            disk.specification.image == machine.specification.image && disk.fork?.snapshot == machine.fork?.snapshot
        guard isSame, disk.session == machine.session || disk.session == nil else {
            throw Failure(.conflict, "the disk of machine \(machine.id) is another machine's")
        }
        disks[machine.id] = machine
    }

    private func requireUsable(_ id: SnapshotID, for machine: Machine) throws {
        guard let snapshot = snapshots[id], snapshot.health == .usable, !damagedSnapshots.contains(id),
            snapshot.specification.image == machine.specification.image,
            snapshot.specification.memory == machine.specification.memory,
            snapshot.specification.disk == machine.specification.disk
        else { throw Failure(.snapshotUnusable, "machine \(machine.id) cannot be forked from snapshot \(id)") }
    }

    private func act<Result>(_ verb: Verb, _ effect: () throws -> Result) throws -> Result {
        let struck = failures.firstIndex { $0.verb == verb }.map { failures.remove(at: $0) }
        if let struck, struck.moment == .beforeEffect { throw struck.failure }
        let result = try effect()
        if let struck { throw struck.failure }
        return result
    }

    private struct Injection {
        let verb: Verb
        let moment: Moment
        let failure: Failure
    }
}

// MARK: - The snapshots' side

extension FakeDiskStore {
    /// Lets a snapshot's files have another content from now on.
    package func damage(_ id: SnapshotID) { damagedSnapshots.insert(id) }

    /// Makes a snapshot unusable when its files no longer have the content they had.
    func compare(_ id: SnapshotID) {
        if damagedSnapshots.contains(id) { condemn(id, because: "damaged") }
    }

    func condemn(_ id: SnapshotID, because why: String) {
        if snapshots[id]?.health == .usable { snapshots[id]?.health = .unusable(why) }
    }

    func publish(_ snapshot: Snapshot, from template: MachineID) throws -> Snapshot {
        if let known = snapshots[snapshot.id] { return known }
        guard let machine = disks[template] else { throw Failure(.notFound, "there is no machine \(template)") }
        guard machine.role == .template else { throw Failure(.conflict, "machine \(template) is no template") }
        var published = snapshot
        published.fileSize = .mebibytes(1)
        snapshots[snapshot.id] = published
        return published
    }

    func removeSnapshot(_ id: SnapshotID) throws {
        let users = disks.values.filter { $0.role != .template && $0.fork?.snapshot == id }.map(\.id)
        guard users.isEmpty, keptOn[id] == nil else {
            let names = (users + (keptOn[id] ?? [])).map { "machine \($0)" }.joined(separator: "; ")
            throw Failure(.inUse, "the snapshot \(id) cannot be removed: \(names) need it")
        }
        snapshots[id] = nil
        damagedSnapshots.remove(id)
    }
}

package import SessionModel

/// What every `DiskStore` must do, one case per promise.
///
/// Every case gets a new, empty store.
package enum DiskStoreConformance {
    /// A store and what it can make disks on.
    package struct Subject: Sendable {
        /// The store.
        package let store: any DiskStore
        /// The store of snapshots that keeps its files on the same disk.
        package let snapshots: any SnapshotStore
        /// What happens to files outside the stores.
        package let world: World
        /// An image that disks can be made on.
        package let image: ImageID
        /// Its size, at least 1 MiB.
        package let imageSize: ByteCount
        /// A host user id that disks may belong to.
        package let userID: UInt32

        /// Bundles them.
        package init(
            store: any DiskStore,
            snapshots: any SnapshotStore,
            world: World,
            image: ImageID,
            imageSize: ByteCount,
            userID: UInt32,
        ) {
            self.store = store
            self.snapshots = snapshots
            self.world = world
            self.image = image
            self.imageSize = imageSize
            self.userID = userID
        }
    }

    /// What happens to files outside the stores; a store without files needs none of it.
    package struct World: Sendable {
        /// Leaves a template as its emulator does when it is frozen.
        package var freeze: @Sendable (MachineID) async throws -> Void
        /// Writes something into the file for a machine's saved state.
        package var save: @Sendable (MachineID) async throws -> Void
        /// Changes the content of a snapshot's memory.
        package var damage: @Sendable (SnapshotID) async throws -> Void

        /// Bundles them.
        package init(
            freeze: @escaping @Sendable (MachineID) async throws -> Void = { _ in },
            save: @escaping @Sendable (MachineID) async throws -> Void = { _ in },
            damage: @escaping @Sendable (SnapshotID) async throws -> Void,
        ) {
            self.freeze = freeze
            self.save = save
            self.damage = damage
        }
    }

    /// One promise.
    package struct Case: Sendable, CustomStringConvertible {
        /// The promise, as a sentence.
        package let name: String
        let body: @Sendable (Subject) async throws -> Void

        package var description: String { name }
    }

    /// A promise that was not kept, and how.
    package struct Broken: Error, CustomStringConvertible {
        /// What was expected and what was found.
        package let description: String
    }

    /// Holds a store to a promise.
    ///
    /// - Throws: ``Broken`` when it does not keep it, and whatever the store throws where it should not.
    package static func run(_ promise: Case, on makeSubject: () async throws -> Subject) async throws {
        try await promise.body(try await makeSubject())
    }

    /// All promises.
    package static let cases = ownDisks + kept + forks + claims + saves + copies

    private static let ownDisks = [
        Case(name: "A made disk is observed") { subject in
            let machine = try subject.machine(1)
            try await subject.expectObserved([])
            try await subject.store.makeDisk(for: machine)
            try await subject.expectObserved([machine])
        },
        Case(name: "Making a disk again does nothing") { subject in
            let machine = try subject.machine(1)
            for _ in 0..<3 { try await subject.store.makeDisk(for: machine) }
            try await subject.expectObserved([machine])
        },
        Case(name: "A disk asked for several times at once is made once") { subject in
            let machine = try subject.machine(1)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await subject.store.makeDisk(for: machine) } }
                try await group.waitForAll()
            }
            try await subject.expectObserved([machine])
        },
        Case(name: "A spare has a disk too") { subject in
            let machine = try subject.machine(1, session: nil)
            try await subject.store.makeDisk(for: machine)
            try await subject.expectObserved([machine])
            try await subject.store.removeDisk(of: machine.id)
            try await subject.expectObserved([])
        },
        Case(name: "Removing a disk leaves the others") { subject in
            let machines = try (1...3).map { try subject.machine($0) }
            for machine in machines { try await subject.store.makeDisk(for: machine) }
            try await subject.store.removeDisk(of: machines[1].id)
            try await subject.expectObserved([machines[0], machines[2]])
        },
        Case(name: "Removing an absent disk is a success, as often as one likes") { subject in
            let machine = try subject.machine(1)
            try await subject.store.removeDisk(of: machine.id)
            try await subject.store.makeDisk(for: machine)
            for _ in 0..<2 { try await subject.store.removeDisk(of: machine.id) }
            try await subject.expectObserved([])
        },
        Case(name: "A removed disk can be made again") { subject in
            let machine = try subject.machine(1)
            try await subject.store.makeDisk(for: machine)
            try await subject.store.removeDisk(of: machine.id)
            try await subject.store.makeDisk(for: machine)
            try await subject.expectObserved([machine])
        },
        Case(name: "A disk without an owner is refused") { subject in
            var machine = try subject.machine(1)
            machine.userID = nil
            try await subject.expectFailure(.invalidInput) { [machine] in try await subject.store.makeDisk(for: machine)
            }
            try await subject.expectObserved([])
        },
        Case(name: "A disk on an image that is not there is refused") { subject in
            let machine = try subject.machine(1, image: ImageID(unchecked: "no-such-image"))
            try await subject.expectFailure(.notFound) { try await subject.store.makeDisk(for: machine) }
            try await subject.expectObserved([])
        },
        Case(name: "A disk smaller than its image is refused, a larger one is made") { subject in
            let small = try subject.machine(1, disk: ByteCount(bytes: subject.imageSize.bytes - 512))
            try await subject.expectFailure(.invalidInput) { try await subject.store.makeDisk(for: small) }
            let large = try subject.machine(2, disk: subject.imageSize + .mebibytes(64))
            try await subject.store.makeDisk(for: large)
            try await subject.expectObserved([large])
        },
        Case(name: "A machine that changed its image does not get the old disk") { subject in
            let machine = try subject.machine(1)
            try await subject.store.makeDisk(for: machine)
            let changed = try subject.machine(1, image: ImageID(unchecked: "no-such-image"))
            try await subject.expectFailure(.conflict) { try await subject.store.makeDisk(for: changed) }
            try await subject.expectObserved([machine])
        },
    ]

    private static let forks = [
        Case(name: "A template has a disk like others") { subject in
            let template = try subject.machine(1, session: nil, role: .template)
            for _ in 0..<2 { try await subject.store.makeDisk(for: template) }
            try await subject.expectObserved([template])
            try await subject.store.removeDisk(of: template.id)
            try await subject.expectObserved([])
        },
        Case(name: "A fork has a disk, whomever it shares its memory with") { subject in
            let snapshot = try await subject.publish(9)
            let kinds: [Fork.Memory] = [.lab, .cohort(CohortID(unchecked: "spring")), .machine]
            let machines = try kinds.enumerated().map { number, memory in
                try subject.machine(number + 1, fork: Fork(snapshot.id, memory: memory))
            }
            for machine in machines + machines { try await subject.store.makeDisk(for: machine) }
            try await subject.expectObserved(machines)
            for machine in machines { try await subject.store.removeDisk(of: machine.id) }
            try await subject.expectObserved([])
        },
        Case(name: "Nothing is forked from a snapshot that is absent, condemned or damaged") { subject in
            let (condemned, damaged) = (try await subject.publish(8), try await subject.publish(9))
            try await subject.snapshots.condemn(condemned.id, because: "it did not load")
            try await subject.world.damage(damaged.id)
            for id in [SnapshotID.numbered(7), condemned.id, damaged.id] {
                let machine = try subject.machine(1, fork: Fork(id))
                try await subject.expectFailure(.snapshotUnusable) { try await subject.store.makeDisk(for: machine) }
            }
            try await subject.expectObserved([])
        },
        Case(name: "A machine with another memory or disk than the snapshot's is not forked from it") { subject in
            let snapshot = try await subject.publish(9)
            let larger = [
                try subject.machine(1, disk: subject.imageSize + .mebibytes(1), fork: Fork(snapshot.id)),
                try subject.machine(1, session: subject.session, memory: .mebibytes(8), fork: Fork(snapshot.id)),
            ]
            for machine in larger {
                try await subject.expectFailure(.snapshotUnusable) { try await subject.store.makeDisk(for: machine) }
            }
            try await subject.expectObserved([])
        },
        Case(name: "A machine that stands on its image does not become a fork, nor the other way round") { subject in
            let snapshot = try await subject.publish(9)
            let booted = try (subject.machine(1), subject.machine(2))
            let forked = try (
                subject.machine(1, fork: Fork(snapshot.id)), subject.machine(2, fork: Fork(snapshot.id)),
            )
            try await subject.store.makeDisk(for: booted.0)
            try await subject.store.makeDisk(for: forked.1)
            try await subject.expectFailure(.conflict) { try await subject.store.makeDisk(for: forked.0) }
            try await subject.expectFailure(.conflict) { try await subject.store.makeDisk(for: booted.1) }
        },
        Case(name: "A fork's disk can be kept") { subject in
            let snapshot = try await subject.publish(9)
            let machine = try subject.machine(1, fork: Fork(snapshot.id))
            try await subject.store.makeDisk(for: machine)
            for _ in 0..<2 {
                guard try await subject.store.keepDisk(of: machine.id, session: subject.session) == nil else {
                    throw Broken(description: "the disk is said not to be the machine's")
                }
            }
            try await subject.store.removeDisk(of: machine.id)
        },
    ]

    private static let claims = [
        Case(name: "A claimed spare's disk is its session's from then on") { subject in
            let snapshot = try await subject.publish(9)
            let (spare, claimed) = (
                try subject.machine(1, session: nil, fork: Fork(snapshot.id)),
                try subject.machine(1, fork: Fork(snapshot.id)),
            )
            try await subject.store.makeDisk(for: spare)
            try await subject.expectFailure(.conflict) {
                try await subject.store.keepDisk(of: spare.id, session: subject.session)
            }
            for _ in 0..<2 { try await subject.store.makeDisk(for: claimed) }
            try await subject.store.keepDisk(of: claimed.id, session: subject.session)
            try await subject.expectObserved([claimed])
        },
        Case(name: "A session's disk becomes neither a spare's nor another session's") { subject in
            let machine = try subject.machine(1)
            try await subject.store.makeDisk(for: machine)
            for session in [nil, subject.otherSession] {
                let other = try subject.machine(1, session: session)
                try await subject.expectFailure(.conflict) { try await subject.store.makeDisk(for: other) }
            }
            try await subject.store.keepDisk(of: machine.id, session: subject.session)
        },
    ]

    private static let copies = [
        Case(name: "A disk is copied for a grader and for a restarted machine, and again") { subject in
            let machine = try subject.machine(1)
            try await subject.store.makeDisk(for: machine)
            let others = [
                try subject.machine(2, session: nil, role: .grader),
                try subject.machine(3, session: nil, role: .restarted),
            ]
            for other in others {
                for _ in 0..<2 { try await subject.store.copyDisk(of: .machine(machine.id), for: other.id) }
                for _ in 0..<2 { try await subject.store.makeDisk(for: other) }
            }
            try await subject.expectObserved([machine] + others)
            // Also of a restarted machine, which stands on a copy itself.
            let second = try subject.machine(4, session: nil, role: .grader)
            try await subject.store.copyDisk(of: .machine(others[1].id), for: second.id)
            try await subject.store.makeDisk(for: second)
            try await subject.store.removeDisk(of: second.id)
            try await subject.store.removeCopy(for: second.id)
            // What is copied stays, whatever becomes of the machine it was copied from.
            try await subject.store.removeDisk(of: machine.id)
            for other in others {
                try await subject.store.removeDisk(of: other.id)
                try await subject.store.makeDisk(for: other)
                try await subject.store.removeDisk(of: other.id)
                for _ in 0..<2 { try await subject.store.removeCopy(for: other.id) }
            }
            try await subject.expectObserved([])
        },
        Case(name: "A kept disk is copied; what is not there is not, and without a copy there is no grader") {
            subject in
            let machine = try subject.machine(1)
            let grader = try subject.machine(2, session: nil, role: .grader)
            let kept = DiskSource.evidence(subject.session, machine.id)
            for source in [.machine(machine.id), kept] {
                try await subject.expectFailure(.notFound) {
                    try await subject.store.copyDisk(of: source, for: grader.id)
                }
            }
            try await subject.expectFailure(.notFound) { try await subject.store.makeDisk(for: grader) }
            try await subject.expectObserved([])
            try await subject.store.makeDisk(for: machine)
            try await subject.store.keepDisk(of: machine.id, session: subject.session)
            try await subject.store.removeDisk(of: machine.id)
            try await subject.store.copyDisk(of: kept, for: grader.id)
            try await subject.store.makeDisk(for: grader)
            try await subject.expectObserved([grader])
        },
    ]

    private static let saves = [
        Case(name: "A saved state counts once it is sealed, and until it is removed") { subject in
            let machine = try subject.machine(1)
            try await subject.store.makeDisk(for: machine)
            try await subject.expectSaved(false, machine)
            for _ in 0..<2 { try await subject.store.prepareSave(of: machine) }
            try await subject.world.save(machine.id)
            try await subject.expectSaved(false, machine)
            for _ in 0..<2 { try await subject.store.sealSave(of: machine.id) }
            try await subject.expectSaved(true, machine)
            for _ in 0..<2 { try await subject.store.removeSave(of: machine.id) }
            try await subject.expectSaved(false, machine)
            try await subject.expectFailure(.notFound) { try await subject.store.sealSave(of: machine.id) }
        },
        Case(name: "A sealed state stays while the next one is prepared, and is replaced by it") { subject in
            let machine = try subject.machine(1)
            try await subject.store.makeDisk(for: machine)
            for _ in 0..<2 {
                try await subject.store.prepareSave(of: machine)
                try await subject.world.save(machine.id)
                try await subject.store.sealSave(of: machine.id)
                try await subject.expectSaved(true, machine)
            }
            try await subject.store.prepareSave(of: machine)
            try await subject.expectSaved(true, machine)
        },
        Case(name: "A saved state goes with its machine") { subject in
            let machine = try subject.machine(1)
            try await subject.store.makeDisk(for: machine)
            try await subject.store.prepareSave(of: machine)
            try await subject.world.save(machine.id)
            try await subject.store.sealSave(of: machine.id)
            try await subject.store.removeDisk(of: machine.id)
            try await subject.store.makeDisk(for: machine)
            try await subject.expectSaved(false, machine)
        },
        Case(name: "A machine without a folder is not saved, and has nothing to remove") { subject in
            let machine = try subject.machine(1)
            try await subject.expectFailure(.notFound) { try await subject.store.prepareSave(of: machine) }
            try await subject.expectFailure(.notFound) { try await subject.store.sealSave(of: machine.id) }
            try await subject.store.removeSave(of: machine.id)
        },
    ]
}

extension DiskStoreConformance.Subject {
    var session: SessionID { .numbered(1) }
    var otherSession: SessionID { .numbered(2) }

    func machine(_ number: Int, image: ImageID? = nil, disk: ByteCount? = nil, fork: Fork? = nil) throws -> Machine {
        try machine(number, session: session, image: image, disk: disk, fork: fork)
    }

    func machine(
        _ number: Int,
        session: SessionID?,
        role: Machine.Role? = nil,
        image: ImageID? = nil,
        memory: ByteCount = .mebibytes(4),
        disk: ByteCount? = nil,
        fork: Fork? = nil,
    ) throws -> Machine {
        var generator = Counter(state: UInt64(number))
        let policy = Policy(
            id: PolicyID(unchecked: "conformance"),
            title: LocalizedText(["en": "Conformance"]),
            time: Policy.TimeLimits(limit: .seconds(60)),
            resources: Policy.ResourceLimits(
                vcpus: 1,
                cpuPercent: 100,
                memory: memory,
                disk: imageSize + .gibibytes(1),
            ),
            isolation: .any,
            concurrency: Policy.Concurrency(perPerson: 1, host: 1),
        )
        var specification = try MachineSpecification(
            shape: MachineShape(name: "main", image: image ?? self.image),
            policy: policy,
        )
        specification.disk = disk
        return Machine(
            id: MachineID(using: &generator),
            session: session,
            role: role,
            name: "main",
            specification: specification,
            userID: userID,
            fork: fork,
        )
    }

    /// Makes a template, freezes and publishes it, and removes what is left of it.
    func publish(_ number: UInt64, key: String = "key") async throws -> Snapshot {
        let template = try machine(1000 + Int(number), session: nil, role: .template)
        try await store.makeDisk(for: template)
        try await world.freeze(template.id)
        let published = try await snapshots.publish(try snapshot(number, key: key), from: template.id)
        try await store.removeDisk(of: template.id)
        return published
    }

    /// A snapshot's description; the higher the number, the newer.
    func snapshot(_ number: UInt64, key: String = "key") throws -> Snapshot {
        Snapshot(
            id: .numbered(number),
            key: SnapshotKey(["test": key]),
            lab: LabID(unchecked: "conformance"),
            labVersion: 1,
            machine: "main",
            specification: try machine(1).specification,
            contents: SnapshotContents(hasHostKeys: true, services: ["ssh.service"]),
            createdAt: Timestamp(milliseconds: Int64(number)),
            buildTime: .milliseconds(1500),
        )
    }

    func expectObserved(_ machines: [Machine]) async throws {
        let expected = machines.map(\.id).sorted()
        let found = try await store.observeDisks().map(\.id).sorted()
        guard found == expected else {
            throw DiskStoreConformance.Broken(description: "expected the disks \(expected), observed \(found)")
        }
    }

    func expectSaved(_ isSaved: Bool, _ machine: Machine) async throws {
        let found = try await store.observeDisks()
        guard found == [ObservedDisk(id: machine.id, isSaved: isSaved)] else {
            throw DiskStoreConformance.Broken(description: "expected isSaved \(isSaved), observed \(found)")
        }
    }

    func expectFailure(_ code: FailureCode, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let failure as Failure where failure.code == code {
            return
        } catch {
            throw DiskStoreConformance.Broken(description: "expected a failure \(code.rawValue), got \(error)")
        }
        throw DiskStoreConformance.Broken(description: "expected a failure \(code.rawValue), got none")
    }
}

extension SessionID {
    fileprivate static func numbered(_ number: UInt64) -> SessionID {
        var generator = Counter(state: number)
        return SessionID(using: &generator)
    }
}

extension SnapshotID {
    static func numbered(_ number: UInt64) -> SnapshotID {
        var generator = Counter(state: number)
        return SnapshotID(using: &generator)
    }
}

/// Numbers that are the same on every run (SplitMix64).
private struct Counter: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

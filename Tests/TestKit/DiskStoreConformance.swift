package import SessionModel

/// What every `DiskStore` must do, one case per promise.
///
/// Every case gets a new, empty store.
package enum DiskStoreConformance {
    /// A store and what it can make disks on.
    package struct Subject: Sendable {
        /// The store.
        package let store: any DiskStore
        /// An image that disks can be made on.
        package let image: ImageID
        /// Its size, at least 1 MiB.
        package let imageSize: ByteCount
        /// A host user id that disks may belong to.
        package let userID: UInt32

        /// Bundles them.
        package init(store: any DiskStore, image: ImageID, imageSize: ByteCount, userID: UInt32) {
            self.store = store
            self.image = image
            self.imageSize = imageSize
            self.userID = userID
        }
    }

    /// One promise.
    package struct Case: Sendable, CustomStringConvertible {
        /// The promise, as a sentence.
        package let name: String
        fileprivate let body: @Sendable (Subject) async throws -> Void

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
    package static let cases: [Case] = [
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
        Case(name: "A kept disk outlives its machine, and keeping it again does nothing") { subject in
            let machine = try subject.machine(1)
            try await subject.store.makeDisk(for: machine)
            for _ in 0..<2 { try await subject.store.keepDisk(of: machine.id, session: subject.session) }
            try await subject.store.removeDisk(of: machine.id)
            try await subject.expectObserved([])
            try await subject.store.keepDisk(of: machine.id, session: subject.session)
        },
        Case(name: "A disk that never was cannot be kept") { subject in
            let machine = try subject.machine(1)
            try await subject.expectFailure(.notFound) {
                try await subject.store.keepDisk(of: machine.id, session: subject.session)
            }
        },
        Case(name: "A removed disk cannot be kept") { subject in
            let machine = try subject.machine(1)
            try await subject.store.makeDisk(for: machine)
            try await subject.store.removeDisk(of: machine.id)
            try await subject.expectFailure(.notFound) {
                try await subject.store.keepDisk(of: machine.id, session: subject.session)
            }
        },
        Case(name: "A disk cannot be kept for another session") { subject in
            let machine = try subject.machine(1)
            try await subject.store.makeDisk(for: machine)
            try await subject.expectFailure(.conflict) {
                try await subject.store.keepDisk(of: machine.id, session: subject.otherSession)
            }
            try await subject.store.keepDisk(of: machine.id, session: subject.session)
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
}

extension DiskStoreConformance.Subject {
    fileprivate var session: SessionID { .numbered(1) }
    fileprivate var otherSession: SessionID { .numbered(2) }

    fileprivate func machine(_ number: Int, image: ImageID? = nil, disk: ByteCount? = nil) throws -> Machine {
        try machine(number, session: session, image: image, disk: disk)
    }

    fileprivate func machine(
        _ number: Int,
        session: SessionID?,
        image: ImageID? = nil,
        disk: ByteCount? = nil,
    ) throws -> Machine {
        var generator = Counter(state: UInt64(number))
        let policy = Policy(
            id: PolicyID(unchecked: "conformance"),
            title: LocalizedText(["en": "Conformance"]),
            time: Policy.TimeLimits(limit: .seconds(60)),
            resources: Policy.ResourceLimits(
                vcpus: 1,
                cpuPercent: 100,
                memory: .mebibytes(256),
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
            name: "main",
            specification: specification,
            userID: userID,
        )
    }

    fileprivate func expectObserved(_ machines: [Machine]) async throws {
        let expected = machines.map(\.id).sorted()
        let found = try await store.observeDisks().sorted()
        guard found == expected else {
            throw DiskStoreConformance.Broken(description: "expected the disks \(expected), observed \(found)")
        }
    }

    fileprivate func expectFailure(_ code: FailureCode, _ body: () async throws -> Void) async throws {
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

package import SessionModel

/// Keeps disks in memory, by the rules of ``DiskStoreConformance``, and fails when told to.
package actor FakeDiskStore: DiskStore {
    /// The images that disks can be made on, with their sizes.
    package let images: [ImageID: ByteCount]
    /// The disks there are, by machine.
    package private(set) var disks: [MachineID: Machine] = [:]
    /// The disks that became evidence, by session.
    package private(set) var evidence: [SessionID: Set<MachineID>] = [:]
    private var problem: String?
    private var failures: [Injection] = []

    /// Makes a store.
    ///
    /// - Parameter images: The images that disks can be made on, with their sizes.
    package init(images: [ImageID: ByteCount]) { self.images = images }

    /// A method of the store.
    package enum Verb: Sendable, CaseIterable {
        case makeDisk, removeDisk, keepDisk, observeDisks
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
            if let disk = disks[machine.id] {
                guard disk.specification.image == machine.specification.image, disk.session == machine.session else {
                    throw Failure(.conflict, "the disk of machine \(machine.id) stands on another image")
                }
                return
            }
            let image = machine.specification.image
            guard let size = images[image] else { throw Failure(.notFound, "there is no image \"\(image)\"") }
            guard (machine.specification.disk ?? size) >= size else {
                throw Failure(.invalidInput, "machine \(machine.id) asks for a disk smaller than its image")
            }
            disks[machine.id] = machine
        }
    }

    package func removeDisk(of id: MachineID) async throws {
        try act(.removeDisk) { disks[id] = nil }
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
            return problem
        }
    }

    package func observeDisks() async throws -> [MachineID] {
        try act(.observeDisks) { disks.keys.sorted() }
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

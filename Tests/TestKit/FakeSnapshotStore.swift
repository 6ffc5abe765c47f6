package import SessionModel

/// Keeps snapshots in memory, by the rules of ``SnapshotStoreConformance``, and fails when told to.
package actor FakeSnapshotStore: SnapshotStore {
    private let disks: FakeDiskStore
    private var failures: [Injection] = []

    /// Makes a store.
    ///
    /// - Parameter disks: Where templates and forks have their disks.
    package init(disks: FakeDiskStore) { self.disks = disks }

    /// A method of the store.
    package enum Verb: Sendable, CaseIterable {
        case snapshots, usableSnapshot, publish, condemn, verify, remove
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
        _ moment: FakeDiskStore.Moment,
        times: Int = 1,
        with failure: Failure = Failure(.storage, "injected"),
    ) {
        failures += Array(repeating: Injection(verb: verb, moment: moment, failure: failure), count: times)
    }

    package func snapshots() async throws -> (snapshots: [Snapshot], problems: [String]) {
        try await act(.snapshots) { (await all(), []) }
    }

    package func usableSnapshot(for key: SnapshotKey) async throws -> Snapshot? {
        try await act(.usableSnapshot) {
            for snapshot in await all() where snapshot.key == key { await disks.compare(snapshot.id) }
            return await all().last { $0.key == key && $0.health == .usable }
        }
    }

    package func contents(of id: SnapshotID) async throws -> SnapshotContents {
        guard let snapshot = await all().first(where: { $0.id == id }) else {
            throw Failure(.notFound, "there is no snapshot \"\(id)\"")
        }
        return snapshot.contents
    }

    package func publish(_ snapshot: Snapshot, from template: MachineID) async throws -> Snapshot {
        try await act(.publish) { try await disks.publish(snapshot, from: template) }
    }

    package func condemn(_ id: SnapshotID, because why: String) async throws {
        try await act(.condemn) { await disks.condemn(id, because: why) }
    }

    package func verify() async throws {
        try await act(.verify) { for snapshot in await all() { await disks.compare(snapshot.id) } }
    }

    package func remove(_ id: SnapshotID) async throws {
        try await act(.remove) { try await disks.removeSnapshot(id) }
    }

    private func all() async -> [Snapshot] {
        await disks.snapshots.values.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    private func act<Result>(_ verb: Verb, _ effect: () async throws -> Result) async throws -> Result {
        let struck = failures.firstIndex { $0.verb == verb }.map { failures.remove(at: $0) }
        if let struck, struck.moment == .beforeEffect { throw struck.failure }
        let result = try await effect()
        if let struck { throw struck.failure }
        return result
    }

    private struct Injection {
        let verb: Verb
        let moment: FakeDiskStore.Moment
        let failure: Failure
    }
}

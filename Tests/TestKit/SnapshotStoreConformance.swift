import SessionModel

/// What every `SnapshotStore` must do, one case per promise, together with the store of disks it belongs to.
///
/// Every case gets new, empty stores.
package enum SnapshotStoreConformance {
    package typealias Case = DiskStoreConformance.Case
    package typealias Subject = DiskStoreConformance.Subject

    /// Holds a store to a promise.
    ///
    /// - Throws: ``DiskStoreConformance/Broken`` when it does not keep it, and whatever the stores throw where they should
    ///   not.
    package static func run(_ promise: Case, on makeSubject: () async throws -> Subject) async throws {
        try await DiskStoreConformance.run(promise, on: makeSubject)
    }

    /// All promises.
    package static let cases = publication + choice + health + removal

    private static let publication = [
        Case(name: "A published snapshot is listed as it was described, with its size") { subject in
            try await subject.expectSnapshots([])
            let published = try await subject.publish(1)
            var described = try subject.snapshot(1)
            described.fileSize = published.fileSize
            guard published == described, published.fileSize.bytes > 0 else {
                throw DiskStoreConformance.Broken(description: "\(described) was published as \(published)")
            }
            try await subject.expectSnapshots([published])
        },
        Case(name: "Publishing again, or several times at once, does nothing more") { subject in
            let template = try subject.machine(1, session: nil, role: .template)
            try await subject.store.makeDisk(for: template)
            try await subject.world.freeze(template.id)
            let snapshot = try subject.snapshot(1)
            let published = try await withThrowingTaskGroup(of: Snapshot.self) { group in
                for _ in 0..<3 { group.addTask { try await subject.snapshots.publish(snapshot, from: template.id) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let again = try await subject.snapshots.publish(snapshot, from: template.id)
            guard published.allSatisfy({ $0 == again }) else {
                throw DiskStoreConformance.Broken(description: "\(published) and then \(again) were published")
            }
            try await subject.store.removeDisk(of: template.id)
            _ = try await subject.snapshots.publish(snapshot, from: template.id)
            try await subject.expectSnapshots([again])
        },
        Case(name: "A machine that is not there, or a session's, is not published") { subject in
            let (snapshot, absent, member) = (try subject.snapshot(1), try subject.machine(1), try subject.machine(2))
            try await subject.store.makeDisk(for: member)
            try await subject.expectFailure(.notFound) {
                _ = try await subject.snapshots.publish(snapshot, from: absent.id)
            }
            try await subject.expectFailure(.conflict) {
                _ = try await subject.snapshots.publish(snapshot, from: member.id)
            }
            try await subject.expectSnapshots([])
            try await subject.expectObserved([member])
        },
    ]

    private static let choice = [
        Case(name: "Snapshots are listed oldest first") { subject in
            let second = try await subject.publish(2, key: "one")
            let (third, first) = (try await subject.publish(3), try await subject.publish(1, key: "two"))
            try await subject.expectSnapshots([first, second, third])
        },
        Case(name: "The newest usable snapshot of a key is chosen") { subject in
            let (second, first) = (try await subject.publish(2), try await subject.publish(1))
            let other = try await subject.publish(3, key: "other")
            try await subject.expectUsable(second)
            try await subject.expectUsable(other, key: "other")
            try await subject.expectUsable(nil, key: "absent")
            try await subject.snapshots.condemn(second.id, because: "it did not load")
            try await subject.expectUsable(first)
            try await subject.snapshots.condemn(first.id, because: "it did not load")
            try await subject.expectUsable(nil)
        },
    ]

    private static let health = [
        Case(name: "A condemned snapshot stays, with the first reason") { subject in
            var snapshot = try await subject.publish(1)
            for why in ["it did not load", "something else"] {
                try await subject.snapshots.condemn(snapshot.id, because: why)
            }
            snapshot.health = .unusable("it did not load")
            try await subject.expectSnapshots([snapshot])
        },
        Case(name: "Condemning an absent snapshot does nothing") { subject in
            try await subject.snapshots.condemn(.numbered(1), because: "it did not load")
            try await subject.expectSnapshots([])
        },
        Case(name: "Comparing finds what is damaged and leaves what is not") { subject in
            let (sound, damaged) = (try await subject.publish(1), try await subject.publish(2))
            try await subject.snapshots.verify()
            try await subject.expectSnapshots([sound, damaged])
            try await subject.world.damage(damaged.id)
            for _ in 0..<2 { try await subject.snapshots.verify() }
            let found = try await subject.snapshots.snapshots().snapshots
            guard found.map(\.id) == [sound.id, damaged.id], found.map({ $0.health == .usable }) == [true, false] else {
                throw DiskStoreConformance.Broken(description: "after damage, found \(found.map(\.health))")
            }
            try await subject.expectUsable(sound)
        },
        Case(name: "A damaged snapshot is not chosen, and unusable from then on") { subject in
            let (sound, damaged) = (try await subject.publish(1), try await subject.publish(2))
            try await subject.world.damage(damaged.id)
            try await subject.expectUsable(sound)
            guard try await subject.snapshots.snapshots().snapshots.last?.health != .usable else {
                throw DiskStoreConformance.Broken(description: "the damaged snapshot is still usable")
            }
        },
    ]

    private static let removal = [
        Case(name: "A removed snapshot is gone, however often") { subject in
            let (first, second) = (try await subject.publish(1), try await subject.publish(2))
            for _ in 0..<2 { try await subject.snapshots.remove(second.id) }
            try await subject.expectSnapshots([first])
            try await subject.expectUsable(first)
        },
        Case(name: "A snapshot is not removed while a fork stands on it") { subject in
            let snapshot = try await subject.publish(1)
            let machine = try subject.machine(1, fork: Fork(snapshot.id))
            try await subject.store.makeDisk(for: machine)
            try await subject.expectFailure(.inUse) { try await subject.snapshots.remove(snapshot.id) }
            try await subject.expectSnapshots([snapshot])
            try await subject.store.removeDisk(of: machine.id)
            try await subject.snapshots.remove(snapshot.id)
            try await subject.expectSnapshots([])
        },
        Case(name: "A snapshot is not removed while a kept disk stands on it") { subject in
            let snapshot = try await subject.publish(1)
            let machine = try subject.machine(1, fork: Fork(snapshot.id))
            try await subject.store.makeDisk(for: machine)
            try await subject.store.keepDisk(of: machine.id, session: subject.session)
            try await subject.store.removeDisk(of: machine.id)
            try await subject.expectFailure(.inUse) { try await subject.snapshots.remove(snapshot.id) }
            try await subject.expectSnapshots([snapshot])
        },
    ]
}

extension DiskStoreConformance.Subject {
    fileprivate func expectSnapshots(_ expected: [Snapshot]) async throws {
        let found = try await snapshots.snapshots()
        guard found.snapshots == expected, found.problems.isEmpty else {
            throw DiskStoreConformance.Broken(description: "expected the snapshots \(expected), found \(found)")
        }
    }

    fileprivate func expectUsable(_ expected: Snapshot?, key: String = "key") async throws {
        let found = try await snapshots.usableSnapshot(for: SnapshotKey(["test": key]))
        guard found == expected else {
            throw DiskStoreConformance.Broken(
                description:
                    "expected snapshot \(String(describing: expected?.id)), found \(String(describing: found?.id))"
            )
        }
    }
}

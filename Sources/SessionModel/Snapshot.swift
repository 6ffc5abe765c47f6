/// A booted, set-up, frozen machine from which others are forked: its memory, the state of its devices and its disk.
package struct Snapshot: Sendable, Equatable, Codable {
    /// Its identifier, new with every build.
    package let id: SnapshotID
    /// What it was built from and for.
    package let key: SnapshotKey
    /// The lab whose machine it is.
    package let lab: LabID
    /// The edition of the lab.
    package let labVersion: Int
    /// The machine's name inside the lab.
    package let machine: String
    /// What a machine forked from it is made of.
    package let specification: MachineSpecification
    /// What is in its guest that a fork must make anew.
    package let contents: SnapshotContents
    /// When it was built.
    package let createdAt: Timestamp
    /// How long building it took.
    package let buildTime: Duration
    /// What its files take up on the host's disk.
    package var fileSize: ByteCount
    /// Whether machines may be forked from it.
    package var health: Health

    /// Makes a snapshot's description from its parts.
    package init(
        id: SnapshotID,
        key: SnapshotKey,
        lab: LabID,
        labVersion: Int,
        machine: String,
        specification: MachineSpecification,
        contents: SnapshotContents,
        createdAt: Timestamp,
        buildTime: Duration,
        fileSize: ByteCount = ByteCount(bytes: 0),
        health: Health = .usable,
    ) {
        self.id = id
        self.key = key
        self.lab = lab
        self.labVersion = labVersion
        self.machine = machine
        self.specification = specification
        self.contents = contents
        self.createdAt = createdAt
        self.buildTime = buildTime
        self.fileSize = fileSize
        self.health = health
    }

    /// Whether machines may be forked from a snapshot.
    package enum Health: Sendable, Equatable, Codable {
        /// They may.
        case usable
        /// They may not, and why.
        case unusable(String)
    }
}

/// Everything that must be the same for a machine to be forked from a snapshot, by name: the image's digests, the lab,
/// the machine's shape, and what the host's emulator makes of it.
///
/// Device state loads only into the very machine it was saved from.
package struct SnapshotKey: Sendable, Equatable, Hashable, Codable {
    /// The facts by name.
    package var facts: [String: String]

    /// Makes a key.
    package init(_ facts: [String: String]) { self.facts = facts }

    /// What differs between two keys, by name, in alphabetical order.
    package func differences(from other: SnapshotKey) -> [String] {
        Set(facts.keys).union(other.facts.keys).filter { facts[$0] != other.facts[$0] }.sorted()
    }
}

/// What is in a snapshot's guest that a fork must make anew.
package struct SnapshotContents: Sendable, Equatable, Codable {
    /// Whether it has an ssh server's host keys.
    package var hasHostKeys: Bool
    /// Services that run and hold keys; they are restarted after a fork.
    package var services: [String]

    /// Makes a description.
    package init(hasHostKeys: Bool = false, services: [String] = []) {
        self.hasHostKeys = hasHostKeys
        self.services = services
    }
}

/// How a machine comes from a snapshot.
package struct Fork: Sendable, Equatable, Codable {
    /// The snapshot.
    package var snapshot: SnapshotID
    /// With whom it shares the pages of memory that nobody has written to.
    package var memory: Memory

    /// Makes a fork's description.
    package init(_ snapshot: SnapshotID, memory: Memory = .lab) {
        self.snapshot = snapshot
        self.memory = memory
    }

    /// With whom a machine shares unwritten pages of memory.
    package enum Memory: Sendable, Equatable, Codable {
        /// With every fork of the snapshot.
        case lab
        /// With forks for the same cohort.
        case cohort(CohortID)
        /// With nobody: it has a copy of the memory file to itself.
        case machine
    }
}

/// Names a cohort: people who share a lab, a policy and a window of time.
package struct CohortID: Slug {
    package let name: String
    package init(unchecked name: String) { self.name = name }
}

/// With whom a session's machines may share unwritten pages of memory.
///
/// Shared pages are a known side channel: a neighbour can tell by timing which of them another one reads.
package enum Sharing: String, Sendable, Codable, CaseIterable {
    /// With all sessions of the same lab.
    case lab
    /// With sessions of the same cohort; a session that has no cohort shares with nobody.
    case cohort
    /// With nobody.
    case none
}

/// Keeps snapshots on disk.
package protocol SnapshotStore: Sendable {
    /// All snapshots, oldest first, and what is wrong with folders that could not be read.
    func snapshots() async throws -> (snapshots: [Snapshot], problems: [String])
    /// The newest snapshot of that key from which machines can be forked now; `nil` when there is none.
    ///
    /// Its files are looked at, not read; one whose files changed is compared with its digests first, and is unusable
    /// from then on when they differ.
    func usableSnapshot(for key: SnapshotKey) async throws -> Snapshot?
    /// What is in a snapshot's guest that a fork must make anew. - Throws: ``Failure`` with `notFound`.
    func contents(of id: SnapshotID) async throws -> SnapshotContents
    /// Takes what a frozen template left as a snapshot: durable, read-only, with digests.
    ///
    /// Does nothing when that was done.
    ///
    /// - Returns: The snapshot with its size.
    func publish(_ snapshot: Snapshot, from template: MachineID) async throws -> Snapshot
    /// Makes a snapshot unusable, for example because it could not be loaded. Does nothing when it is gone.
    func condemn(_ id: SnapshotID, because why: String) async throws
    /// Compares every snapshot with its digests; one that differs is unusable from then on.
    func verify() async throws
    /// Removes a snapshot. An absent one is a success.
    ///
    /// - Throws: ``Failure`` with `inUse` while a disk stands on it.
    func remove(_ id: SnapshotID) async throws
}

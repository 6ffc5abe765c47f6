/// Whether a session may have machines now.
package enum Admission: Sendable, Equatable {
    /// There is room.
    case admit
    /// There will be room when something else ends.
    case queue(Wait)
    /// There will never be room; why.
    case deny(String)

    /// What a session in the queue waits for.
    package struct Wait: Sendable, Equatable {
        /// What it waits for, in plain words.
        package let why: String
        /// Whether it is room on the host, which those who ask later must not take first; otherwise it is a limit of the
        /// session's own, which holds up nobody else.
        package let isForRoom: Bool
        /// Whether it would be over if spares made way.
        package let sparesWouldDo: Bool

        /// Makes a reason to wait.
        package init(_ why: String, isForRoom: Bool, sparesWouldDo: Bool = false) {
            self.why = why
            self.isForRoom = isForRoom
            self.sparesWouldDo = sparesWouldDo
        }
    }

    /// Memory that is always left to the host.
    package static let memoryReserve = ByteCount.mebibytes(512)
    /// Disk space that is always left to the host.
    package static let diskReserve = ByteCount.gibibytes(2)
    /// How many times what the host has may be promised to machines.
    package struct Overcommit: Sendable, Equatable {
        /// Of memory: machines that fill up together make the host end one of them when it is more than 1.
        package var memory = 1.0
        /// Of disk: an overlay holds only what was written, and a machine that finds the disk full waits for space.
        package var disk = 2.0

        /// Makes the defaults.
        package init() {}
    }
}

/// What has been given out of the host, and to whom.
///
/// A pure value: it is handed everything it looks at.
package struct AdmissionLedger: Sendable, Equatable {
    private var grants: [SessionID: Grant] = [:]
    private var all = Sum()
    /// What was given to machines that have not yet taken it, so that the host still counts it as free.
    private var promised = Sum()
    private var alive: [Party: Int] = [:]
    private let overcommit: Admission.Overcommit

    /// Makes an empty ledger.
    ///
    /// - Parameter overcommit: How many times the host's memory and disk may be given out.
    package init(overcommit: Admission.Overcommit = .init()) { self.overcommit = overcommit }

    /// Whether a session has been given room.
    package func holds(_ id: SessionID) -> Bool { grants[id] != nil }

    /// Decides on a session that has been given nothing.
    ///
    /// - Parameters:
    ///   - session: The session that asks.
    ///   - capacity: What the host has.
    ///   - spares: Memory that machines may use which would make way.
    /// - Returns: The decision; nothing is given yet.
    package func decide(
        _ session: Session,
        capacity: HostCapacity,
        spares: ByteCount = ByteCount(bytes: 0),
    ) -> Admission {
        let asked = Sum(session)
        // Whoever is graded must find room for a machine that looks at the disk, however full the host is by then.
        let kept = max(session.memoryToGradeWith, grants.values.map(\.toGrade).max() ?? ByteCount(bytes: 0))
        let limits = session.policy.concurrency
        let mine = Party(policy: session.policy.id, person: session.person)
        let everyone = Party(policy: session.policy.id, person: nil)
        func room(_ why: String) -> Admission { .queue(.init(why, isForRoom: true)) }
        func limit(_ why: String) -> Admission { .queue(.init(why, isForRoom: false)) }

        // Not even if everyone else left.
        let memory = capacity.memory + all.memory + spares
        if asked.memory + session.memoryToGradeWith + Admission.memoryReserve > min(memory, capacity.memoryTotal) {
            let more = session.memoryToGradeWith.mebibytes
            let graded = more == 0 ? "" : ", and is graded with \(more) MiB more"
            return .deny("it may use \(asked.memory.mebibytes) MiB of memory\(graded), which this host has for nobody")
        }
        if asked.disk + Admission.diskReserve > min(capacity.disk + all.disk, capacity.diskTotal) {
            return .deny("it may write \(asked.disk.mebibytes) MiB to disk, which this host has for nobody")
        }
        if alive[mine, default: 0] >= limits.perPerson {
            return limit("the policy allows a person \(limits.perPerson) at a time")
        }
        if alive[everyone, default: 0] >= limits.host {
            return limit("the policy allows \(limits.host) at a time on this host")
        }
        if !hasRoom(for: asked.memory + kept, capacity: capacity) {
            var cleared = capacity
            cleared.memory = capacity.memory + spares
            let why = "it may use \(asked.memory.mebibytes) MiB of memory, \(capacity.memory.mebibytes) MiB are free"
            return .queue(
                .init(why, isForRoom: true, sparesWouldDo: hasRoom(for: asked.memory + kept, capacity: cleared))
            )
        }
        if asked.disk + Admission.diskReserve > capacity.disk {
            return room("it may write \(asked.disk.mebibytes) MiB to disk, \(capacity.disk.mebibytes) MiB are free")
        }
        if exceeds(all.memory + asked.memory, capacity.memoryTotal, overcommit.memory) {
            return room("machines may use \(all.memory.mebibytes) MiB of memory already")
        }
        if exceeds(all.disk + asked.disk, capacity.diskTotal, overcommit.disk) {
            return room("machines may write \(all.disk.mebibytes) MiB to disk already")
        }
        return .admit
    }

    /// Whether so much memory is free and promised to nobody.
    package func hasRoom(for memory: ByteCount, capacity: HostCapacity) -> Bool {
        memory + Admission.memoryReserve + promised.memory <= capacity.memory
    }

    /// Whether machines have yet to take what was given to them.
    package var hasPromises: Bool { promised != Sum() }

    /// Gives a session what it asks for.
    ///
    /// - Parameters:
    ///   - session: Who gets it.
    ///   - isPromise: Whether its machines have yet to take it.
    package mutating func grant(_ session: Session, isPromise: Bool) {
        release(session.id)
        let grant = Grant(
            amount: Sum(session),
            isPromise: isPromise,
            parties: [nil, session.person].map { Party(policy: session.policy.id, person: $0) },
            toGrade: session.memoryToGradeWith,
        )
        grants[session.id] = grant
        all.add(grant.amount)
        if isPromise { promised.add(grant.amount) }
        for party in grant.parties { alive[party, default: 0] += 1 }
    }

    /// The session's machines have taken their memory: the host's own figures count it from now on.
    package mutating func settle(_ id: SessionID) {
        guard let grant = grants[id], grant.isPromise else { return }
        grants[id]?.isPromise = false
        promised.subtract(grant.amount)
    }

    /// The session gives its room back.
    package mutating func release(_ id: SessionID) {
        guard let grant = grants.removeValue(forKey: id) else { return }
        all.subtract(grant.amount)
        if grant.isPromise { promised.subtract(grant.amount) }
        for party in grant.parties {
            guard let count = alive[party], count > 1 else {
                alive[party] = nil
                continue
            }
            alive[party] = count - 1
        }
    }

    private func exceeds(_ amount: ByteCount, _ total: ByteCount, _ times: Double) -> Bool {
        Double(amount.bytes) > Double(total.bytes) * times
    }

    /// What a session has been given.
    private struct Grant: Equatable {
        let amount: Sum
        var isPromise: Bool
        let parties: [Party]
        /// What the largest machine may use that it is graded with.
        let toGrade: ByteCount
    }

    /// Whose sessions a limit counts: a person's under a policy, or everybody's.
    private struct Party: Hashable {
        let policy: PolicyID
        let person: PersonID?
    }

    /// Memory that machines may use, and what they may write to disk.
    private struct Sum: Equatable {
        private(set) var memory = ByteCount(bytes: 0)
        private(set) var disk = ByteCount(bytes: 0)

        init() {}

        init(_ session: Session) {
            for machine in session.machines {
                memory = memory + machine.specification.memoryCeiling
                disk = disk + (machine.specification.disk ?? ByteCount(bytes: 0))
            }
        }

        mutating func add(_ other: Sum) {
            memory = memory + other.memory
            disk = disk + other.disk
        }

        mutating func subtract(_ other: Sum) {
            memory = ByteCount(bytes: memory.bytes - other.memory.bytes)
            disk = ByteCount(bytes: disk.bytes - other.disk.bytes)
        }
    }
}

extension Session {
    /// What the largest machine may use that is made of a copy of one of its disks to grade it; nothing where none is.
    fileprivate var memoryToGradeWith: ByteCount {
        let checks = (definition?.tasks ?? []).map(\.check)
        let restarted = machines.filter { machine in
            checks.contains { $0.isAfterReboot && $0.machine == machine.name }
        }
        let examined = machines.filter { definition?.examined.contains($0.name) == true }
        let graders = examined.map { MachineSpecification.grader(of: $0.specification.image) }
        return (restarted.map(\.specification) + graders).map(\.memoryCeiling).max() ?? ByteCount(bytes: 0)
    }
}

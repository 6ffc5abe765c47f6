/// Decides whether a session may have machines now.
///
/// Pure: it is handed everything it looks at.
package enum Admission: Sendable, Equatable {
    /// There is room.
    case admit
    /// There will be room when something else ends; why there is none now.
    case queue(String)
    /// There will never be room; why.
    case deny(String)

    /// Memory that is always left to the host.
    package static let memoryReserve = ByteCount.mebibytes(512)
    /// Disk space that is always left to the host.
    package static let diskReserve = ByteCount.gibibytes(2)

    /// What an admitted session that is not torn down has been given.
    package struct Grant: Sendable, Equatable {
        /// Whose session it is.
        package var person: PersonID
        /// Under which policy.
        package var policy: PolicyID
        /// The sum of its machines' memory ceilings.
        package var memory: ByteCount
        /// Whether its machines have not yet taken the memory they were given, so that the host still counts it as free.
        package var isPromise: Bool

        /// The grant of a session.
        package init(for session: Session, isPromise: Bool) {
            person = session.person
            policy = session.policy.id
            memory = session.machines.reduce(ByteCount(bytes: 0)) { $0 + $1.specification.memoryCeiling }
            self.isPromise = isPromise
        }
    }

    /// Decides.
    ///
    /// Overlays are sparse, so disk space is asked for each session alone and not summed up over all of them.
    ///
    /// - Parameters:
    ///   - session: The session that asks.
    ///   - grants: What all other sessions have been given.
    ///   - capacity: What the host has left.
    /// - Returns: The decision.
    package static func decide(_ session: Session, grants: some Sequence<Grant>, capacity: HostCapacity) -> Admission {
        let none = ByteCount(bytes: 0)
        let memory = Grant(for: session, isPromise: true).memory
        let disk = session.machines.reduce(none) { $0 + ($1.specification.disk ?? none) }
        let promised = grants.filter(\.isPromise).map(\.memory).reduce(none, +)
        let taken = grants.filter { !$0.isPromise }.map(\.memory).reduce(none, +)
        let concurrency = session.policy.concurrency
        let alike = grants.filter { $0.policy == session.policy.id }
        if memory + memoryReserve > capacity.memory + taken {
            return .deny(
                "it may use \(memory.mebibytes) MiB of memory and the host would not have that with no session running"
            )
        }
        if alike.count(where: { $0.person == session.person }) >= concurrency.perPerson {
            return .queue("the policy allows a person \(concurrency.perPerson) at a time")
        }
        if alike.count >= concurrency.host {
            return .queue("the policy allows \(concurrency.host) at a time on this host")
        }
        if memory + memoryReserve + promised > capacity.memory {
            return .queue("it may use \(memory.mebibytes) MiB of memory, \(capacity.memory.mebibytes) MiB are free")
        }
        if disk + diskReserve > capacity.disk {
            return .queue("it may write \(disk.mebibytes) MiB to disk, \(capacity.disk.mebibytes) MiB are free")
        }
        return .admit
    }
}

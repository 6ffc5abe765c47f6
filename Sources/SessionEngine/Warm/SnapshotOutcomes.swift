import SessionModel

/// What became of snapshots that were built and forked, and whether another one is worth building.
///
/// What fails again and again is given up until somebody asks for it, or what it is built from changes.
struct SnapshotOutcomes {
    /// How long to wait before a build that failed is tried again; after as many failures as there are waits it is given up.
    static let retries: [Duration] = [.seconds(60), .seconds(300)]
    /// How many failures to load in a row make a snapshot unusable, when the loading itself did not say so.
    static let patience = 2

    private struct Setback {
        var count = 0
        var why = ""
        /// When it may be tried again, on the monotonic clock; `nil` when it is given up.
        var next: Duration?
    }

    /// Builds that failed since one succeeded.
    private var setbacks: [SnapshotKey: Setback] = [:]
    private var doubts: [SnapshotID: Int] = [:]
    /// What snapshots that were handed out were built from.
    private var keysOfUsed: [SnapshotID: SnapshotKey] = [:]
    /// How many snapshots of a key were taken out of service since one could be forked.
    private var condemned: [SnapshotKey: Int] = [:]

    // MARK: Building

    /// Whether one may be built now, at a moment on the monotonic clock.
    func mayBuild(_ key: SnapshotKey, at now: Duration) -> Bool {
        guard !isGivenUp(key) else { return false }
        guard let setback = setbacks[key] else { return true }
        return setback.next.map { $0 <= now } ?? false
    }

    /// Why there is none; `nil` while nothing speaks against it.
    func why(_ key: SnapshotKey) -> String? {
        if let setback = setbacks[key] { return setback.why }
        guard isGivenUp(key) else { return nil }
        return "\(condemned[key, default: 0]) snapshots were built and none could be forked"
    }

    /// One was built.
    mutating func built(_ key: SnapshotKey) { setbacks[key] = nil }

    /// One could not be built.
    mutating func buildFailed(_ key: SnapshotKey, _ error: any Error, at now: Duration) {
        var setback = setbacks[key] ?? Setback()
        let wait = setback.count < Self.retries.count ? Self.retries[setback.count] : nil
        // Want of room is nobody's fault and passes by itself.
        if (error as? Failure)?.code != .noCapacity { setback.count += 1 }
        setback.why = (error as? Failure)?.message ?? "\(error)"
        setback.next = wait.map { now + $0 }
        setbacks[key] = setback
    }

    /// Somebody asks for one, whatever came of earlier ones.
    mutating func ordered(_ key: SnapshotKey) { condemned[key] = nil }

    // MARK: Forking

    /// A snapshot is handed out.
    mutating func used(_ id: SnapshotID, of key: SnapshotKey) { keysOfUsed[id] = key }

    /// A machine was forked from it and answers.
    mutating func loaded(_ id: SnapshotID) {
        doubts[id] = nil
        if let key = keysOfUsed[id] { condemned[key] = nil }
    }

    /// Whether it is the snapshot's fault that no machine could be forked from it, as far as is known by now.
    mutating func isToBlame(_ id: SnapshotID, for failure: Failure) -> Bool {
        switch failure.code {
        case .snapshotUnusable: break
        case .guestSilent:
            doubts[id, default: 0] += 1
            guard doubts[id, default: 0] >= Self.patience else { return false }
        default: return false
        }
        doubts[id] = nil
        return true
    }

    /// It is taken out of service.
    mutating func condemned(_ id: SnapshotID, of key: SnapshotKey) {
        keysOfUsed[id] = nil
        condemned[key, default: 0] += 1
    }

    /// Whether snapshots of a key are built again and again and never work.
    func isGivenUp(_ key: SnapshotKey) -> Bool { condemned[key, default: 0] > Self.retries.count }

    // MARK: -

    /// Forgets what nobody wants any more.
    mutating func forget(allBut keys: Set<SnapshotKey>) {
        setbacks = setbacks.filter { keys.contains($0.key) }
        condemned = condemned.filter { keys.contains($0.key) }
        keysOfUsed = keysOfUsed.filter { keys.contains($0.value) }
        doubts = doubts.filter { keysOfUsed[$0.key] != nil }
    }
}

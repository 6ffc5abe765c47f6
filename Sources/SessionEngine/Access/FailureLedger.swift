/// Counts failed attempts by something they have in common, and says how long the next one has to wait.
///
/// Pure: the time is an argument. It holds so much and no more, however many keys there are.
struct FailureLedger<Key: Hashable & Sendable>: Sendable {
    /// How long a failure counts.
    static var window: Duration { .seconds(15 * 60) }
    /// How long the first attempt beyond the allowance waits after the last failure; each further one twice as long.
    static var firstWait: Duration { .seconds(1) }
    /// The longest an attempt waits.
    static var longestWait: Duration { .seconds(60) }
    /// How many doublings lead from the first wait beyond the longest.
    private static var doublings: Int { 6 }

    /// How many failures cost no wait.
    let allowance: Int
    /// How many keys are held at most.
    let capacity: Int
    private var records: [Key: Record] = [:]

    /// Makes an empty ledger.
    init(allowance: Int, capacity: Int = 4_096) {
        self.allowance = allowance
        self.capacity = capacity
    }

    /// How many keys are held.
    var count: Int { records.count }

    /// How long an attempt has to wait; nothing when it may be made now.
    ///
    /// Attempts whose outcome is not known yet count as failures: many at once are no way around the wait.
    func wait(for key: Key, at now: Duration) -> Duration {
        guard let record = records[key] else { return .zero }
        let failures = record.recent(at: now)
        if record.inFlight > 0, failures.count + record.inFlight >= allowance { return Self.firstWait }
        guard failures.count >= allowance, let last = failures.last else { return .zero }
        let wait = Self.firstWait * (1 << min(failures.count - allowance, Self.doublings))
        return max(.zero, last + min(wait, Self.longestWait) - now)
    }

    /// An attempt is made.
    mutating func begin(_ key: Key, at now: Duration) {
        if records[key] == nil { makeRoom(at: now) }
        records[key, default: Record()].inFlight += 1
    }

    /// An attempt has failed.
    mutating func fail(_ key: Key, at now: Duration) {
        guard var record = records[key] else { return }
        record.inFlight -= 1
        // More would change nothing any more.
        record.failures = Array((record.recent(at: now) + [now]).suffix(allowance + Self.doublings))
        records[key] = record
    }

    /// An attempt was none, or it has succeeded.
    ///
    /// - Parameters:
    ///   - key: What it has in common with others.
    ///   - forgiving: Whether earlier failures count no more.
    mutating func leave(_ key: Key, forgiving: Bool) {
        guard var record = records[key] else { return }
        record.inFlight -= 1
        if forgiving { record.failures = [] }
        records[key] = record.isEmpty ? nil : record
    }

    private mutating func makeRoom(at now: Duration) {
        guard records.count >= capacity else { return }
        records = records.filter { $0.value.inFlight > 0 || !$0.value.recent(at: now).isEmpty }
        guard records.count >= capacity else { return }
        // Whoever has failed least: a flood of keys that fail once each drives out no key that is being attacked.
        let least = records.filter { $0.value.inFlight == 0 }.min { left, right in
            (left.value.failures.count, left.value.failures.last ?? .zero)
                < (right.value.failures.count, right.value.failures.last ?? .zero)
        }
        if let least { records[least.key] = nil }
    }

    private struct Record: Sendable {
        /// When attempts failed, oldest first.
        var failures: [Duration] = []
        /// Attempts whose outcome is not known yet.
        var inFlight = 0

        var isEmpty: Bool { failures.isEmpty && inFlight == 0 }

        func recent(at now: Duration) -> [Duration] { failures.filter { now - $0 < FailureLedger.window } }
    }
}

import SessionModel

/// How much each client has typed at a terminal, so that one that comes back knows what to send again.
struct Typists {
    /// Who left is remembered this long.
    static let memory: Duration = .seconds(600)
    /// And so many of them at most.
    static let limit = 64

    /// A client, and the person it belongs to: nobody goes on where another one typed.
    struct Key: Sendable, Hashable {
        let person: PersonID
        let client: ClientID

        init?(_ visitor: Visitor) {
            guard let client = visitor.client, visitor.part == .driver else { return nil }
            (person, self.client) = (visitor.person, client)
        }
    }

    private struct Typist {
        var typed: Int64 = 0
        var isNews = true
        var leftAt: ContinuousClock.Instant?
    }

    private var typists: [Key: Typist] = [:]

    /// How many are remembered.
    var count: Int { typists.count }

    /// Somebody comes, or comes back.
    mutating func arrive(_ key: Key) { typists[key, default: Typist()].leftAt = nil }

    /// Somebody leaves; who left long ago is forgotten.
    mutating func leave(_ key: Key, at now: ContinuousClock.Instant) {
        typists[key]?.leftAt = now
        typists = typists.filter { $0.value.leftAt.map { $0.duration(to: now) < Self.memory } ?? true }
        let gone = typists.compactMap { key, typist in typist.leftAt.map { (key, $0) } }.sorted { $0.1 < $1.1 }
        for (key, _) in gone.dropLast(Self.limit) { typists[key] = nil }
    }

    /// How much somebody has typed.
    func typed(_ key: Key) -> Int64 { typists[key]?.typed ?? 0 }

    /// Counts bytes that were accepted.
    mutating func count(_ bytes: Int, of key: Key) { typists[key]?.typed += Int64(bytes) }

    /// What to tell somebody; whether it is news that nothing before it is to be sent again is told once.
    mutating func report(_ key: Key) -> (typed: Int64, isFresh: Bool) {
        defer { typists[key]?.isNews = false }
        return (typed(key), typists[key]?.isNews ?? true)
    }

    /// Makes everyone begin anew: what was not accepted is for a machine that is gone.
    mutating func refresh() { for key in typists.keys { typists[key]?.isNews = true } }
}

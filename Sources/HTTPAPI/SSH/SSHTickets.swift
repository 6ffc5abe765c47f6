import SessionEngine
import SessionModel
import Synchronization

/// Lets whoever a key has let in come to one session.
///
/// A ticket is bought with a key, and belongs to the first connection that shows it, until that is gone: to the process of
/// sshd that runs one program after the other for it. It leads nowhere until it is known which session is meant. Nothing of
/// it is kept but a digest, in memory.
final class SSHTickets: Sendable {
    /// How long one is good for that nobody has shown.
    static let lifetime: Duration = .seconds(60)
    /// How many there are at most; further ones are refused.
    ///
    /// So many that nobody can take them all with the keys that they may add.
    static let limit = 16_384
    /// How many of one key wait to be shown; the oldest makes way.
    ///
    /// Whoever knows a key that is public may ask for as many as they like.
    static let waitingLimit = 16
    /// How many connections one person has at once, and how many of one key do not say where they want to.
    static let connectionLimit = 16

    /// Where it leads.
    struct Grant: Sendable, Equatable {
        /// For whom.
        let person: PersonID
        /// What it opens.
        let session: SessionID
    }

    /// What is known of whoever shows one.
    struct Visitor: Sendable, Equatable {
        /// The key that they have.
        let key: PublicKey
        /// Where they may go; nowhere as long as they have not said which session they mean.
        var grant: Grant?
    }

    private struct Ticket {
        var visitor: Visitor
        /// How many were sold before.
        let number: Int
        let expiresAt: ContinuousClock.Instant
        var holder: HostProcess?
    }

    private struct Shelf {
        var tickets: [SecretDigest: Ticket] = [:]
        var sold = 0
    }

    private let limit: Int
    private let random = RandomSource()
    private let shelf = Mutex(Shelf())
    private let now: @Sendable () -> ContinuousClock.Instant
    private let isRunning: @Sendable (HostProcess) -> Bool

    /// Makes a desk without tickets.
    ///
    /// - Parameters:
    ///   - limit: How many it has at most.
    ///   - now: Tells the time.
    ///   - isRunning: Tells whether a process still runs.
    init(
        limit: Int = SSHTickets.limit,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        isRunning: @escaping @Sendable (HostProcess) -> Bool = { $0.isRunning },
    ) {
        self.limit = limit
        self.now = now
        self.isRunning = isRunning
    }

    /// How many there are.
    var count: Int { shelf.withLock { $0.tickets.count } }

    /// Sells one.
    ///
    /// - Throws: ``Failure`` with `noCapacity` when there are too many.
    func issue(_ key: PublicKey) throws(Failure) -> Secret {
        let secret = Secret(from: random)
        let now = now()
        let isIssued = shelf.withLock { shelf in
            shelf.tickets = shelf.tickets.filter { _, ticket in
                ticket.holder.map(isRunning) ?? (ticket.expiresAt > now)
            }
            let waiting = shelf.tickets.filter { $0.value.holder == nil && $0.value.visitor.key == key }
            if waiting.count >= Self.waitingLimit, let oldest = waiting.min(by: { $0.value.number < $1.value.number }) {
                shelf.tickets[oldest.key] = nil
            }
            guard shelf.tickets.count < limit else { return false }
            shelf.tickets[secret.digest] = Ticket(
                visitor: Visitor(key: key),
                number: shelf.sold,
                expiresAt: now.advanced(by: Self.lifetime),
            )
            shelf.sold += 1
            return true
        }
        guard isIssued else {
            throw Failure(.noCapacity, "too many people come by SSH at once; try again in a minute")
        }
        return secret
    }

    /// Who shows a ticket in a connection; `nil` when it is good for nothing there.
    ///
    /// - Throws: ``Failure`` with `noCapacity` when too many connections with the key have not said where they want to.
    func show(_ text: String, in connection: HostProcess) throws(Failure) -> Visitor? {
        guard let digest = Secret(sent: text)?.digest else { return nil }
        let now = now()
        let shown: Result<Visitor?, Failure> = shelf.withLock { shelf in
            guard var ticket = shelf.tickets[digest] else { return .success(nil) }
            guard let holder = ticket.holder else {
                guard ticket.expiresAt > now else { return .success(nil) }
                let undecided = shelf.tickets.values.count {
                    $0.visitor == ticket.visitor && ($0.holder.map(isRunning) ?? false)
                }
                guard undecided < Self.connectionLimit else {
                    return .failure(Self.full("have not said which session they mean"))
                }
                ticket.holder = connection
                shelf.tickets[digest] = ticket
                return .success(ticket.visitor)
            }
            return .success(holder == connection ? ticket.visitor : nil)
        }
        return try shown.get()
    }

    /// Lets whoever has shown a ticket in a connection go where they want to.
    ///
    /// - Throws: ``Failure`` with `noCapacity` when the person has too many connections, `unauthenticated` when the ticket
    ///   is good for nothing.
    func grant(_ grant: Grant, to text: String, in connection: HostProcess) throws(Failure) {
        guard let digest = Secret(sent: text)?.digest else { throw Self.useless }
        let refusal: Failure? = shelf.withLock { shelf in
            guard shelf.tickets[digest]?.holder == connection else { return Self.useless }
            let others = shelf.tickets.count { other, ticket in
                other != digest && ticket.visitor.grant?.person == grant.person
                    && (ticket.holder.map(isRunning) ?? false)
            }
            guard others < Self.connectionLimit else { return Self.full("are yours") }
            shelf.tickets[digest]?.visitor.grant = grant
            return nil
        }
        if let refusal { throw refusal }
    }

    /// What somebody is told whose ticket is good for nothing.
    static var useless: Failure { Failure(.unauthenticated, "this ticket is of no use any more; connect again") }

    private static func full(_ what: String) -> Failure {
        Failure(.noCapacity, "\(connectionLimit) connections by SSH \(what) already; close one and try again")
    }
}

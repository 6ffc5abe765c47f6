import Glibc
import SessionEngine
import SessionModel
import Synchronization

/// Lets whoever a key has let in come to one session, once.
///
/// A ticket is bought with a key, and belongs to the first process that shows it, until that is gone. Nothing of it is
/// kept but a digest, in memory.
final class SSHTickets: Sendable {
    /// How long one is good for that nobody has shown.
    static let lifetime: Duration = .seconds(60)
    /// How many there are at most; further ones are refused.
    static let limit = 1024
    /// How many of one person and session wait to be shown; the oldest makes way.
    ///
    /// Whoever knows a key that is public may ask for as many as they like.
    static let waitingLimit = 16

    /// What it is good for.
    struct Grant: Sendable, Equatable {
        /// For whom.
        let person: PersonID
        /// What it opens.
        let session: SessionID
    }

    private struct Ticket {
        let grant: Grant
        /// How many were sold before.
        let number: Int
        let expiresAt: ContinuousClock.Instant
        var holder: Int32?
    }

    private struct Shelf {
        var tickets: [SecretDigest: Ticket] = [:]
        var sold = 0
    }

    private let random = RandomSource()
    private let shelf = Mutex(Shelf())
    private let now: @Sendable () -> ContinuousClock.Instant
    private let isRunning: @Sendable (Int32) -> Bool

    /// Makes a desk without tickets.
    ///
    /// - Parameters:
    ///   - now: Tells the time.
    ///   - isRunning: Tells whether there is a process of that number.
    init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        isRunning: @escaping @Sendable (Int32) -> Bool = { kill($0, 0) == 0 || errno == EPERM },
    ) {
        self.now = now
        self.isRunning = isRunning
    }

    /// How many there are.
    var count: Int { shelf.withLock { $0.tickets.count } }

    /// Sells one.
    ///
    /// - Throws: ``Failure`` with `noCapacity` when there are too many.
    func issue(_ grant: Grant) throws(Failure) -> Secret {
        let secret = Secret(from: random)
        let now = now()
        let isIssued = shelf.withLock { shelf in
            shelf.tickets = shelf.tickets.filter { _, ticket in
                ticket.holder.map(isRunning) ?? (ticket.expiresAt > now)
            }
            let waiting = shelf.tickets.filter { $0.value.holder == nil && $0.value.grant == grant }
            if waiting.count >= Self.waitingLimit, let oldest = waiting.min(by: { $0.value.number < $1.value.number }) {
                shelf.tickets[oldest.key] = nil
            }
            guard shelf.tickets.count < Self.limit else { return false }
            let expiry = now.advanced(by: Self.lifetime)
            shelf.tickets[secret.digest] = Ticket(grant: grant, number: shelf.sold, expiresAt: expiry)
            shelf.sold += 1
            return true
        }
        guard isIssued else {
            throw Failure(.noCapacity, "too many people come by SSH at once; try again in a minute")
        }
        return secret
    }

    /// What a ticket that a process shows is good for; `nil` for nothing.
    func show(_ text: String, by process: Int32) -> Grant? {
        guard let digest = Secret(sent: text)?.digest else { return nil }
        let now = now()
        return shelf.withLock { shelf in
            guard var ticket = shelf.tickets[digest] else { return nil }
            guard let holder = ticket.holder else {
                guard ticket.expiresAt > now else { return nil }
                ticket.holder = process
                shelf.tickets[digest] = ticket
                return ticket.grant
            }
            return holder == process ? ticket.grant : nil
        }
    }
}

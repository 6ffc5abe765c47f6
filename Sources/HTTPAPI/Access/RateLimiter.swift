import HTTPTypes
import Hummingbird
import SessionEngine
import SessionModel
import Synchronization

/// Keeps one person, or one address, from asking so much that nobody else is answered.
///
/// Each has a bucket of requests that fills steadily. An address has a large one: sixty people of a school come from the
/// same.
final class RateLimiter: Sendable {
    /// How many requests at once, and how many each second after that.
    struct Allowance: Sendable {
        var burst: Double
        var perSecond: Double

        /// Of a person.
        static let person = Allowance(burst: 300, perSecond: 50)
        /// Of an address.
        static let address = Allowance(burst: 3000, perSecond: 200)
    }

    /// Of how many something is remembered; whoever has asked least lately is forgotten first.
    static let limit = 20_000

    private struct Bucket {
        var left: Double
        var at: ContinuousClock.Instant
    }

    private let buckets = Mutex<[String: Bucket]>([:])
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Makes a limiter.
    ///
    /// - Parameter now: Tells the time.
    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) { self.now = now }

    /// Of how many something is remembered.
    var count: Int { buckets.withLock { $0.count } }

    /// Takes one request out of a bucket.
    ///
    /// - Throws: ``Failure`` with `throttled` and a ``RetryLater`` when it is empty.
    func take(_ key: String, _ allowance: Allowance) throws(Failure) {
        let now = now()
        let wait: Duration? = buckets.withLock { buckets in
            if buckets.count >= Self.limit, buckets[key] == nil { Self.forget(&buckets, at: now) }
            var bucket = buckets[key] ?? Bucket(left: allowance.burst, at: now)
            bucket.left = min(
                allowance.burst,
                bucket.left + bucket.at.duration(to: now).seconds * allowance.perSecond,
            )
            bucket.at = now
            defer { buckets[key] = bucket }
            guard bucket.left >= 1 else { return .seconds((1 - bucket.left) / allowance.perSecond) }
            bucket.left -= 1
            return nil
        }
        guard let wait else { return }
        throw Failure(.throttled, "there were too many requests; try again in a moment", cause: RetryLater(wait: wait))
    }

    /// Makes room: whoever has not asked for a while has a full bucket anyway.
    private static func forget(_ buckets: inout [String: Bucket], at now: ContinuousClock.Instant) {
        let old = buckets.count
        buckets = buckets.filter { $0.value.at.duration(to: now) < .seconds(30) }
        guard buckets.count == old else { return }
        for (key, _) in buckets.sorted(by: { $0.value.at < $1.value.at }).prefix(limit / 10) { buckets[key] = nil }
    }
}

/// Refuses who asks too much; the local socket is not limited.
struct RateMiddleware: RouterMiddleware {
    let limiter: RateLimiter

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response,
    ) async throws -> Response {
        let caller = context.caller
        if caller.origin.channel != .local {
            if let person = caller.principal?.person { try limiter.take("p \(person)", .person) }
            if let address = caller.origin.address {
                try limiter.take("a \(IPAddress.network(of: address))", .address)
            }
        }
        return try await next(request, context)
    }
}

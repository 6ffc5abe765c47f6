/// One message for one webhook, and what became of it.
///
/// ```text
///              an attempt fails, and there is one left
///                 ┌──────┐
///                 ▼      │         an attempt succeeds
///   made ───▶  pending ──┴────────────────────────────────▶ delivered
///                 ▲  │    an attempt fails, and it was the last
///                 │  └─────────────────────────────────────▶ dead
///                 └──────────── somebody tries again ──────────┘
/// ```
package struct WebhookDelivery: Sendable, Equatable {
    /// How long to wait after which attempt that failed; after one more it is dead.
    package static let waits: [Duration] = [5, 30, 120, 600, 3600, 5 * 3600, 10 * 3600].map { .seconds($0) }
    /// How long at most whoever it is for is left alone because they want to be.
    package static let longestWait: Duration = .seconds(10 * 3600)
    /// What is added to each wait at most, as a part of it, so that not all messages come at once.
    package static let jitter = 0.2

    /// Names the message, the same at every attempt: whoever gets it twice takes it once.
    package let id: WebhookDeliveryID
    /// For whom.
    package let webhook: WebhookID
    /// What it tells.
    package let event: WebhookEvent
    /// The message itself: JSON.
    package let body: String
    /// When it was made.
    package let createdAt: Timestamp
    /// What became of it.
    package private(set) var state: State
    /// How often it was tried.
    package private(set) var attempts: Int
    /// When it was tried last.
    package private(set) var lastAttemptAt: Timestamp?
    /// What came of the last attempt, for an operator; empty before the first.
    package private(set) var answer: String

    /// Makes a delivery from its parts; a new one when only those are given that it must have.
    package init(
        id: WebhookDeliveryID,
        webhook: WebhookID,
        event: WebhookEvent,
        body: String,
        createdAt: Timestamp,
        state: State? = nil,
        attempts: Int = 0,
        lastAttemptAt: Timestamp? = nil,
        answer: String = "",
    ) {
        self.id = id
        self.webhook = webhook
        self.event = event
        self.body = body
        self.createdAt = createdAt
        self.state = state ?? .pending(due: createdAt)
        self.attempts = attempts
        self.lastAttemptAt = lastAttemptAt
        self.answer = answer
    }

    /// What becomes of a message.
    package enum State: Sendable, Equatable {
        /// It is to be sent, not before that time.
        case pending(due: Timestamp)
        /// Whoever it is for has it.
        case delivered
        /// Nobody sends it any more, unless somebody asks for it.
        case dead

        /// The name under which it is stored and shown.
        package var name: String {
            switch self {
            case .pending: "pending"
            case .delivered: "delivered"
            case .dead: "dead"
            }
        }
    }

    /// Notes an attempt.
    ///
    /// - Parameters:
    ///   - success: Whether whoever it is for has taken it.
    ///   - answer: What they said, or why they could not be asked.
    ///   - now: When.
    ///   - chance: From 0 to 1; where in ``jitter`` the next attempt falls.
    ///   - rest: How long they want to be left alone; no longer than ``longestWait`` they are.
    ///   - isLast: Whether they want to hear nothing ever again.
    package mutating func attempted(
        _ success: Bool,
        _ answer: String,
        at now: Timestamp,
        chance: Double,
        notWithin rest: Duration? = nil,
        isLast: Bool = false,
    ) {
        attempts += 1
        lastAttemptAt = now
        self.answer = answer
        guard !success else {
            state = .delivered
            return
        }
        guard attempts <= Self.waits.count, !isLast else {
            state = .dead
            return
        }
        let wait = Duration.seconds(Self.waits[attempts - 1].seconds * (1 + Self.jitter * chance))
        state = .pending(due: now.advanced(by: max(wait, min(rest ?? .zero, Self.longestWait))))
    }

    /// Has it tried once more.
    ///
    /// - Throws: ``Failure`` with `wrongState` when it is not dead.
    package mutating func revive(at now: Timestamp) throws(Failure) {
        guard state == .dead else {
            throw Failure(.wrongState, "delivery \(id) is \(state.name); only one that is dead can be tried again")
        }
        state = .pending(due: now)
    }
}

/// Names a message of a webhook: sixteen characters.
package struct WebhookDeliveryID: RandomIdentifier {
    package static let (kind, length) = ("delivery id", 16)
    package let description: String
    package init(unchecked text: String) { description = text }
}

/// One page of deliveries, newest first.
package struct WebhookDeliveryPage: Sendable, Equatable {
    /// The deliveries.
    package var deliveries: [WebhookDelivery]
    /// Hand this to the next call to get the next page; `nil` on the last.
    package var next: WebhookDeliveryID?

    /// Makes a page.
    package init(deliveries: [WebhookDelivery], next: WebhookDeliveryID?) {
        self.deliveries = deliveries
        self.next = next
    }
}

/// Keeps webhooks and what is to be sent to them, beside the timelines of all sessions.
///
/// Each webhook has a *place* in the timelines: the sequence of the last line that was made a message of, if it was to be
/// one. The messages and the new place are stored together, so that no line is passed over and none is told twice.
///
/// One method is one transaction. All methods throw ``Failure``; `storage` when the store cannot be read or written,
/// `notFound` when there is no such webhook or delivery.
package protocol WebhookStore: Sendable {
    /// Stores a new webhook, whose place is behind all lines that there are.
    ///
    /// - Throws: ``Failure`` with `conflict` when it is stored already, `noCapacity` when there are ``Webhook/limit``.
    func create(_ webhook: Webhook, secret: WebhookSecret) async throws
    /// All webhooks that can be read, oldest first.
    func webhooks() async throws -> [Webhook]
    /// The webhook of that name, and what its messages are signed with.
    func webhook(_ id: WebhookID) async throws -> (webhook: Webhook, secret: WebhookSecret)
    /// Stores a changed webhook. One that was not enabled and is now hears of what happens from now on.
    ///
    /// - Returns: The webhook as stored, with the new generation.
    /// - Throws: ``Failure`` with `conflict` when the stored generation is not `webhook.generation`.
    func update(_ webhook: Webhook) async throws -> Webhook
    /// Removes a webhook with its deliveries.
    func remove(_ id: WebhookID) async throws

    /// The lines behind a webhook's place, oldest first and no more than so many, and its place.
    func news(for id: WebhookID, limit: Int) async throws -> (lines: [TimelineEntry], place: Int64)
    /// Stores new messages of a webhook and moves its place. Does nothing when the place is another by now.
    func add(_ deliveries: [WebhookDelivery], to id: WebhookID, moving place: Int64, to next: Int64) async throws
    /// Stores one message that no line tells of.
    func add(_ delivery: WebhookDelivery) async throws
    /// What is stored and cannot be read, webhooks and pending deliveries, in plain words; it is left as it is.
    func unreadable() async throws -> [String]
    /// The pending delivery of a webhook that is due first and can be read; `nil` when none is pending.
    func nextDelivery(of id: WebhookID) async throws -> WebhookDelivery?
    /// Stores what became of a delivery. Does nothing when it is gone.
    func update(_ delivery: WebhookDelivery) async throws
    /// A delivery of a webhook.
    func delivery(_ delivery: WebhookDeliveryID, of id: WebhookID) async throws -> WebhookDelivery
    /// One page of a webhook's deliveries, newest first.
    ///
    /// - Parameters:
    ///   - id: The webhook.
    ///   - last: ``WebhookDeliveryPage/next`` of the page before; `nil` for the first.
    ///   - limit: Deliveries at most, 1 to 500.
    /// - Returns: The page.
    /// - Throws: ``Failure`` with `invalidInput` for another limit.
    func deliveries(
        of id: WebhookID,
        after last: WebhookDeliveryID?,
        limit: Int,
    ) async throws -> WebhookDeliveryPage
    /// Removes deliveries that were made before that time and are delivered, dead, or of a webhook that is not enabled.
    func forget(before time: Timestamp) async throws
}

/// Carries messages to webhooks.
package protocol WebhookSender: Sendable {
    /// Sends a message and waits for the answer: ten seconds at most.
    ///
    /// Follows no redirect and reads no more than 4 KiB of the answer.
    ///
    /// - Returns: The answer.
    /// - Throws: ``Failure`` that says why there is none, `forbidden` when nothing may be sent to that address; or
    ///   `CancellationError`.
    func send(_ message: WebhookMessage) async throws -> WebhookAnswer
}

/// What a program says of a message.
package struct WebhookAnswer: Sendable, Equatable {
    /// The status, as HTTP has them.
    package var status: Int
    /// How long it wants to be left alone; `nil` when it does not say.
    package var retryAfter: Duration?

    /// Makes an answer.
    package init(status: Int, retryAfter: Duration? = nil) {
        self.status = status
        self.retryAfter = retryAfter
    }

    /// Whether the message was taken.
    package var isTaken: Bool { (200..<300).contains(status) }
    /// Whether the program is there no more and wants to hear nothing ever again.
    package var isGone: Bool { status == 410 }
}

/// A message as it is sent: JSON by `POST`.
package struct WebhookMessage: Sendable, Equatable {
    /// Where.
    package var url: String
    /// Its headers beside the usual ones.
    package var headers: [String: String]
    /// What is sent.
    package var body: String

    /// Makes a message.
    package init(url: String, headers: [String: String], body: String) {
        self.url = url
        self.headers = headers
        self.body = body
    }
}

import Foundation
package import SessionModel

/// What people may do with webhooks.
package struct WebhookCommands: Sendable {
    private let dispatcher: WebhookDispatcher
    private var ports: WebhookPorts { dispatcher.ports }

    /// Makes the commands of a dispatcher.
    package init(_ dispatcher: WebhookDispatcher) { self.dispatcher = dispatcher }

    /// What of a webhook is to be as given; what is `nil` stays as it is.
    package struct Change: Sendable, Equatable {
        /// Where its program is.
        package var url: String?
        /// What it hears of.
        package var events: Set<WebhookEvent>?
        /// What it is for.
        package var note: String?
        /// Whether it is told anything.
        package var isEnabled: Bool?

        /// Makes a change.
        package init(
            url: String? = nil,
            events: Set<WebhookEvent>? = nil,
            note: String? = nil,
            isEnabled: Bool? = nil,
        ) {
            self.url = url
            self.events = events
            self.note = note
            self.isEnabled = isEnabled
        }
    }

    /// Makes a webhook, which hears of what happens from now on.
    ///
    /// - Parameters:
    ///   - url: Where its program is.
    ///   - events: What it hears of: one at least.
    ///   - note: What it is for.
    ///   - key: Chosen by who asks: a request that is repeated with it makes no second webhook.
    ///   - principal: Who asks.
    /// - Returns: The webhook, and what its messages are signed with, which is told this once.
    /// - Throws: ``Failure``: `forbidden`, `invalidInput`, `noCapacity`, `alreadyMade` for a key that was used, `storage`.
    package func create(
        url: String,
        events: Set<WebhookEvent>,
        note: String,
        idempotencyKey key: String? = nil,
        by principal: Principal,
    ) async throws -> (webhook: Webhook, secret: String) {
        try principal.require(.manageWebhooks)
        let webhook = Webhook(
            id: WebhookID(.webhook, of: principal.person, key, or: ports.random),
            url: url,
            events: events,
            note: note,
            createdAt: ports.time.now().wall,
        )
        try Self.check(webhook)
        guard let secret = WebhookSecret(ports.random.bytes(WebhookSecret.size)) else {
            throw Failure(.internal, "no secret could be drawn")
        }
        do {
            try await ports.store.create(webhook, secret: secret)
        } catch let failure as Failure where failure.code == .conflict && key != nil {
            throw Failure.alreadyMade("webhook \(webhook.id)", cause: failure)
        }
        dispatcher.nudge()
        return (webhook, WebhookSignature.text(of: secret))
    }

    /// All webhooks, oldest first.
    package func list(for principal: Principal) async throws -> [Webhook] {
        try principal.require(.manageWebhooks)
        return try await ports.store.webhooks()
    }

    /// A webhook.
    package func webhook(_ id: WebhookID, for principal: Principal) async throws -> Webhook {
        try principal.require(.manageWebhooks)
        return try await ports.store.webhook(id).webhook
    }

    /// Changes a webhook, unless it is so already.
    ///
    /// - Parameters:
    ///   - id: Which.
    ///   - change: What is to be otherwise.
    ///   - generation: From which the change was made; whatever is stored when `nil`.
    ///   - principal: Who asks.
    /// - Returns: The webhook as it is then, and what is otherwise, without what may be a secret; `nil` when nothing is.
    /// - Throws: ``Failure``: `forbidden`, `notFound`, `invalidInput`, `conflict`, `storage`.
    package func change(
        _ id: WebhookID,
        _ change: Change,
        at generation: Int64?,
        by principal: Principal,
    ) async throws -> (webhook: Webhook, changes: String?) {
        try principal.require(.manageWebhooks)
        let current = try await ports.store.webhook(id).webhook
        var webhook = current
        webhook.generation = generation ?? webhook.generation
        webhook.url = change.url ?? webhook.url
        webhook.events = change.events ?? webhook.events
        webhook.note = change.note ?? webhook.note
        webhook.isEnabled = change.isEnabled ?? webhook.isEnabled
        guard webhook != current else { return (current, nil) }
        try Self.check(webhook)
        let stored = try await ports.store.update(webhook)
        dispatcher.nudge()
        return (stored, Self.changes(from: current, to: stored))
    }

    /// What is otherwise; what is behind the host in an address may be a secret, and a note is somebody's own words.
    private static func changes(from old: Webhook, to new: Webhook) -> String {
        let events = new.events.sorted().map(\.rawValue).joined(separator: " ")
        let parts: [String?] = [
            new.url == old.url ? nil : "url", new.note == old.note ? nil : "note",
            new.events == old.events ? nil : "events: \(events)",
            new.isEnabled == old.isEnabled ? nil : "enabled: \(new.isEnabled)",
        ]
        return parts.compactMap { $0 }.joined(separator: "; ")
    }

    /// Removes a webhook with its deliveries.
    package func remove(_ id: WebhookID, by principal: Principal) async throws {
        try principal.require(.manageWebhooks)
        try await ports.store.remove(id)
        dispatcher.nudge()
    }

    /// Sends a webhook a message that says nothing, whatever it wants to hear of.
    ///
    /// - Returns: The message; it is sent soon after.
    /// - Throws: ``Failure``: `forbidden`, `notFound`, `wrongState` when it is not enabled, `storage`.
    package func test(_ id: WebhookID, by principal: Principal) async throws -> WebhookDelivery {
        try principal.require(.manageWebhooks)
        guard try await ports.store.webhook(id).webhook.isEnabled else {
            throw Failure(.wrongState, "webhook \(id) is not enabled, and is sent nothing")
        }
        let delivery = dispatcher.delivery(.test, of: id, try WebhookBody.ofTest(at: ports.time.now().wall))
        try await ports.store.add(delivery)
        dispatcher.nudge()
        return delivery
    }

    /// One page of a webhook's deliveries, newest first.
    package func deliveries(
        of id: WebhookID,
        after last: WebhookDeliveryID?,
        limit: Int,
        for principal: Principal,
    ) async throws -> WebhookDeliveryPage {
        try principal.require(.manageWebhooks)
        return try await ports.store.deliveries(of: id, after: last, limit: limit)
    }

    /// Has a dead delivery tried once more.
    ///
    /// - Throws: ``Failure``: `forbidden`, `notFound`, `wrongState` when it is not dead, `storage`.
    package func retry(
        _ delivery: WebhookDeliveryID,
        of id: WebhookID,
        by principal: Principal,
    ) async throws -> WebhookDelivery {
        try principal.require(.manageWebhooks)
        var delivery = try await ports.store.delivery(delivery, of: id)
        try delivery.revive(at: ports.time.now().wall)
        try await ports.store.update(delivery)
        dispatcher.nudge()
        return delivery
    }

    /// Refuses what can be no webhook.
    static func check(_ webhook: Webhook) throws(Failure) {
        guard webhook.url.utf8.count <= 500,
            let parts = URLComponents(string: webhook.url, encodingInvalidCharacters: false),
            let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil, parts.fragment == nil,
            (1...65_535).contains(parts.port ?? 443)
        else {
            throw Failure(.invalidInput, "a webhook's url is https:// with a host, at most 500 characters long")
        }
        // Clear text never leaves the host.
        let isLocal = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host)
        guard parts.scheme == "https" || parts.scheme == "http" && isLocal else {
            throw Failure(.invalidInput, "a webhook's url is https://; http:// only for localhost")
        }
        guard !webhook.events.isEmpty, webhook.events.isSubset(of: WebhookEvent.ofSessions) else {
            let all = WebhookEvent.ofSessions.sorted().map(\.rawValue).joined(separator: ", ")
            throw Failure(.invalidInput, "a webhook hears of one thing at least, of \(all)")
        }
        guard webhook.note.count <= 200, !webhook.note.contains(where: \.isNewline) else {
            throw Failure(.invalidInput, "a webhook's note is one line of at most 200 characters")
        }
    }
}

/// An address where somebody else's program hears of what happens to sessions.
package struct WebhookResource: Codable, Sendable, Equatable {
    /// Which.
    package var id: String
    /// Where the program is.
    package var url: String
    /// What it hears of: `session.ready`, `session.submitted`, `session.graded`, `session.ended`.
    package var events: [String]
    /// What it is for.
    package var note: String
    /// Whether it is told anything.
    package var enabled: Bool
    /// When it was made, in RFC 3339.
    package var createdAt: String

    /// Makes a webhook.
    package init(id: String, url: String, events: [String], note: String, enabled: Bool, createdAt: String) {
        self.id = id
        self.url = url
        self.events = events
        self.note = note
        self.enabled = enabled
        self.createdAt = createdAt
    }
}

extension WebhookResource: Described {
    package static let schema = Schema.object(
        "An address where somebody else's program hears of what happens to sessions.",
        .required("id", .string),
        .required("url", .string, "Where the program is."),
        .required("events", .array(.webhookEvent), "What it hears of."),
        .required("note", .string, "What it is for."),
        .required("enabled", .boolean, "Whether it is told anything."),
        .required("createdAt", .time, "When it was made."),
    )
}

/// All webhooks, oldest first; the answer of `GET /api/v1/webhooks`.
package struct WebhookList: Codable, Sendable, Equatable {
    /// The webhooks.
    package var webhooks: [WebhookResource]

    /// Makes a list.
    package init(webhooks: [WebhookResource]) { self.webhooks = webhooks }
}

extension WebhookList: Described {
    package static let schema = Schema.object(
        "All webhooks, oldest first.",
        .required("webhooks", .array(.of(WebhookResource.self))),
    )
}

/// The body of `POST /api/v1/webhooks`.
package struct CreateWebhookRequest: Codable, Sendable, Equatable {
    /// Where the program is: `https://`, or `http://` to this host.
    package var url: String
    /// What it hears of; all there is when absent.
    package var events: [String]?
    /// What it is for.
    package var note: String?

    /// Makes a request.
    package init(url: String, events: [String]? = nil, note: String? = nil) {
        self.url = url
        self.events = events
        self.note = note
    }
}

extension CreateWebhookRequest: Described {
    package static let schema = Schema.object(
        "A webhook to make.",
        .required(
            "url",
            .string.example("https://register.example/sandglass"),
            "`https://`, or `http://` to this host.",
        ),
        .optional("events", .array(.webhookEvent), "What it hears of; all there is when absent."),
        .optional("note", .string, "What it is for."),
    )
}

/// The body of `PATCH /api/v1/webhooks/{id}`; what is absent stays as it is.
package struct ChangeWebhookRequest: Codable, Sendable, Equatable {
    /// Another address.
    package var url: String?
    /// Other things to hear of.
    package var events: [String]?
    /// Another note.
    package var note: String?
    /// Whether it is told anything.
    package var enabled: Bool?

    /// Makes a request.
    package init(url: String? = nil, events: [String]? = nil, note: String? = nil, enabled: Bool? = nil) {
        self.url = url
        self.events = events
        self.note = note
        self.enabled = enabled
    }
}

extension ChangeWebhookRequest: Described {
    package static let schema = Schema.object(
        "What is to change of a webhook; what is absent stays as it is.",
        .optional("url", .string, "Another address."),
        .optional("events", .array(.webhookEvent), "Other things to hear of."),
        .optional("note", .string, "Another note."),
        .optional("enabled", .boolean, "Whether it is told anything."),
    )
}

/// A webhook that was just made, with its secret.
package struct CreatedWebhookResource: Codable, Sendable, Equatable {
    /// The webhook.
    package var webhook: WebhookResource
    /// What its messages are signed with, `whsec_…`: told this once.
    package var secret: String

    /// Makes a webhook.
    package init(webhook: WebhookResource, secret: String) {
        self.webhook = webhook
        self.secret = secret
    }
}

extension CreatedWebhookResource: Described {
    package static let schema = Schema.object(
        "A webhook that was just made, with its secret.",
        .required("webhook", .of(WebhookResource.self)),
        .required("secret", .string, "What its messages are signed with: told this once."),
    )
}

/// One message for one webhook, and what became of it.
package struct WebhookDeliveryResource: Codable, Sendable, Equatable {
    /// Which; with `msg_` before it, the `webhook-id` of the message.
    package var id: String
    /// What it tells.
    package var event: String
    /// The message.
    package var body: String
    /// When it was made, in RFC 3339.
    package var createdAt: String
    /// `pending`, `delivered`, or `dead` when it is sent no more.
    package var state: String
    /// How often it was tried.
    package var attempts: Int
    /// When it is tried next, in RFC 3339; absent unless it is pending.
    package var dueAt: String?
    /// When it was tried last, in RFC 3339; absent before the first time.
    package var lastAttemptAt: String?
    /// What came of the last attempt; empty before the first.
    package var answer: String

    /// Makes a delivery.
    package init(
        id: String,
        event: String,
        body: String,
        createdAt: String,
        state: String,
        attempts: Int,
        dueAt: String?,
        lastAttemptAt: String?,
        answer: String,
    ) {
        self.id = id
        self.event = event
        self.body = body
        self.createdAt = createdAt
        self.state = state
        self.attempts = attempts
        self.dueAt = dueAt
        self.lastAttemptAt = lastAttemptAt
        self.answer = answer
    }
}

extension WebhookDeliveryResource: Described {
    package static let schema = Schema.object(
        "One message for one webhook, and what became of it.",
        .required("id", .string, "With `msg_` before it, the `webhook-id` of the message."),
        .required(
            "event",
            .choice("session.ready", "session.submitted", "session.graded", "session.ended", "webhook.test"),
            "What it tells.",
        ),
        .required("body", .string, "The message."),
        .required("createdAt", .time, "When it was made."),
        .required("state", .choice("pending", "delivered", "dead"), "What became of it; a dead one is sent no more."),
        .required("attempts", .integer, "How often it was tried."),
        .optional("dueAt", .time, "When it is tried next; absent unless it is pending."),
        .optional("lastAttemptAt", .time, "When it was tried last; absent before the first time."),
        .required("answer", .string, "What came of the last attempt; empty before the first."),
    )
}

/// One page of a webhook's deliveries, newest first; the answer of `GET /api/v1/webhooks/{id}/deliveries`.
package struct WebhookDeliveryList: Codable, Sendable, Equatable {
    /// The deliveries.
    package var deliveries: [WebhookDeliveryResource]
    /// `?cursor=` of the next page; absent on the last.
    package var next: String?

    /// Makes a page.
    package init(deliveries: [WebhookDeliveryResource], next: String?) {
        self.deliveries = deliveries
        self.next = next
    }
}

extension WebhookDeliveryList: Described {
    package static let schema = Schema.object(
        "One page of a webhook's deliveries, newest first.",
        .required("deliveries", .array(.of(WebhookDeliveryResource.self))),
        .optional("next", .string, "`?cursor=` of the next page; absent on the last."),
    )
}

import APIContract
import SessionModel

extension RouteReference {
    static let ofWebhooks: [RouteReference] = [
        RouteReference(
            "GET webhooks",
            .webhooks,
            "Lists webhooks, oldest first.",
            answers: [.json(WebhookList.self, "All of them.")],
            fails: [.forbidden],
        ),
        RouteReference(
            "POST webhooks",
            .webhooks,
            "Makes a webhook.",
            [.idempotencyKey],
            takes: .json(CreateWebhookRequest.self),
            answers: [.created(CreatedWebhookResource.self)],
            fails: [.noCapacity, .alreadyMade],
        ),
        RouteReference(
            "GET webhooks/{id}",
            .webhooks,
            "Shows a webhook.",
            [.ifNoneMatch],
            answers: [.json(WebhookResource.self, "The webhook.", headers: tag), .unchanged(headers: tag)],
            fails: [.forbidden],
        ),
        RouteReference(
            "PATCH webhooks/{id}",
            .webhooks,
            "Changes a webhook.",
            [.ifMatch],
            takes: .json(ChangeWebhookRequest.self),
            answers: [.json(WebhookResource.self, "The webhook as it is now.", headers: tag)],
            fails: [.conflict, .preconditionFailed],
        ),
        RouteReference(
            "DELETE webhooks/{id}",
            .webhooks,
            "Removes a webhook with its deliveries.",
            answers: [.done],
        ),
        RouteReference(
            "POST webhooks/{id}/test",
            .webhooks,
            "Sends a message that says nothing, to see whether it arrives.",
            answers: [.json(WebhookDeliveryResource.self, "The message; it is sent soon after.")],
            fails: [.wrongState],
        ),
        RouteReference(
            "GET webhooks/{id}/deliveries",
            .webhooks,
            "Lists what a webhook was sent, newest first, and what became of it.",
            [.cursor, .limit],
            answers: [.json(WebhookDeliveryList.self, "One page.")],
            fails: [.forbidden],
        ),
        RouteReference(
            "POST webhooks/{id}/deliveries/{delivery}/retry",
            .webhooks,
            "Sends a message that is dead once more.",
            answers: [.json(WebhookDeliveryResource.self, "The message; it is sent soon after.")],
            fails: [.wrongState],
        ),
    ]

    private static let tag = ["ETag": "Another text after every change."]
}

import APIContract
import HTTPTypes
import Hummingbird
import SessionEngine
import SessionModel

extension API {
    func addWebhookRoutes(to group: RouterGroup<APIRequestContext>) {
        group.get { _, context in
            let webhooks = try await webhooks.list(for: context.requirePrincipal())
            return WebhookList(webhooks: webhooks.map(WebhookResource.init))
        }
        group.post { request, context in
            let principal = try context.require(.manageWebhooks)
            let body = try await context.body(of: request, as: CreateWebhookRequest.self)
            let (webhook, secret) = try await webhooks.create(
                url: body.url,
                events: try body.events.map { try Set(events: $0) } ?? WebhookEvent.ofSessions,
                note: body.note ?? "",
                idempotencyKey: try request.idempotencyKey(),
                by: principal,
            )
            return EditedResponse(
                status: .created,
                headers: [.location: "/api/v1/webhooks/\(webhook.id)", .cacheControl: "no-store"],
                response: CreatedWebhookResource(webhook: WebhookResource(webhook), secret: secret),
            )
        }
        group.get(":id") { request, context in
            let principal = try context.require(.manageWebhooks)
            let webhook = try await webhooks.webhook(context.webhookID(), for: principal)
            return try context.answer(request, WebhookResource(webhook), webhook.generation)
        }
        group.patch(":id") { request, context in
            let principal = try context.require(.manageWebhooks)
            let body = try await context.body(of: request, as: ChangeWebhookRequest.self)
            let id = try context.webhookID()
            let (webhook, changes) = try await context.ifMatching(request) {
                try await webhooks.webhook(id, for: principal).generation
            } change: { generation in
                try await webhooks.change(
                    id,
                    .init(
                        url: body.url,
                        events: try body.events.map { try Set(events: $0) },
                        note: body.note,
                        isEnabled: body.enabled,
                    ),
                    at: generation,
                    by: principal,
                )
            }
            if let changes { context.auditLine?.note(changes) } else { context.auditLine?.leaveOut() }
            return EditedResponse(headers: [.eTag: .tag(webhook.generation)], response: WebhookResource(webhook))
        }
        group.delete(":id") { _, context in
            let principal = try context.require(.manageWebhooks)
            try await webhooks.remove(context.webhookID(), by: principal)
            return HTTPResponse.Status.noContent
        }
        group.post(":id/test") { _, context in
            let principal = try context.require(.manageWebhooks)
            return WebhookDeliveryResource(try await webhooks.test(context.webhookID(), by: principal))
        }
        group.get(":id/deliveries") { request, context in
            let principal = try context.require(.manageWebhooks)
            let query = request.uri.queryParameters
            let page = try await webhooks.deliveries(
                of: context.webhookID(),
                after: try query.get("cursor").map { text in
                    guard let id = WebhookDeliveryID(text) else {
                        throw Failure(.invalidInput, "\"\(text.prefix(40))\" is no cursor of deliveries")
                    }
                    return id
                },
                limit: try query.limit(),
                for: principal,
            )
            return WebhookDeliveryList(
                deliveries: page.deliveries.map(WebhookDeliveryResource.init),
                next: page.next?.description,
            )
        }
        group.post(":id/deliveries/:delivery/retry") { _, context in
            let principal = try context.require(.manageWebhooks)
            let text = try context.parameters.require("delivery")
            guard let delivery = WebhookDeliveryID(text) else {
                throw Failure(.notFound, "there is no delivery \"\(text.prefix(40))\"")
            }
            return WebhookDeliveryResource(
                try await webhooks.retry(delivery, of: context.webhookID(), by: principal)
            )
        }
    }
}

extension APIRequestContext {
    /// The webhook named in the path.
    fileprivate func webhookID() throws -> WebhookID {
        let text = try parameters.require("id")
        guard let id = WebhookID(text) else { throw Failure(.notFound, "there is no webhook \"\(text.prefix(40))\"") }
        return id
    }
}

extension Set<WebhookEvent> {
    /// Reads events by name.
    fileprivate init(events names: [String]) throws(Failure) {
        self = []
        for name in names {
            guard let event = WebhookEvent(rawValue: name) else {
                let all = WebhookEvent.ofSessions.sorted().map(\.rawValue).joined(separator: ", ")
                throw Failure(.invalidInput, "there is no event \"\(name.prefix(40))\"; events are \(all)")
            }
            insert(event)
        }
    }
}

extension WebhookResource: ResponseEncodable {
    init(_ webhook: Webhook) {
        self.init(
            id: webhook.id.description,
            url: webhook.url,
            events: webhook.events.sorted().map(\.rawValue),
            note: webhook.note,
            enabled: webhook.isEnabled,
            createdAt: webhook.createdAt.rfc3339,
        )
    }
}

extension WebhookDeliveryResource: ResponseEncodable {
    init(_ delivery: WebhookDelivery) {
        let due: Timestamp? = if case .pending(let due) = delivery.state { due } else { nil }
        self.init(
            id: delivery.id.description,
            event: delivery.event.rawValue,
            body: delivery.body,
            createdAt: delivery.createdAt.rfc3339,
            state: delivery.state.name,
            attempts: delivery.attempts,
            dueAt: due?.rfc3339,
            lastAttemptAt: delivery.lastAttemptAt?.rfc3339,
            answer: delivery.answer,
        )
    }
}

extension WebhookList: ResponseEncodable {}
extension CreatedWebhookResource: ResponseEncodable {}
extension WebhookDeliveryList: ResponseEncodable {}

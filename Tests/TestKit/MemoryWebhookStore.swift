package import SessionModel

/// A ``WebhookStore`` in memory that behaves as the real one does; ``WebhookStoreConformance`` holds both to it.
package actor MemoryWebhookStore: WebhookStore {
    private struct Entry {
        var webhook: Webhook
        let secret: WebhookSecret
        var place: Int64
        var deliveries: [WebhookDelivery] = []
    }

    private let sessions: MemoryStore
    private var entries: [WebhookID: Entry] = [:]

    /// Keeps webhooks beside the timelines of a store.
    package init(_ sessions: MemoryStore) { self.sessions = sessions }

    package func create(_ webhook: Webhook, secret: WebhookSecret) async throws {
        let place = try await sessions.writablePlace()
        guard entries[webhook.id] == nil else {
            throw Failure(.conflict, "webhook \(webhook.id) is stored already")
        }
        guard entries.count < Webhook.limit else {
            throw Failure(.noCapacity, "there are \(Webhook.limit) webhooks already; remove one first")
        }
        entries[webhook.id] = Entry(webhook: webhook, secret: secret, place: place)
    }

    package func webhooks() -> [Webhook] {
        entries.values.map(\.webhook).sorted {
            ($0.createdAt.milliseconds, $0.id.description) < ($1.createdAt.milliseconds, $1.id.description)
        }
    }

    package func unreadable() -> [String] { [] }

    package func webhook(_ id: WebhookID) throws -> (webhook: Webhook, secret: WebhookSecret) {
        let entry = try entry(id)
        return (entry.webhook, entry.secret)
    }

    package func update(_ webhook: Webhook) async throws -> Webhook {
        let last = try await sessions.writablePlace()
        let present = try entry(webhook.id)
        guard present.webhook.generation == webhook.generation else {
            throw Failure(.conflict, "webhook \(webhook.id) was changed by someone else; read it again")
        }
        var stored = webhook
        stored.generation += 1
        entries[webhook.id]?.webhook = stored
        if webhook.isEnabled, !present.webhook.isEnabled { entries[webhook.id]?.place = last }
        return stored
    }

    package func remove(_ id: WebhookID) async throws {
        _ = try await sessions.writablePlace()
        _ = try entry(id)
        entries[id] = nil
    }

    package func news(for id: WebhookID, limit: Int) async throws -> (lines: [TimelineEntry], place: Int64) {
        let place = try entry(id).place
        return (await sessions.allLines(after: place, limit: limit), place)
    }

    package func add(
        _ deliveries: [WebhookDelivery],
        to id: WebhookID,
        moving place: Int64,
        to next: Int64,
    ) async throws {
        _ = try await sessions.writablePlace()
        guard try entry(id).place == place else { return }
        entries[id]?.place = next
        entries[id]?.deliveries += deliveries
    }

    package func add(_ delivery: WebhookDelivery) async throws {
        _ = try await sessions.writablePlace()
        _ = try entry(delivery.webhook)
        entries[delivery.webhook]?.deliveries.append(delivery)
    }

    package func nextDelivery(of id: WebhookID) throws -> WebhookDelivery? {
        var first: (delivery: WebhookDelivery, due: Timestamp)?
        for delivery in try entry(id).deliveries {
            guard case .pending(let due) = delivery.state else { continue }
            if first.map({ due < $0.due }) ?? true { first = (delivery, due) }
        }
        return first?.delivery
    }

    package func update(_ delivery: WebhookDelivery) async throws {
        _ = try await sessions.writablePlace()
        guard let index = entries[delivery.webhook]?.deliveries.firstIndex(where: { $0.id == delivery.id }) else {
            return
        }
        entries[delivery.webhook]?.deliveries[index] = delivery
    }

    package func delivery(_ delivery: WebhookDeliveryID, of id: WebhookID) throws -> WebhookDelivery {
        guard let found = entries[id]?.deliveries.first(where: { $0.id == delivery }) else {
            throw Failure(.notFound, "there is no delivery \"\(delivery)\" of webhook \"\(id)\"")
        }
        return found
    }

    package func deliveries(
        of id: WebhookID,
        after last: WebhookDeliveryID?,
        limit: Int,
    ) throws -> WebhookDeliveryPage {
        guard (1...500).contains(limit) else {
            throw Failure(.invalidInput, "a page of \(limit) deliveries cannot be had; ask for 1 to 500")
        }
        let all = try entry(id).deliveries
        let rest = last.map { last in all.prefix { $0.id != last } } ?? all[...]
        let known = last.map { last in all.contains { $0.id == last } } ?? true
        let page = known ? Array(rest.suffix(limit).reversed()) : []
        return WebhookDeliveryPage(
            deliveries: page,
            next: known && rest.count > limit ? page.last?.id : nil,
        )
    }

    package func forget(before time: Timestamp) async throws {
        _ = try await sessions.writablePlace()
        for id in entries.keys {
            let isUnwanted = entries[id]?.webhook.isEnabled == false
            entries[id]?.deliveries.removeAll { ($0.state.name != "pending" || isUnwanted) && $0.createdAt < time }
        }
    }

    private func entry(_ id: WebhookID) throws -> Entry {
        guard let entry = entries[id] else { throw Failure(.notFound, "there is no webhook \"\(id)\"") }
        return entry
    }
}

import Foundation
import GRDB
package import SessionModel

/// Keeps webhooks and their deliveries in the file of the sessions.
package struct SQLiteWebhookStore: WebhookStore {
    let store: SQLiteSessionStore

    /// Works in an open store; closed with it.
    package init(_ store: SQLiteSessionStore) { self.store = store }

    // MARK: Webhooks

    package func create(_ webhook: Webhook, secret: WebhookSecret) async throws {
        try await store.write(failing: "webhook \(webhook.id) could not be stored") { database, _ in
            let known = try String.fetchAll(database.cachedStatement(sql: "SELECT id FROM webhook"))
            guard !known.contains(webhook.id.description) else {
                throw Failure(.conflict, "webhook \(webhook.id) is stored already")
            }
            guard known.count < Webhook.limit else {
                throw Failure(.noCapacity, "there are \(Webhook.limit) webhooks already; remove one first")
            }
            try database.cachedStatement(
                sql: """
                    INSERT INTO webhook (id, url, secret, events, note, enabled, createdAt, generation, place)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                webhook.id.description, webhook.url, Data(secret.bytes), try StoredJSON.encode(webhook.events.sorted()),
                webhook.note, webhook.isEnabled, webhook.createdAt.milliseconds, webhook.generation,
                try WebhookRow.lastLine(database),
            ])
        }
    }

    @concurrent
    package func webhooks() async throws -> [Webhook] {
        try await store.read(failing: "the webhooks could not be read") { database in
            try Row.fetchAll(database, sql: "SELECT * FROM webhook ORDER BY createdAt, id").map(WebhookRow.init)
            // What cannot be read is told by `unreadable`.
        }.compactMap { try? $0.decoded() }
    }

    @concurrent
    package func unreadable() async throws -> [String] {
        let (webhooks, deliveries) = try await store.read(failing: "the webhooks could not be read") { database in
            let pending = "SELECT * FROM webhookDelivery WHERE state = 'pending' ORDER BY webhook, sequence"
            return (
                try Row.fetchAll(database, sql: "SELECT * FROM webhook ORDER BY createdAt, id").map(WebhookRow.init),
                try Row.fetchAll(database, sql: pending).map(WebhookDeliveryRow.init),
            )
        }
        func words(_ decode: () throws -> Void) throws -> String? {
            do {
                try decode()
                return nil
            } catch let failure as Failure where failure.code == .storage {
                return failure.message
            }
        }
        return try webhooks.compactMap { row in try words { _ = try row.decoded() } }
            + deliveries.compactMap { row in try words { _ = try row.decoded() } }
    }

    @concurrent
    package func webhook(_ id: WebhookID) async throws -> (webhook: Webhook, secret: WebhookSecret) {
        let row = try await store.read(failing: "webhook \(id) could not be read") { try WebhookRow.require(id, $0) }
        guard let secret = WebhookSecret(Array(row.secret)) else {
            throw Failure(.storage, "the secret of webhook \(id) cannot be read; it was left as it is")
        }
        return (try row.decoded(), secret)
    }

    package func update(_ webhook: Webhook) async throws -> Webhook {
        try await store.write(failing: "webhook \(webhook.id) could not be changed") { database, _ in
            let row = try WebhookRow.require(webhook.id, database)
            // What happened while nobody was to hear of it is told to nobody.
            let isNew = webhook.isEnabled && !row.isEnabled
            let place = try isNew ? WebhookRow.lastLine(database) : row.place
            try database.cachedStatement(
                sql: """
                    UPDATE webhook
                    SET url = ?, events = ?, note = ?, enabled = ?, place = ?, generation = generation + 1
                    WHERE id = ? AND generation = ?
                    """
            ).execute(arguments: [
                webhook.url, try StoredJSON.encode(webhook.events.sorted()), webhook.note, webhook.isEnabled, place,
                webhook.id.description, webhook.generation,
            ])
            guard database.changesCount > 0 else {
                throw Failure(.conflict, "webhook \(webhook.id) was changed by someone else; read it again")
            }
            var stored = webhook
            stored.generation += 1
            return stored
        }
    }

    package func remove(_ id: WebhookID) async throws {
        try await store.write(failing: "webhook \(id) could not be removed") { database, _ in
            _ = try WebhookRow.require(id, database)
            try database.cachedStatement(sql: "DELETE FROM webhook WHERE id = ?").execute(arguments: [id.description])
        }
    }

    // MARK: What is to be sent

    @concurrent
    package func news(for id: WebhookID, limit: Int) async throws -> (lines: [TimelineEntry], place: Int64) {
        try await store.read(failing: "what webhook \(id) is to hear of could not be read") { database in
            let place = try WebhookRow.require(id, database).place
            return (try TimelineRow.fetch(after: place, limit: limit, database), place)
        }
    }

    package func add(
        _ deliveries: [WebhookDelivery],
        to id: WebhookID,
        moving place: Int64,
        to next: Int64,
    ) async throws {
        try await store.write(failing: "messages of webhook \(id) could not be stored") { database, _ in
            _ = try WebhookRow.require(id, database)
            try database.cachedStatement(sql: "UPDATE webhook SET place = ? WHERE id = ? AND place = ?")
                .execute(arguments: [next, id.description, place])
            guard database.changesCount > 0 else { return }
            for delivery in deliveries { try WebhookDeliveryRow.insert(delivery, database) }
        }
    }

    package func add(_ delivery: WebhookDelivery) async throws {
        try await store.write(failing: "a message of webhook \(delivery.webhook) could not be stored") { database, _ in
            _ = try WebhookRow.require(delivery.webhook, database)
            try WebhookDeliveryRow.insert(delivery, database)
        }
    }

    @concurrent
    package func nextDelivery(of id: WebhookID) async throws -> WebhookDelivery? {
        let failing = "what webhook \(id) is to be sent could not be read"
        return try await store.read(failing: failing) { database in
            _ = try WebhookRow.require(id, database)
            let rows = try Row.fetchCursor(
                database.cachedStatement(sql: Self.nextQuery),
                arguments: [id.description],
            )
            while let row = try rows.next() {
                // One that cannot be read holds up no other; it is told by `unreadable`.
                if let delivery = try? WebhookDeliveryRow(row).decoded() { return delivery }
            }
            return nil
        }
    }

    package func update(_ delivery: WebhookDelivery) async throws {
        try await store.write(failing: "delivery \(delivery.id) could not be stored") { database, _ in
            try WebhookDeliveryRow.update(delivery, database)
        }
    }

    @concurrent
    package func delivery(_ delivery: WebhookDeliveryID, of id: WebhookID) async throws -> WebhookDelivery {
        let row = try await store.read(failing: "delivery \(delivery) could not be read") { database in
            try Row.fetchOne(
                database.cachedStatement(sql: "SELECT * FROM webhookDelivery WHERE id = ? AND webhook = ?"),
                arguments: [delivery.description, id.description],
            ).map(WebhookDeliveryRow.init)
        }
        guard let row else { throw Failure(.notFound, "there is no delivery \"\(delivery)\" of webhook \"\(id)\"") }
        return try row.decoded()
    }

    @concurrent
    package func deliveries(
        of id: WebhookID,
        after last: WebhookDeliveryID?,
        limit: Int,
    ) async throws -> WebhookDeliveryPage {
        guard (1...500).contains(limit) else {
            throw Failure(.invalidInput, "a page of \(limit) deliveries cannot be had; ask for 1 to 500")
        }
        let rows = try await store.read(failing: "the deliveries of webhook \(id) could not be read") { database in
            _ = try WebhookRow.require(id, database)
            let before = try last.map { last in
                let sql = "SELECT sequence FROM webhookDelivery WHERE id = ? AND webhook = ?"
                // One that was removed meanwhile was among the oldest.
                return try Int64.fetchOne(database, sql: sql, arguments: [last.description, id.description]) ?? 0
            }
            return try Row.fetchAll(
                database.cachedStatement(sql: Self.pageQuery),
                arguments: [id.description, before ?? Int64.max, limit + 1],
            ).map(WebhookDeliveryRow.init)
        }
        let page = try rows.prefix(limit).map { try $0.decoded() }
        return WebhookDeliveryPage(deliveries: page, next: rows.count > limit ? page.last?.id : nil)
    }

    package func forget(before time: Timestamp) async throws {
        try await store.write(failing: "old deliveries could not be removed") { database, _ in
            for query in [Self.forgetQuery, Self.forgetUnwantedQuery] {
                try database.cachedStatement(sql: query).execute(arguments: [time.milliseconds])
            }
        }
    }

    // MARK: Queries

    /// The query behind the pending delivery that is due first; what follows is only read where that cannot be.
    static let nextQuery = """
        SELECT * FROM webhookDelivery INDEXED BY webhookDeliveryPending
        WHERE webhook = ? AND state = 'pending' ORDER BY dueAt, sequence
        """

    /// The query behind a page of deliveries.
    static let pageQuery = """
        SELECT * FROM webhookDelivery WHERE webhook = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?
        """

    /// The statement that removes old deliveries.
    static let forgetQuery = """
        DELETE FROM webhookDelivery INDEXED BY webhookDeliveryOver WHERE state <> 'pending' AND createdAt < ?
        """

    /// The statement that removes old deliveries of webhooks that are sent nothing.
    static let forgetUnwantedQuery = """
        DELETE FROM webhookDelivery INDEXED BY webhookDeliveryPending
        WHERE webhook IN (SELECT id FROM webhook WHERE enabled = 0) AND state = 'pending' AND createdAt < ?
        """
}

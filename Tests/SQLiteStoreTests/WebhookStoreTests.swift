import GRDB
import SessionModel
import TestKit
import Testing

@testable import SQLiteStore

@Suite("Webhooks are kept as promised", .timeLimit(.minutes(1)))
struct WebhookStoreTests {
    @Test("The SQLite store", arguments: WebhookStoreConformance.cases)
    func sqlite(_ promise: WebhookStoreConformance.Case) async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            try await WebhookStoreConformance.run(promise, on: SQLiteWebhookStore(store), beside: store)
        }
    }

    @Test("The store in memory", arguments: WebhookStoreConformance.cases)
    func memory(_ promise: WebhookStoreConformance.Case) async throws {
        let sessions = MemoryStore()
        try await WebhookStoreConformance.run(promise, on: MemoryWebhookStore(sessions), beside: sessions)
    }

    @Test("Messages and the place are stored together or not at all, and are there after a restart")
    func durable() async throws {
        let folder = try TemporaryFolder()
        let webhook = WebhookStoreConformance.webhook(1)
        let messages = (0..<2).map { WebhookStoreConformance.delivery($0, of: webhook) }
        try await folder.withStore { store in
            let webhooks = SQLiteWebhookStore(store)
            try await webhooks.create(webhook, secret: WebhookStoreConformance.secret(1))
            let session = try SessionFixtures.session(1)
            try await store.create(session, records: [.requested, .ready], at: SessionFixtures.time())
            // The second is the first once more: it is refused, and with it all of them.
            await #expect(throws: Failure.self) {
                try await webhooks.add([messages[0], messages[0]], to: webhook.id, moving: 0, to: 2)
            }
            #expect(try await webhooks.news(for: webhook.id, limit: 9).lines.count == 2)
            #expect(try await webhooks.nextDelivery(of: webhook.id) == nil)
            try await webhooks.add(messages, to: webhook.id, moving: 0, to: 2)
        }
        try await folder.withStore { store async throws in
            let webhooks = SQLiteWebhookStore(store)
            #expect(try await webhooks.news(for: webhook.id, limit: 9).lines.isEmpty)
            #expect(try await webhooks.nextDelivery(of: webhook.id) == messages[0])
        }
    }

    @Test("What cannot be read holds up nothing else, is named, and is left as it is")
    func unreadable() async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let webhooks = SQLiteWebhookStore(store)
            let (one, other) = (WebhookStoreConformance.webhook(1), WebhookStoreConformance.webhook(2))
            let messages = (0..<2).map { WebhookStoreConformance.delivery($0, of: one) }
            for webhook in [one, other] {
                try await webhooks.create(webhook, secret: WebhookStoreConformance.secret(1))
            }
            for message in messages { try await webhooks.add(message) }
            try await store.pool.write { database in
                try database.execute(
                    sql: "UPDATE webhookDelivery SET event = 'of.tomorrow' WHERE id = ?",
                    arguments: [messages[0].id.description],
                )
                try database.execute(
                    sql: "UPDATE webhook SET events = '[1]' WHERE id = ?",
                    arguments: [other.id.description],
                )
            }
            #expect(try await webhooks.nextDelivery(of: one.id) == messages[1])
            #expect(try await webhooks.webhooks() == [one])
            let words = try await webhooks.unreadable()
            #expect(words.count == 2)
            #expect(words.first?.contains(other.id.description) == true)
            #expect(words.last?.contains(messages[0].id.description) == true)
            try await webhooks.forget(before: AccountFixtures.time(1))
            #expect(try await webhooks.unreadable() == words)
        }
    }

    @Test(
        "Webhooks and deliveries cannot break their rules",
        arguments: [
            "UPDATE webhook SET secret = x'00'", "UPDATE webhook SET url = ''", "UPDATE webhook SET events = '{}'",
            "UPDATE webhook SET place = -1", "UPDATE webhook SET enabled = 2",
            "UPDATE webhookDelivery SET state = 'lost'", "UPDATE webhookDelivery SET dueAt = NULL",
            "UPDATE webhookDelivery SET state = 'dead'", "UPDATE webhookDelivery SET body = 'x'",
            "UPDATE webhookDelivery SET webhook = 'aaaaaaaaaaaa'", "UPDATE webhookDelivery SET attempts = -1",
        ],
    )
    func impossible(sql: String) async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let (webhooks, webhook) = (SQLiteWebhookStore(store), WebhookStoreConformance.webhook(1))
            try await webhooks.create(webhook, secret: WebhookStoreConformance.secret(1))
            try await webhooks.add(WebhookStoreConformance.delivery(1, of: webhook))
            await #expect(throws: DatabaseError.self) { try await store.pool.write { try $0.execute(sql: sql) } }
        }
    }
}

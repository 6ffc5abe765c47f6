import Foundation
import GRDB
import SessionModel

/// A webhook as it is stored.
struct WebhookRow: Sendable {
    let secret: Data
    let isEnabled: Bool
    let place: Int64
    private let id: String
    private let url: String
    private let events: String
    private let note: String
    private let createdAt: Int64
    private let generation: Int64

    /// Takes the columns out of a row.
    init(_ row: Row) {
        id = row["id"]
        url = row["url"]
        secret = row["secret"]
        events = row["events"]
        note = row["note"]
        isEnabled = row["enabled"]
        createdAt = row["createdAt"]
        generation = row["generation"]
        place = row["place"]
    }

    /// The webhook of that name.
    ///
    /// - Throws: ``Failure`` with `notFound`.
    static func require(_ id: WebhookID, _ database: Database) throws -> WebhookRow {
        let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM webhook WHERE id = ?"),
            arguments: [id.description],
        )
        guard let row else { throw Failure(.notFound, "there is no webhook \"\(id)\"") }
        return WebhookRow(row)
    }

    /// The last line of all timelines; 0 when there is none.
    static func lastLine(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(database.cachedStatement(sql: "SELECT max(sequence) FROM timeline")) ?? 0
    }

    /// The webhook as the model knows it.
    ///
    /// An event that this version does not know is told to nobody.
    ///
    /// - Throws: ``Failure`` with `storage` when it cannot be read.
    func decoded() throws -> Webhook {
        do {
            guard let id = WebhookID(id) else {
                throw UndecodableColumn(column: "webhook.id", why: "it is no webhook id")
            }
            let names = try StoredJSON.decode([String].self, events, column: "webhook.events")
            return Webhook(
                id: id,
                url: url,
                events: Set(names.compactMap { WebhookEvent(rawValue: $0) }),
                note: note,
                isEnabled: isEnabled,
                createdAt: Timestamp(milliseconds: createdAt),
                generation: generation,
            )
        } catch let error as UndecodableColumn {
            throw Failure(.storage, "webhook \(id) is stored and cannot be read; it was left as it is", cause: error)
        }
    }
}

/// A delivery as it is stored.
struct WebhookDeliveryRow: Sendable {
    private let id: String
    private let webhook: String
    private let event: String
    private let body: String
    private let createdAt: Int64
    private let state: String
    private let dueAt: Int64?
    private let attempts: Int
    private let lastAttemptAt: Int64?
    private let answer: String

    /// Takes the columns out of a row.
    init(_ row: Row) {
        id = row["id"]
        webhook = row["webhook"]
        event = row["event"]
        body = row["body"]
        createdAt = row["createdAt"]
        state = row["state"]
        dueAt = row["dueAt"]
        attempts = row["attempts"]
        lastAttemptAt = row["lastAttemptAt"]
        answer = row["answer"]
    }

    /// Stores a new one.
    static func insert(_ delivery: WebhookDelivery, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO webhookDelivery
                    (id, webhook, event, body, createdAt, state, dueAt, attempts, lastAttemptAt, answer)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            delivery.id.description, delivery.webhook.description, delivery.event.rawValue, delivery.body,
            delivery.createdAt.milliseconds, delivery.state.name, delivery.state.due?.milliseconds,
            delivery.attempts, delivery.lastAttemptAt?.milliseconds, delivery.answer,
        ])
    }

    /// Stores what became of one.
    static func update(_ delivery: WebhookDelivery, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                UPDATE webhookDelivery SET state = ?, dueAt = ?, attempts = ?, lastAttemptAt = ?, answer = ?
                WHERE id = ?
                """
        ).execute(arguments: [
            delivery.state.name, delivery.state.due?.milliseconds, delivery.attempts,
            delivery.lastAttemptAt?.milliseconds, delivery.answer, delivery.id.description,
        ])
    }

    /// The delivery as the model knows it.
    ///
    /// - Throws: ``Failure`` with `storage` when it holds what this version does not know.
    func decoded() throws -> WebhookDelivery {
        let state: WebhookDelivery.State? =
            switch (self.state, dueAt) {
            case ("pending", let due?): .pending(due: Timestamp(milliseconds: due))
            case ("delivered", nil): .delivered
            case ("dead", nil): .dead
            default: nil
            }
        guard let id = WebhookDeliveryID(id), let webhook = WebhookID(webhook),
            let event = WebhookEvent(rawValue: event),
            let state
        else { throw Failure(.storage, "delivery \(self.id) is stored and cannot be read; it was left as it is") }
        return WebhookDelivery(
            id: id,
            webhook: webhook,
            event: event,
            body: body,
            createdAt: Timestamp(milliseconds: createdAt),
            state: state,
            attempts: attempts,
            lastAttemptAt: lastAttemptAt.map(Timestamp.init),
            answer: answer,
        )
    }
}

extension WebhookDelivery.State {
    /// When it is to be sent; `nil` when it is over.
    fileprivate var due: Timestamp? {
        switch self {
        case .pending(let due): due
        case .delivered, .dead: nil
        }
    }
}

package import SessionModel

/// What every ``WebhookStore`` must do, one case per promise.
///
/// Every case gets new, empty stores: one of sessions, and beside it one of webhooks.
package enum WebhookStoreConformance {
    /// One promise.
    package struct Case: Sendable, CustomStringConvertible {
        /// The promise, as a sentence.
        package let name: String
        let body: @Sendable (any WebhookStore, any SessionStore) async throws -> Void

        package var description: String { name }
    }

    /// Holds a store to a promise.
    ///
    /// - Throws: ``ConformanceFailure`` when it does not keep it, and whatever the store throws where it should not.
    package static func run(_ promise: Case, on store: any WebhookStore, beside sessions: any SessionStore) async throws
    {
        try await promise.body(store, sessions)
    }

    /// All promises.
    package static let cases: [Case] = webhooks + outbox + deliveries

    private static let webhooks: [Case] = [
        Case(name: "A webhook is read as it was stored, with its secret, until it is removed") { store, _ in
            let (webhook, secret) = (Self.webhook(1), Self.secret(1))
            try await store.create(webhook, secret: secret)
            let read = try await store.webhook(webhook.id)
            try expect(read.webhook == webhook && read.secret == secret, "read was \(read)")
            try await expectFailure(.conflict) { try await store.create(webhook, secret: secret) }
            try await store.create(Self.webhook(0), secret: secret)
            try expect(try await store.webhooks().map(\.id) == [Self.webhook(0).id, webhook.id], "the order differs")
            try await store.remove(webhook.id)
            try await expectFailure(.notFound) { _ = try await store.webhook(webhook.id) }
            try await expectFailure(.notFound) { try await store.remove(webhook.id) }
            try expect(try await store.webhooks() == [Self.webhook(0)], "something else is left")
        },
        Case(name: "A change is stored once, from the webhook as it is") { store, _ in
            try await store.create(webhook(1), secret: secret(1))
            var changed = webhook(1)
            (changed.url, changed.events, changed.note) = ("https://b.example/", [.ended], "ünother")
            let stored = try await store.update(changed)
            try expect(stored.generation == 1, "the generation is \(stored.generation)")
            changed.generation = 1
            try expect(stored == changed, "stored was \(stored)")
            try expect(try await store.webhook(changed.id).webhook == changed, "it reads otherwise")
            changed.generation = 0
            try await expectFailure(.conflict) { _ = try await store.update(changed) }
            try await expectFailure(.notFound) { _ = try await store.update(webhook(2)) }
        },
        Case(name: "There are no more webhooks than there may be") { store, _ in
            for number in 0..<Webhook.limit { try await store.create(webhook(number), secret: secret(number)) }
            try await expectFailure(.noCapacity) { try await store.create(webhook(99), secret: secret(99)) }
            try await store.remove(webhook(3).id)
            try await store.create(webhook(99), secret: secret(99))
        },
    ]

    private static let outbox: [Case] = [
        Case(name: "A webhook hears of what happens after it was made, in order, and of each line once") {
            store,
            sessions in
            let session = try await Self.session(1, in: sessions)
            try await store.create(webhook(1), secret: secret(1))
            try expect(
                try await store.news(for: webhook(1).id, limit: 10).lines.isEmpty,
                "it hears of what was before",
            )
            try await sessions.append([.admitted, .ready, .tornDown], to: session, at: SessionFixtures.time(1))
            let (lines, place) = try await store.news(for: webhook(1).id, limit: 2)
            try expect(lines.map(\.kind) == ["admitted", "ready"], "lines are \(lines.map(\.kind))")
            try expect(lines.map(\.session) == [session, session], "they are another session's")
            let next = lines[1].sequence
            let message = delivery(1, of: webhook(1))
            for _ in 0..<2 { try await store.add([message], to: webhook(1).id, moving: place, to: next) }
            let page = try await store.deliveries(of: webhook(1).id, after: nil, limit: 10)
            try expect(page.deliveries == [message], "there are \(page.deliveries.count) messages")
            let rest = try await store.news(for: webhook(1).id, limit: 2)
            try expect(rest.lines.map(\.kind) == ["tornDown"] && rest.place == next, "the place was not moved")
        },
        Case(name: "What happens while a webhook is not enabled it never hears of") { store, sessions in
            let session = try await Self.session(1, in: sessions)
            try await store.create(webhook(1), secret: secret(1))
            try await sessions.append([.ready], to: session, at: SessionFixtures.time(1))
            var changed = webhook(1)
            // A change of something else takes nothing away.
            changed = try await store.update(changed)
            try expect(
                try await store.news(for: changed.id, limit: 9).lines.count == 1,
                "a change has moved its place",
            )
            changed.isEnabled = false
            changed = try await store.update(changed)
            changed.isEnabled = true
            changed = try await store.update(changed)
            try expect(try await store.news(for: changed.id, limit: 9).lines.isEmpty, "it hears of what was before")
            try await sessions.append([.paused], to: session, at: SessionFixtures.time(2))
            try expect(try await store.news(for: changed.id, limit: 9).lines.count == 1, "it hears of nothing more")
        },
        Case(name: "Webhooks have places and messages of their own") { store, sessions in
            let session = try await Self.session(1, in: sessions)
            for number in 1...2 { try await store.create(webhook(number), secret: secret(number)) }
            try await sessions.append([.ready], to: session, at: SessionFixtures.time(1))
            let (lines, place) = try await store.news(for: webhook(1).id, limit: 9)
            try await store.add(
                [delivery(1, of: webhook(1))],
                to: webhook(1).id,
                moving: place,
                to: lines[0].sequence,
            )
            try expect(try await store.news(for: webhook(2).id, limit: 9).lines == lines, "the other has lost a line")
            try expect(try await store.nextDelivery(of: webhook(2).id) == nil, "the other has got a message")
            try await store.remove(webhook(1).id)
            try await expectFailure(.notFound) { _ = try await store.news(for: webhook(1).id, limit: 9) }
            try await expectFailure(.notFound) { try await store.add(delivery(2, of: webhook(1))) }
            try await expectFailure(.notFound) {
                try await store.add([], to: webhook(1).id, moving: place, to: place + 1)
            }
        },
    ]

    private static let deliveries: [Case] = [
        Case(name: "Whatever is due first comes first, and what is over never") { store, _ in
            try await store.create(webhook(1), secret: secret(1))
            try expect(try await store.nextDelivery(of: webhook(1).id) == nil, "there is something to send")
            var messages = (0..<3).map { delivery($0, of: webhook(1)) }
            for message in messages { try await store.add(message) }
            for expected in [0, 1, 2] {
                let next = try await store.nextDelivery(of: webhook(1).id)
                try expect(next == messages[expected], "next is \(String(describing: next?.id))")
                messages[expected].attempted(expected == 1, "answer", at: AccountFixtures.time(100), chance: 0.5)
                try await store.update(messages[expected])
            }
            // The first has failed before the third.
            try expect(try await store.nextDelivery(of: webhook(1).id) == messages[0], "another one is next")
            for _ in 0..<WebhookDelivery.waits.count {
                messages[0].attempted(false, "status 500", at: AccountFixtures.time(200), chance: 0)
            }
            try await store.update(messages[0])
            try expect(try await store.nextDelivery(of: webhook(1).id) == messages[2], "one that is dead is next")
            for message in messages {
                try expect(try await store.delivery(message.id, of: webhook(1).id) == message, "one reads otherwise")
            }
            try await expectFailure(.notFound) { _ = try await store.delivery(messages[0].id, of: webhook(2).id) }
            try await store.update(delivery(9, of: webhook(1)))
            try await expectFailure(.notFound) {
                _ = try await store.delivery(delivery(9, of: webhook(1)).id, of: webhook(1).id)
            }
        },
        Case(name: "Deliveries are listed newest first, page by page") { store, _ in
            try await store.create(webhook(1), secret: secret(1))
            let messages = (0..<7).map { delivery($0, of: webhook(1)) }
            for message in messages { try await store.add(message) }
            var (found, next): ([WebhookDeliveryID], WebhookDeliveryID?) = ([], nil)
            repeat {
                let page = try await store.deliveries(of: webhook(1).id, after: next, limit: 3)
                found += page.deliveries.map(\.id)
                next = page.next
            } while next != nil && found.count < 20
            try expect(found == messages.map(\.id).reversed(), "found were \(found)")
            for limit in [0, 501] {
                try await expectFailure(.invalidInput) {
                    _ = try await store.deliveries(of: webhook(1).id, after: nil, limit: limit)
                }
            }
            try await expectFailure(.notFound) {
                _ = try await store.deliveries(of: webhook(2).id, after: nil, limit: 9)
            }
        },
        Case(name: "What is over is forgotten in time, what is to be sent is not") { store, _ in
            try await store.create(webhook(1), secret: secret(1))
            var messages = (0..<4).map { delivery($0, of: webhook(1)) }
            for message in messages { try await store.add(message) }
            for number in [0, 3] {
                messages[number].attempted(true, "status 200", at: AccountFixtures.time(50), chance: 0)
                try await store.update(messages[number])
            }
            try await store.forget(before: AccountFixtures.time(3))
            let left = try await store.deliveries(of: webhook(1).id, after: nil, limit: 9).deliveries
            try expect(left == [messages[3], messages[2], messages[1]], "left are \(left.map(\.id))")
        },
        Case(name: "What is to be sent to a webhook that is not enabled is forgotten in time") { store, _ in
            for number in 1...2 { try await store.create(webhook(number), secret: secret(number)) }
            for number in 0..<4 { try await store.add(delivery(number, of: webhook(1))) }
            try await store.add(delivery(4, of: webhook(2)))
            var off = webhook(1)
            off.isEnabled = false
            _ = try await store.update(off)
            try await store.forget(before: AccountFixtures.time(3))
            let left = try await store.deliveries(of: off.id, after: nil, limit: 9).deliveries
            try expect(left == [delivery(3, of: off)], "left are \(left.map(\.id))")
            try expect(try await store.unreadable().isEmpty, "something cannot be read")
            try await store.forget(before: AccountFixtures.time(9))
            try expect(try await store.nextDelivery(of: off.id) == nil, "it is kept for ever")
            try expect(try await store.nextDelivery(of: webhook(2).id) != nil, "the other has lost one")
        },
    ]

    // MARK: Tools

    /// The webhook of that number; each is a second older than the next.
    package static func webhook(_ number: Int) -> Webhook {
        var generator = SeededGenerator(seed: UInt64(number) + 11 << 32)
        return Webhook(
            id: WebhookID(using: &generator),
            url: "https://a.example/\(number)",
            events: [.ready, .ended],
            note: "Number \(number)",
            createdAt: AccountFixtures.time(Int64(number)),
        )
    }

    /// The secret of that number.
    package static func secret(_ number: Int) -> WebhookSecret {
        guard let secret = WebhookSecret(AccountFixtures.digest(number).bytes) else {
            preconditionFailure("a digest has as many bytes as a secret may have")
        }
        return secret
    }

    /// The message of that number; each is a second older than the next.
    package static func delivery(_ number: Int, of webhook: Webhook) -> WebhookDelivery {
        var generator = SeededGenerator(seed: UInt64(number) + 12 << 32)
        return WebhookDelivery(
            id: WebhookDeliveryID(using: &generator),
            webhook: webhook.id,
            event: .ready,
            body: #"{"type":"session.ready"}"#,
            createdAt: AccountFixtures.time(Int64(number)),
        )
    }

    private static func session(_ number: Int, in sessions: any SessionStore) async throws -> SessionID {
        let session = try SessionFixtures.session(number)
        try await sessions.create(session, records: [.requested], at: SessionFixtures.time())
        return session.id
    }

    private static func expect(_ holds: Bool, _ message: @autoclosure () -> String) throws {
        guard holds else { throw ConformanceFailure(message()) }
    }

    private static func expectFailure(_ code: FailureCode, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let failure as Failure where failure.code == code {
            return
        }
        throw ConformanceFailure("it succeeded and should have failed with \(code.rawValue)")
    }
}

import SessionModel
import TestKit
import Testing

@Suite("Messages of webhooks")
struct WebhookTests {
    private static let now = AccountFixtures.time(1_000)

    @Test("One that is never taken is tried eight times within twenty hours, then it is dead")
    func attempts() {
        for chance in [0, 0.5, 1] {
            var delivery = WebhookStoreConformance.delivery(1, of: WebhookStoreConformance.webhook(1))
            var (now, waits): (Timestamp, [Double]) = (delivery.createdAt, [])
            while case .pending(let due) = delivery.state {
                if delivery.attempts > 0 { waits.append(Double(due.milliseconds - now.milliseconds) / 1000) }
                now = due
                delivery.attempted(false, "status 500", at: now, chance: chance)
                #expect(delivery.lastAttemptAt == now)
            }
            #expect(delivery.state == .dead && delivery.attempts == 8 && delivery.answer == "status 500")
            let expected = [5, 30, 120, 600, 3_600, 18_000, 36_000].map { $0 * (1 + 0.2 * chance) }
            #expect(waits.count == 7 && zip(waits, expected).allSatisfy { abs($0 - $1) < 0.01 }, "\(waits)")
        }
    }

    @Test("One that is taken is sent no more, whatever came before")
    func delivered() {
        for failures in 0..<8 {
            var delivery = WebhookStoreConformance.delivery(1, of: WebhookStoreConformance.webhook(1))
            for _ in 0..<failures { delivery.attempted(false, "status 503", at: Self.now, chance: 0) }
            delivery.attempted(true, "status 204", at: Self.now, chance: 0)
            #expect(delivery.state == .delivered && delivery.attempts == failures + 1)
        }
    }

    @Test("Only one that is dead can be tried again, and then once")
    func revived() throws {
        var delivery = WebhookStoreConformance.delivery(1, of: WebhookStoreConformance.webhook(1))
        #expect(throws: Failure.self) { try delivery.revive(at: Self.now) }
        for _ in 0..<8 { delivery.attempted(false, "status 500", at: Self.now, chance: 0) }
        try delivery.revive(at: Self.now)
        #expect(delivery.state == .pending(due: Self.now))
        var failed = delivery
        failed.attempted(false, "status 500", at: Self.now, chance: 0)
        #expect(failed.state == .dead && failed.attempts == 9)
        delivery.attempted(true, "status 200", at: Self.now, chance: 0)
        #expect(throws: Failure.self) { try delivery.revive(at: Self.now) }
    }

    @Test(
        "Lines of a timeline that programs hear of are those four",
        arguments: [
            (.ready, .ready), (.finishing(.submitted), .submitted), (.finishing(.expired), nil),
            (.graded("serve passed"), .graded), (.regraded(PersonID("uid:0"), "serve passed"), .graded),
            (.ended(.denied), .ended), (.ended(.submitted), .ended), (.tornDown, nil), (.requested, nil),
            (.checked(PersonID("uid:0"), "serve passed"), nil), (.failed("submitted"), nil),
        ] as [(TimelineRecord, WebhookEvent?)],
    )
    func events(_ record: TimelineRecord, _ expected: WebhookEvent?) {
        let line = TimelineEntry(
            sequence: 1,
            session: SessionFixtures.sessionID(1),
            at: Self.now,
            serviceTime: ServiceInstant(milliseconds: 1),
            kind: record.kind,
            text: record.text,
            milliseconds: nil,
        )
        #expect(WebhookEvent(line) == expected)
    }

    @Test("A secret is never printed")
    func secret() {
        let secret = WebhookStoreConformance.secret(1)
        #expect("\(secret)" == "<redacted>" && String(reflecting: secret) == "<redacted>")
        #expect(WebhookSecret(Array(repeating: 0, count: 23)) == nil)
        #expect(WebhookSecret(Array(repeating: 0, count: 65)) == nil)
    }
}

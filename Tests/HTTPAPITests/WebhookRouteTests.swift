import APIContract
import Foundation
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Operators look after webhooks", .timeLimit(.minutes(2)))
struct WebhookRouteTests {
    @Test("A secret is told once; what is changed is what was looked at; all of it is in the audit log")
    func life() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let body = #"{"url":"https://a.example/in","events":["session.ended"],"note":"the register"}"#
            let answer = try await served.answer("POST", "/api/v1/webhooks", body)
            #expect(answer.status == 201 && answer.headers("cache-control") == ["no-store"])
            let created = try JSONDecoder().decode(CreatedWebhookResource.self, from: Data(answer.body.utf8))
            #expect(created.secret.hasPrefix("whsec_") && created.secret.utf8.count == 50)
            let path = "/api/v1/webhooks/\(created.webhook.id)"
            #expect(answer.headers("location") == [path])
            #expect(created.webhook.events == ["session.ended"] && created.webhook.enabled)

            let read = try await served.answer("GET", path)
            let tag = try #require(read.headers("etag").first)
            #expect(!read.body.contains("whsec_"))
            let change = #"{"enabled":false,"events":["session.ready","session.ended"]}"#
            let changed = try await served.answer("PATCH", path, change, headers: ["if-match": tag])
            #expect(changed.status == 200)
            let late = try await served.answer("PATCH", path, #"{"note":"x"}"#, headers: ["if-match": tag])
            #expect(late.status == 412)
            for same in ["{}", change] {
                let answer = try await served.answer("PATCH", path, same)
                #expect(answer.status == 200 && answer.headers("etag") == changed.headers("etag"))
            }
            let address = #"{"url":"https://a.example/secret","note":"the register"}"#
            #expect(try await served.answer("PATCH", path, address).status == 200)
            let list: WebhookList = try await served.value("GET", "/api/v1/webhooks")
            #expect(list.webhooks.map(\.enabled) == [false] && list.webhooks.map(\.note) == ["the register"])
            #expect(list.webhooks.map(\.events) == [["session.ended", "session.ready"]])
            #expect(try await served.answer("POST", "\(path)/test").status == 409)
            #expect(try await served.answer("DELETE", path).status == 204)
            #expect(try await served.answer("GET", path).status == 404)

            let lines = try await served.people.entries(before: nil, limit: 10).entries
            #expect(
                lines.map(\.action)
                    == [
                        "webhook.remove", "webhook.test", "webhook.change", "webhook.change", "webhook.change",
                        "webhook.create",
                    ]
            )
            #expect(lines.map(\.outcome) == [.done, .failed, .done, .failed, .done, .done])
            #expect(
                lines.map(\.detail)
                    == [
                        "", "wrongState", "url", "preconditionFailed",
                        "events: session.ended session.ready; enabled: false", "",
                    ]
            )
            #expect(Set(lines.map(\.object)) == [created.webhook.id])
        }
    }

    @Test(
        "What can be no webhook is refused",
        arguments: [
            #"{"url":"http://a.example/"}"#, #"{"url":"https://a.example/","events":[]}"#,
            #"{"url":"https://a.example/","events":["session.started"]}"#,
            #"{"url":"https://a.example/","events":["webhook.test"]}"#, #"{"events":["session.ended"]}"#,
            #"{"url":"https://a.example/","note":"a\nb"}"#, "x",
        ],
    )
    func refused(_ body: String) async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let answer = try await served.answer("POST", "/api/v1/webhooks", body)
            #expect(answer.status == 422, "\(answer.body)")
            #expect(await served.webhooks.webhooks().isEmpty)
        }
    }

    @Test("Messages that were not taken can be seen, and sent once more")
    func deliveries() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            try await served.keepWebhook()
            let path = "/api/v1/webhooks/\(ServedAPI.webhook.id)/deliveries"
            var list: WebhookDeliveryList = try await served.value("GET", path)
            #expect(list.deliveries.map(\.state) == ["dead"] && list.deliveries.map(\.attempts) == [8])
            #expect(list.deliveries.map(\.answer) == ["status 500"] && list.next == nil)
            let dead = "\(path)/\(ServedAPI.deadDelivery.id)/retry"
            let revived: WebhookDeliveryResource = try await served.value("POST", dead)
            #expect(revived.state == "pending" && revived.dueAt != nil)
            #expect(try await served.answer("POST", dead).status == 409)
            #expect(try await served.answer("POST", "\(path)/aaaaaaaaaaaaaaaa/retry").status == 404)
            let test: WebhookDeliveryResource = try await served.value(
                "POST",
                "/api/v1/webhooks/\(ServedAPI.webhook.id)/test",
            )
            list = try await served.value("GET", "\(path)?limit=1")
            #expect(list.deliveries.map(\.id) == [test.id] && list.next == test.id)
            list = try await served.value("GET", "\(path)?limit=1&cursor=\(test.id)")
            #expect(list.deliveries.map(\.id) == [revived.id] && list.next == nil)
            #expect(try await served.answer("GET", "\(path)?cursor=x").status == 422)
        }
    }
}

extension ServedAPI {
    /// A webhook that ``keepWebhook()`` keeps.
    static let webhook = WebhookStoreConformance.webhook(1)

    /// What it was sent, and never took.
    static let deadDelivery = {
        var delivery = WebhookStoreConformance.delivery(1, of: webhook)
        while delivery.state.name == "pending" {
            delivery.attempted(false, "status 500", at: AccountFixtures.time(9), chance: 0)
        }
        return delivery
    }()

    /// Keeps a webhook that did not take a message.
    func keepWebhook() async throws {
        guard await webhooks.webhooks().isEmpty else { return }
        try await webhooks.create(Self.webhook, secret: WebhookStoreConformance.secret(1))
        try await webhooks.add(Self.deadDelivery)
    }
}

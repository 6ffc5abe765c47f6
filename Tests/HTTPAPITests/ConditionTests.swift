import APIContract
import Foundation
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("What a request's head says of whether it is to be done", .timeLimit(.minutes(1)))
struct ConditionTests {
    private static let person = #"{"login":"bob","name":"Bob","roles":["trainee"]}"#

    @Test("An account that is asked for again under its key is the same; one that is otherwise is a conflict")
    func accounts() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            func make(_ body: String, _ key: String) async throws -> HTTPAnswer {
                try await served.answer("POST", "/api/v1/people", body, headers: ["idempotency-key": key])
            }
            let first = try await make(Self.person, "k1")
            let again = try await make(Self.person, "k1")
            #expect(first.status == 201 && again.status == 201 && again.body == first.body)
            #expect(again.headers("location") == first.headers("location"))
            let other = try await make(Self.person.replacing("Bob", with: "Rob"), "k1")
            #expect(other.status == 409)
            #expect(try other.problem().detail.contains("Idempotency-Key"))
            let taken = try await make(Self.person, "k2")
            #expect(taken.status == 409)
            #expect(try taken.problem().detail.contains("login"))
            #expect(try await make(Self.person.replacing("bob", with: "rob"), "k2").status == 201)
            #expect(try await make(Self.person, "two words").status == 422)
            let people: PersonList = try await served.value("GET", "/api/v1/people")
            #expect(people.people.map(\.login) == ["rob", "bob"] || people.people.map(\.login) == ["bob", "rob"])
            let lines = try await served.people.entries(before: nil, limit: 9).entries
            #expect(lines.map(\.action) == ["person.create", "person.create"])

            let created = try JSONDecoder().decode(PersonResource.self, from: Data(first.body.utf8))
            #expect(try await served.answer("DELETE", "/api/v1/people/\(created.id)").status == 204)
            #expect(try await make(Self.person, "k1").status == 409, "who is erased does not come back")
        }
    }

    @Test(
        "A secret is told once: asked for again under its key, nothing is made and what was made is named",
        arguments: [
            ("people/{id}/tokens", #"{"name":"x","lifetimeSeconds":3600}"#),
            ("webhooks", #"{"url":"https://a.example/"}"#),
        ],
    )
    func secrets(_ route: String, _ body: String) async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let account: PersonResource = try await served.value("POST", "/api/v1/people", Self.person)
            let path = "/api/v1/" + route.replacing("{id}", with: account.id)
            let key = ["idempotency-key": "8f14e45f"]
            let first = try await served.answer("POST", path, body, headers: key)
            #expect(first.status == 201)
            let name = try #require(first.headers("location").first?.split(separator: "/").last)
            for _ in 0..<2 {
                let again = try await served.answer("POST", path, body, headers: key)
                let problem = try again.problem()
                #expect(again.status == 409 && problem.code == "alreadyMade" && problem.detail.contains(name))
            }
            #expect(try await served.answer("POST", path, body, headers: ["idempotency-key": "other"]).status == 201)
            let made =
                route == "webhooks"
                ? await served.webhooks.webhooks().count
                : await served.people.tokens(of: PersonID(account.id)).count
            #expect(made == 2)
        }
    }

    @Test(
        "One of several ETags is enough, and what is known already is not told again",
        arguments: ["people", "webhooks"],
    )
    func tags(_ kind: String) async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let isWebhook = kind == "webhooks"
            let made = try await served.answer(
                "POST",
                "/api/v1/\(kind)",
                isWebhook ? #"{"url":"https://a.example/"}"# : Self.person,
            )
            let path = try #require(made.headers("location").first)
            let tag = try #require(try await served.answer("GET", path).headers("etag").first)
            func change(_ tags: String, _ text: String) async throws -> Int {
                let body = isWebhook ? #"{"note":"\#(text)"}"# : #"{"name":"\#(text)"}"#
                return try await served.answer("PATCH", path, body, headers: ["if-match": tags]).status
            }
            func read(_ tags: String) async throws -> HTTPAnswer {
                try await served.answer("GET", path, headers: ["if-none-match": tags])
            }
            for known in [tag, "*", "\"99\", \(tag)"] {
                let answer = try await read(known)
                #expect(answer.status == 304 && answer.body.isEmpty && answer.headers("etag") == [tag], "\(known)")
            }
            for unknown in ["\"99\"", "x", ""] { #expect(try await read(unknown).status == 200, "\(unknown)") }
            for wrong in ["\"99\"", "x", "\"98\", \"99\"", "W/\(tag)"] {
                #expect(try await change(wrong, "a") == 412, "\(wrong)")
            }
            #expect(try await change("\"99\",\t\(tag) , x", "a") == 200)
            #expect(try await read(tag).status == 200)
            #expect(try await change(tag, "b") == 412)
            #expect(try await change("*", "b") == 200)
        }
    }
}

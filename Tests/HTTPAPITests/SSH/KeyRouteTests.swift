import APIContract
import Foundation
import SessionEngine
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Keys over HTTP", .timeLimit(.minutes(1)))
struct KeyRouteTests {
    private static let name = "SHA256:495BGQ2HEQTauYVlSfR1oJapPouQz+FapTAKIOQN2DE"

    @Test("A key is added, listed without its comment, and removed; the timeline and the audit log have it")
    func whole() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            let path = "/api/v1/sessions/\(session.id)/keys"
            let body = #"{"key":"\#(KeyText.ed25519) ann@her-laptop\n"}"#
            for _ in 0..<2 {
                let added: SessionKeyResource = try await served.value("POST", path, body)
                #expect(added.fingerprint == Self.name && added.type == "ssh-ed25519")
                #expect(added.person == ServedAPI.person.description)
            }
            let answer = try await served.answer("GET", path)
            #expect(!answer.body.contains("laptop"))
            let list = try JSONDecoder().decode(SessionKeyList.self, from: Data(answer.body.utf8))
            #expect(list.keys.map(\.fingerprint) == [Self.name] && list.ssh == nil)
            let removal = "\(path)/\(try #require(KeyFingerprint(Self.name)).pathText)"
            #expect(try await served.answer("DELETE", removal).status == 204)
            #expect(try await served.answer("DELETE", removal).status == 404)
            let empty: SessionKeyList = try await served.value("GET", path)
            #expect(empty.keys.isEmpty)
            let lines = await served.store.timeline(of: session.id, after: 0).filter { $0.kind.hasPrefix("key") }
            #expect(lines.map(\.kind) == ["keyAdded", "keyRemoved"])
            #expect(lines.allSatisfy { $0.text == ServedAPI.person.description })
            let entries = try await served.people.entries(before: nil, limit: 9).entries.filter {
                $0.action.hasSuffix("Key")
            }
            #expect(entries.map(\.action) == ["session.removeKey", "session.addKey", "session.addKey"])
            #expect(entries.map(\.outcome) == [.done, .done, .done])
            #expect(entries.allSatisfy { $0.object == session.id.description && !$0.detail.contains("SHA256") })
        }
    }

    @Test("People are told where to come in as long as somebody listens there, with the session that is meant")
    func place() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            func told() async throws -> SSHAccessResource? {
                let list: SessionKeyList = try await served.value("GET", "/api/v1/sessions/\(session.id)/keys")
                return list.ssh
            }
            #expect(try await told() == nil)
            let run = served.place.begin()
            #expect(try await told() == nil)
            served.place.listen(in: run)
            #expect(
                try await told()?.command
                    == "ssh -S none -p 2222 -o SetEnv=SANDGLASS_SESSION=\(session.id) sandglass@sandglass.test"
            )
            served.place.end(because: "it ended with 1")
            #expect(try await told() == nil)
            // What is heard late is not of the run that it seems to be of.
            served.place.listen(in: run)
            _ = served.place.begin()
            served.place.listen(in: run)
            #expect(try await told() == nil)
        }
    }

    @Test("What is no key is refused, with what is wrong with it")
    func wrong() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            let path = "/api/v1/sessions/\(session.id)/keys"
            let answer = try await served.answer("POST", path, #"{"key":"from=\"x\" \#(KeyText.ed25519)"}"#)
            #expect(answer.status == 422)
            #expect(try answer.problem().detail.contains("options are not taken"))
            #expect(try await served.answer("DELETE", "\(path)/x").status == 404)
        }
    }

    @Test("Whoever has added a key is nothing to others who add it; one's own moves to the newer session")
    func moves() async throws {
        try await ServedAPI.serving { served in
            let (mine, next) = (try await served.readySession(), try await served.readySession())
            let theirs = try await served.readySession(of: ServedAPI.stranger)
            let body = #"{"key":"\#(KeyText.ed25519)"}"#
            let key = try PublicKey(line: KeyText.ed25519)
            _ = try await served.commands.addKey(key, to: theirs.id, by: ServedAPI.stranger)
            for session in [mine, next] {
                #expect(try await served.answer("POST", "/api/v1/sessions/\(session.id)/keys", body).status == 200)
            }
            #expect(await served.store.keys(of: mine.id).isEmpty)
            #expect(await served.store.keys(of: next.id).count == 1)
            #expect(await served.store.keys(of: theirs.id).map(\.person) == [ServedAPI.stranger.person])
            _ = try await served.commands.end(next.id, by: ServedAPI.me)
            try await eventually("the key outlives its session") {
                await served.store.keys(named: key.fingerprint).map(\.session) == [theirs.id]
            }
            #expect(try await served.answer("POST", "/api/v1/sessions/\(next.id)/keys", body).status == 409)
        }
    }
}

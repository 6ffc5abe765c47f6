import Foundation
import SessionModel
import TestKit
import Testing

@testable import SessionEngine

@Suite("Programs elsewhere hear of what happens to sessions", .timeLimit(.minutes(5)))
struct WebhookTests {
    @Test("They are told what they want to hear of, in order, and nothing that says who somebody is")
    func messages() async throws {
        let stage = WebhookStage()
        let session = try await stage.session()
        try await stage.happens(.ready, to: session)
        try await stage.working {
            _ = try await stage.webhook()
            _ = try await stage.webhook("https://b.example/in", [.ended])
            let person = PersonID("uid:1000")
            try await stage.happens(.checked(person, "serve passed"), .finishing(.submitted), to: session)
            try await stage.happens(.graded("serve passed: 10 of 10 points"), .ended(.submitted), to: session)
            try await stage.eventually("not all are told") { await stage.sender.sent.count == 4 }
        }
        let sent = await stage.sender.sent
        #expect(sent.filter { $0.url == "https://b.example/in" }.count == 1)
        let bodies = sent.filter { $0.url == "https://a.example/in" }.map(\.body)
        let (time, data) = (
            #""timestamp":"2023-11-14T22:13:20.000Z""#,
            #""lab":"first-steps","person":"p-abcdefghijklmnop""#,
        )
        #expect(
            bodies == [
                #"{"data":{\#(data),"session":"\#(session)"},\#(time),"type":"session.submitted"}"#,
                #"{"data":{\#(data),"result":{"points":10,"total":10},"session":"\#(session)"},"#
                    + #"\#(time),"type":"session.graded"}"#,
                #"{"data":{\#(data),"reason":"submitted","session":"\#(session)"},\#(time),"type":"session.ended"}"#,
            ]
        )
    }

    @Test(
        "What was found is told where the policy lets it be known at all",
        arguments: [(Feedback.live, true), (.after, true), (.never, false)],
    )
    func results(_ feedback: Feedback, _ isTold: Bool) async throws {
        let stage = WebhookStage()
        let session = try await stage.session(feedback: feedback)
        try await stage.working {
            _ = try await stage.webhook()
            try await stage.happens(.graded("serve passed"), to: session)
            try await stage.eventually("nothing is told") { await !stage.sender.sent.isEmpty }
        }
        let data = try #require(try await stage.told().first?["data"] as? [String: any Sendable])
        #expect((data["result"] != nil) == isTold)
    }

    @Test("A message is signed as Standard Webhooks says, and named the same at every attempt")
    func signature() async throws {
        let secret = try #require(WebhookSecret(Array(0..<32)))
        let headers = WebhookSignature.headers(
            for: #"{"type":"session.ready"}"#,
            try #require(WebhookDeliveryID("abcdefghijklmnop")),
            at: Timestamp(milliseconds: 1_800_000_000_999),
            secret,
        )
        // What openssl makes of the same.
        #expect(
            headers == [
                "webhook-id": "msg_abcdefghijklmnop", "webhook-timestamp": "1800000000",
                "webhook-signature": "v1,ZtekpGVBpPyod7KzSjo6XrjxO4fdn9rWPwL8EpJvDWo=",
            ]
        )
        #expect(WebhookSignature.text(of: secret) == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")

        let stage = WebhookStage()
        await stage.sender.answer { _ in 500 }
        let session = try await stage.session()
        try await stage.working {
            let id = try await stage.webhook()
            try await stage.happens(.ready, to: session)
            for number in 1...3 { _ = try await stage.attempt(number, of: id) }
            // It is due once more.
            try await stage.eventually("it is not tried again") { await stage.sender.sent.count == 4 }
        }
        let sent = await stage.sender.sent
        #expect(Set(sent.map { $0.headers["webhook-id"] }).count == 1)
        #expect(Set(sent.map { $0.headers["webhook-timestamp"] }).count == 4)
        #expect(Set(sent.map { $0.headers["webhook-signature"] }).count == 4)
    }

    @Test("Whoever follows webhooks.md verifies a message with openssl")
    func openssl() async throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/webhooks.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let script = try #require(text.components(separatedBy: "```sh\n").last?.components(separatedBy: "```").first)
        let stage = WebhookStage()
        let session = try await stage.session()
        var told = ""
        try await stage.working {
            told = try await stage.commands.create(
                url: "https://a.example/",
                events: [.ended],
                note: "",
                by: WebhookStage.chief,
            ).secret
            try await stage.happens(.ended(.stopped), to: session)
            try await stage.eventually("it is not told") { await !stage.sender.sent.isEmpty }
        }
        let message = try #require(await stage.sender.sent.first)
        let folder = FileManager.default.temporaryDirectory.appending(path: "webhook-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // What stays is in nobody's way.
        try Data(message.body.utf8).write(to: folder.appending(path: "body"))
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script]
        process.currentDirectoryURL = folder
        process.environment = [
            "PATH": "/usr/bin:/bin", "secret": told, "id": try #require(message.headers["webhook-id"]),
            "timestamp": try #require(message.headers["webhook-timestamp"]),
        ]
        process.standardOutput = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(message.headers["webhook-signature"] == "v1," + said.trimmingCharacters(in: .newlines))
    }

    @Test(
        "Whatever is no success is tried again, less and less often, until it is dead; then only when somebody asks",
        arguments: [301, 404, 500, nil],
    )
    func retries(_ status: Int?) async throws {
        let stage = WebhookStage()
        await stage.sender.answer { _ in
            guard let status else { throw Failure(.hostTool, "nobody is there") }
            return status
        }
        let answer = status.map { "status \($0)" } ?? "nobody is there"
        let session = try await stage.session()
        try await stage.working {
            let id = try await stage.webhook()
            try await stage.happens(.ready, to: session)
            for number in 1...7 {
                let tried = try await stage.attempt(number, of: id)
                #expect(tried.state.name == "pending" && tried.answer == answer)
            }
            let dead = try await stage.attempt(8, of: id)
            #expect(dead.state == .dead && dead.answer == answer)
            #expect(await stage.sender.sent.count == 8)

            await stage.sender.answer { _ in 200 }
            _ = try await stage.commands.retry(dead.id, of: id, by: WebhookStage.chief)
            try await stage.eventually("it is not tried again") {
                try await stage.deliveries(of: id).first?.state == .delivered
            }
            await #expect(throws: Failure.self) {
                _ = try await stage.commands.retry(dead.id, of: id, by: WebhookStage.chief)
            }
        }
    }

    @Test("Whoever wants to be left alone is, but no longer than ten hours")
    func rest() async throws {
        for (wanted, least, most) in [(60, 60, 60), (1, 5, 6), (1_000_000, 36_000, 36_000)] {
            let stage = WebhookStage()
            await stage.sender.answer(restingFor: .seconds(wanted)) { _ in 503 }
            let session = try await stage.session()
            try await stage.working {
                let id = try await stage.webhook()
                let start = stage.clock.read().wall.milliseconds
                try await stage.happens(.ready, to: session)
                var due: Int64?
                try await stage.eventually("it is not tried") {
                    guard case .pending(let next)? = try await stage.deliveries(of: id).first?.state else {
                        return false
                    }
                    due = next.milliseconds
                    return try await stage.deliveries(of: id).first?.attempts == 1
                }
                let wait = Int(try #require(due) - start) / 1000
                #expect((least...most).contains(wait), "\(wanted): \(wait)")
            }
        }
    }

    @Test("One whose program is gone is not enabled any more, and the audit log says so")
    func gone() async throws {
        let stage = WebhookStage()
        let session = try await stage.session()
        await stage.sender.answer { _ in 410 }
        try await stage.working {
            let id = try await stage.webhook()
            try await stage.happens(.ready, to: session)
            try await stage.eventually("nobody is told") {
                try await !stage.audit.entries(before: nil, limit: 9).entries.isEmpty
            }
            #expect(try await stage.store.webhook(id).webhook.isEnabled == false)
            #expect(try await stage.deliveries(of: id).map(\.state) == [.dead])
            let line = try #require(try await stage.audit.entries(before: nil, limit: 9).entries.first)
            #expect(line.action == "webhook.change" && line.actor == nil && line.object == id.description)
            #expect(line.detail == "enabled: false; status 410")
        }
        #expect(await stage.sender.sent.count == 1)
    }

    @Test("One that never answers holds up no other")
    func slow() async throws {
        let stage = WebhookStage()
        await stage.sender.answer { message in
            if message.url.contains("slow") {
                let (forever, _) = AsyncStream<Void>.makeStream()
                for await _ in forever {}
            }
            return 200
        }
        let session = try await stage.session()
        try await stage.working {
            let slow = try await stage.webhook("https://slow.example/")
            let quick = try await stage.webhook("https://quick.example/")
            for _ in 0..<20 { try await stage.happens(.ready, to: session) }
            try await stage.eventually("the other waits, or the slow one is sent nothing") {
                let delivered = try await stage.deliveries(of: quick).count { $0.state == .delivered }
                let isSlowAsked = await stage.sender.sent.contains { $0.url.contains("slow") }
                return delivered == 20 && isSlowAsked
            }
            #expect(await stage.sender.sent.count { $0.url.contains("slow") } == 1)
            #expect(try await stage.deliveries(of: slow).allSatisfy { $0.state.name == "pending" })
        }
    }

    @Test("Whenever daemons die, everything is told, and what is told twice has the same name")
    func crashes() async throws {
        for seed in UInt64(1)...10 {
            var generator = SeededGenerator(seed: seed)
            let stage = WebhookStage()
            let session = try await stage.session()
            let id = try await stage.webhook()
            for life in UInt64(0)..<5 {
                let limit = Int.random(in: 0...4, using: &generator)
                let before = await stage.sender.sent.count
                await stage.sender.answer { _ in
                    guard await stage.sender.sent.count - before <= limit else {
                        // The daemon dies while it waits for the answer.
                        let (forever, _) = AsyncStream<Void>.makeStream()
                        for await _ in forever {}
                        throw CancellationError()
                    }
                    return 200
                }
                try await stage.working(stage.next(seed * 100 + life)) {
                    for _ in 0..<4 { try await stage.happens(.ready, to: session) }
                    try await stage.eventually("the daemon never dies") {
                        let sent = await stage.sender.sent.count - before
                        let waiting = try await stage.store.nextDelivery(of: id) != nil
                        let news = try await !stage.store.news(for: id, limit: 1).lines.isEmpty
                        return sent > limit || !waiting && !news
                    }
                }
            }
            await stage.sender.answer { _ in 200 }
            try await stage.working(stage.next(seed * 100 + 99)) {
                try await stage.eventually("something is never told") {
                    let deliveries = try await stage.deliveries(of: id)
                    return deliveries.count == 20 && deliveries.allSatisfy { $0.state == .delivered }
                }
            }
            let names = await stage.sender.sent.map { $0.headers["webhook-id"] }
            #expect(Set(names).count == 20 && names.count <= 25)
        }
    }

    @Test("One that is not enabled is told nothing, nor is one that was removed")
    func disabled() async throws {
        let stage = WebhookStage()
        let session = try await stage.session()
        try await stage.working {
            let (one, other) = (try await stage.webhook("https://one.example/"), try await stage.webhook())
            let off = try await stage.commands.change(one, .init(isEnabled: false), at: 0, by: WebhookStage.chief)
                .webhook
            #expect(!off.isEnabled && off.generation == 1)
            await #expect(throws: Failure.self) { _ = try await stage.commands.test(one, by: WebhookStage.chief) }
            try await stage.happens(.ready, to: session)
            try await stage.eventually("the other is not told") { await stage.sender.sent.count == 1 }
            try await stage.commands.remove(other, by: WebhookStage.chief)
            _ = try await stage.commands.change(one, .init(isEnabled: true), at: nil, by: WebhookStage.chief)
            try await stage.happens(.ended(.stopped), to: session)
            try await stage.eventually("it is not told") { await stage.sender.sent.count == 2 }
        }
        #expect(await stage.sender.sent.map(\.url) == ["https://a.example/in", "https://one.example/"])
        #expect(try await stage.told().map { $0["type"] as? String } == ["session.ready", "session.ended"])
    }

    @Test("Whoever wants to see whether messages arrive sends one, whatever the webhook wants to hear of")
    func test() async throws {
        let stage = WebhookStage()
        try await stage.working {
            let id = try await stage.webhook("https://a.example/", [.ended])
            let delivery = try await stage.commands.test(id, by: WebhookStage.chief)
            try await stage.eventually("it is not sent") {
                try await stage.store.delivery(delivery.id, of: id).state == .delivered
            }
            #expect(try await stage.told().first?["type"] as? String == "webhook.test")
            let figures = await stage.dispatcher.metrics()
            #expect(figures.first?.samples.contains(.init(["outcome": "delivered"], .number(1))) == true)
        }
    }

    @Test("What was sent and could not be noted is sent again, under the same name")
    func storage() async throws {
        let stage = WebhookStage()
        let session = try await stage.session()
        await stage.sender.answer { _ in
            // The disk has room again when it is sent for the third time.
            let isFull = await stage.sender.sent.count < 3
            await stage.sessions.refuseWrites(with: isFull ? Failure(.storage, "the disk is full") : nil)
            return 200
        }
        try await stage.working {
            let id = try await stage.webhook()
            try await stage.happens(.ready, to: session)
            try await stage.eventually("that it is told is never noted") {
                if stage.clock.wakesSomeone(within: WebhookDispatcher.retry) {
                    stage.clock.advance(by: WebhookDispatcher.retry)
                }
                return try await stage.deliveries(of: id).contains { $0.state == .delivered }
            }
            #expect(try await stage.deliveries(of: id).map(\.attempts) == [1])
        }
        let sent = await stage.sender.sent
        #expect(sent.count == 3 && Set(sent.map { $0.headers["webhook-id"] }).count == 1)
    }

    @Test(
        "Addresses are https, or this host's",
        arguments: [
            ("https://a.example", true), ("https://a.example:8443/x?y=z", true), ("http://localhost:1/x", true),
            ("http://127.0.0.1/", true), ("http://[::1]:8080/", true), ("http://a.example/", false),
            ("ftp://a.example/", false), ("https:///x", false), ("https://me:secret@a.example/", false),
            ("https://a.example/#x", false), ("a.example", false), ("", false),
            ("https://a.example/ x", false), ("https://a.example/\r\nx: y", false),
            ("https://a.example/\u{1B}[2J", false), ("http://localhost.example/", false),
            ("https://a.example/" + String(repeating: "x", count: 500), false),
        ],
    )
    func addresses(_ url: String, _ isFine: Bool) async throws {
        let stage = WebhookStage()
        let made: Bool
        do {
            _ = try await stage.webhook(url)
            made = true
        } catch let failure as Failure where failure.code == .invalidInput {
            made = false
        }
        #expect(made == isFine)
    }

    @Test("Only those who may manage webhooks see or change any", arguments: Role.allCases)
    func permission(_ role: Role) async throws {
        let stage = WebhookStage()
        let (id, principal) = (try await stage.webhook(), Principal(person: PersonID("uid:1"), role: role))
        let calls: [() async throws -> Void] = [
            { _ = try await stage.commands.list(for: principal) },
            { _ = try await stage.commands.webhook(id, for: principal) },
            { _ = try await stage.commands.test(id, by: principal) },
            { _ = try await stage.commands.deliveries(of: id, after: nil, limit: 9, for: principal) },
            { _ = try await stage.commands.change(id, .init(note: "x"), at: nil, by: principal) },
            { try await stage.commands.remove(id, by: principal) },
            {
                _ = try await stage.commands.create(
                    url: "https://a.example",
                    events: [.ready],
                    note: "",
                    by: principal,
                )
            },
        ]
        for call in calls {
            var refused = false
            do { try await call() } catch let failure as Failure where failure.code == .forbidden { refused = true }
            #expect(refused == (role != .operator))
        }
    }
}

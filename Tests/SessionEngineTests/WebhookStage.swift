import Foundation
import Logging
import SessionModel
import TestKit
import Testing

@testable import SessionEngine

/// Webhooks with fakes for everything outside and a clock that is moved by hand.
struct WebhookStage: Sendable {
    static let chief = Principal(person: PersonID("uid:0"), role: .operator)

    let sessions = MemoryStore()
    let store: MemoryWebhookStore
    let sender = FakeWebhookSender()
    let audit = MemoryAccountStore()
    let clock = ManualClock()
    let dispatcher: WebhookDispatcher
    let commands: WebhookCommands

    init() {
        store = MemoryWebhookStore(sessions)
        dispatcher = Self.dispatcher(store, sessions, sender, audit, clock, seed: 1)
        commands = WebhookCommands(dispatcher)
    }

    private static func dispatcher(
        _ store: any WebhookStore,
        _ sessions: any SessionStore,
        _ sender: any WebhookSender,
        _ audit: any AuditLog,
        _ clock: ManualClock,
        seed: UInt64,
    ) -> WebhookDispatcher {
        WebhookDispatcher(
            WebhookPorts(
                store: store,
                audit: audit,
                sessions: sessions,
                sender: sender,
                random: RandomSource(SeededGenerator(seed: seed)),
                time: ServiceTime(ServiceClock.resume(after: nil, reading: clock.read()).0, host: clock),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            )
        )
    }

    /// The dispatcher of a daemon that comes after the first.
    func next(_ seed: UInt64) -> WebhookDispatcher {
        Self.dispatcher(store, sessions, sender, audit, clock, seed: seed)
    }

    /// Runs `body` beside a dispatcher at work, which is then cut off.
    func working<R>(_ dispatcher: WebhookDispatcher? = nil, _ body: () async throws -> R) async throws -> R {
        let dispatcher = dispatcher ?? self.dispatcher
        let task = Task { await dispatcher.run() }
        let outcome: Result<R, any Error>
        do {
            outcome = .success(try await body())
        } catch {
            outcome = .failure(error)
        }
        task.cancel()
        await task.value
        return try outcome.get()
    }

    /// A webhook that hears of everything, or of some.
    func webhook(
        _ url: String = "https://a.example/in",
        _ events: Set<WebhookEvent> = WebhookEvent.ofSessions,
    ) async throws -> WebhookID {
        try await commands.create(url: url, events: events, note: "", by: Self.chief).webhook.id
    }

    /// A session with a lab of one task, and what was found of it.
    func session(_ number: Int = 1, feedback: Feedback = .live) async throws -> SessionID {
        var policy = SessionFixtures.policy
        policy.feedback = feedback
        var session = try SessionFixtures.session(number, person: PersonID("p-abcdefghijklmnop"), policy: policy)
        session.definition?.tasks = [
            LabTask(
                id: "serve",
                text: LocalizedText(["en": "Make it serve."]),
                points: 10,
                check: LabCheck(.run(LabScript(on: "main", .command("is it served"), limit: .seconds(10)))),
            )
        ]
        try await sessions.create(session, records: [.requested], at: SessionFixtures.time())
        let result = CheckResult(
            task: "serve",
            attempt: 1,
            occasion: .final,
            verdict: .passed,
            at: SessionFixtures.time(),
            took: .seconds(1),
            person: session.person,
        )
        try await sessions.add([result], to: session.id, records: [], at: SessionFixtures.time())
        return session.id
    }

    func happens(_ records: TimelineRecord..., to session: SessionID) async throws {
        try await sessions.append(records, to: session, at: SessionFixtures.time())
    }

    /// Waits until a condition holds, while the clock stands.
    ///
    /// Nothing here takes long: only what hangs is overdue.
    func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        try await TestKit.eventually(within: .seconds(200), what, condition)
    }

    /// Waits until the first message of a webhook was tried so often, and lets time pass until it is tried again.
    ///
    /// - Returns: The message after that attempt.
    func attempt(_ number: Int, of id: WebhookID) async throws -> WebhookDelivery {
        var tried: WebhookDelivery?
        try await eventually("attempt \(number) is not made") {
            tried = try await deliveries(of: id).first
            return tried?.attempts == number
        }
        let delivery = try #require(tried)
        if case .pending(let due) = delivery.state {
            clock.advance(by: .milliseconds(due.milliseconds - clock.read().wall.milliseconds))
        }
        return delivery
    }

    /// The messages that were sent so far, read.
    func told() async throws -> [[String: any Sendable]] {
        try await sender.sent.map { message in
            try #require(
                JSONSerialization.jsonObject(with: Data(message.body.utf8)) as? [String: any Sendable]
            )
        }
    }

    /// All deliveries of a webhook, oldest first.
    func deliveries(of id: WebhookID) async throws -> [WebhookDelivery] {
        try await store.deliveries(of: id, after: nil, limit: 500).deliveries.reversed()
    }
}

import APIContract
import Foundation
import Glibc
import StubService
import Synchronization
import Testing

@Suite("Up")
struct UpTests {
    @Test("A session is asked for, waited for and entered", .timeLimit(.minutes(1)))
    func up() async throws {
        let wanted = Mutex<CreateSessionRequest?>(nil)
        let run = try await serving(start: .events(Samples.start), created: { body in wanted.withLock { $0 = body } }) {
            service,
            _ in
            try await ToolRun.run(
                ["up", "web", "--policy", "practice", "--minutes", "30", "--cohort", "spring"],
                socket: service.socket,
            )
        }
        #expect(run.status == 0)
        #expect(run.output == "welcome")
        #expect(run.errors.contains("✔ power on (0.36 s)\n"))
        #expect(run.errors.contains("✔ ready after 14.9 s\n"))
        #expect(!run.errors.contains("\u{1B}"))
        #expect(run.errors.contains("The session is over: the time is over."))
        #expect(
            wanted.withLock { $0 }
                == CreateSessionRequest(lab: "web", policy: "practice", limitSeconds: 1800, cohort: "spring")
        )
    }

    @Test("With --no-attach it stays out, with --json it prints the session", .timeLimit(.minutes(1)))
    func staysOut() async throws {
        try await serving(start: .events(Samples.start)) { service, _ in
            let plain = try await ToolRun.run(["up", "--no-attach"], socket: service.socket)
            #expect(plain.status == 0)
            #expect(plain.output == "Ready. Enter it: sandglass session attach abcdefghij\n")
            let json = try await ToolRun.run(["up", "--json"], socket: service.socket)
            #expect(json.status == 0)
            let session = try JSONDecoder().decode(SessionResource.self, from: Data(json.output.utf8))
            #expect(session == Samples.session(state: "ready"))
        }
    }

    @Test(
        "A session that cannot be had says why",
        .timeLimit(.minutes(1)),
        arguments: [
            ([("denied", "no host is that large"), ("ended", "denied")], 5, "no host is that large"),
            (
                [("admitted", ""), ("failed", "no prompt within 3m"), ("ended", "startFailed")], 8,
                "no prompt within 3m",
            ),
            ([("ended", "stopped")], 6, "ended on request"),
        ] as [([(String, String)], Int32, String)],
    )
    func failed(_ events: [(String, String)], _ status: Int32, _ why: String) async throws {
        let timeline = events.enumerated().map { Samples.event(Int64($0.offset) + 1, $0.element.0, $0.element.1) }
        let run = try await serving(start: .events(timeline)) { service, _ in
            try await ToolRun.run(["up"], socket: service.socket)
        }
        #expect(run.status == status)
        #expect(run.errors.contains(why))
        #expect(run.errors.contains("sandglass session events abcdefghij"))
    }

    @Test("A place in the queue is told", .timeLimit(.minutes(1)))
    func queued() async throws {
        let timeline =
            [Samples.event(1, "requested"), Samples.event(2, "queued", "512 MiB are free")] + Samples.start.dropFirst()
        let run = try await serving(start: .events(timeline)) { service, _ in
            try await ToolRun.run(["up", "--no-attach"], socket: service.socket)
        }
        #expect(run.errors.contains("! in the queue: 512 MiB are free\n"))
    }

    @Test("Interrupting the wait ends the session", .timeLimit(.minutes(1)), arguments: [SIGINT, SIGTERM, SIGHUP])
    func interrupted(_ signal: Int32) async throws {
        let (parts, sender) = AsyncStream<String>.makeStream()
        sender.yield("data: {\"sequence\":1,\"at\":\"x\",\"kind\":\"requested\",\"text\":\"\"}\n\n")
        try await serving(start: .parts(type: "text/event-stream", parts, isComplete: true)) { service, asked in
            let tool = try ToolRun(["up"], environment: ["SANDGLASS_SOCKET": service.socket])
            try #require(await eventually { tool.errorText.contains("asked for a machine") })
            kill(tool.pid, signal)
            #expect(await tool.status() == 130)
            #expect(asked.withLock { $0.last } == "POST /api/v1/sessions/abcdefghij/end")
        }
    }

    @Test("A daemon that goes away during the wait is said to have", .timeLimit(.minutes(1)))
    func lost() async throws {
        let run = try await serving(start: .events(Array(Samples.start.prefix(3)), isComplete: false)) { service, _ in
            try await ToolRun.run(["up"], socket: service.socket)
        }
        #expect(run.status == 7)
        #expect(run.errors.contains("was lost"))
    }

    @Test("Attaching to a session that is being prepared waits for it", .timeLimit(.minutes(1)))
    func attachWaits() async throws {
        let isPrepared = Mutex(false)
        try await StubService.serving(
            { request in
                if request.target.contains("/events") {
                    isPrepared.withLock { $0 = true }
                    return .events(Samples.start)
                }
                return .json(Samples.session(state: isPrepared.withLock { $0 } ? "ready" : "preparing"))
            },
            terminal: { _, terminal in
                try await terminal.show("welcome")
                try await terminal.tell(.init(ended: "submitted"))
                try await terminal.close()
            },
        ) { service in
            let run = try await ToolRun.run(["session", "attach", "abcdefghij"], socket: service.socket)
            #expect(run.status == 0)
            #expect(run.output == "welcome")
        }
    }

    private func serving<Result: Sendable>(
        start: @autoclosure @escaping @Sendable () -> StubAnswer,
        created: @escaping @Sendable (CreateSessionRequest) -> Void = { _ in },
        _ body: (StubService, borrowing Mutex<[String]>) async throws -> Result,
    ) async throws -> Result {
        let asked = Mutex<[String]>([])
        return try await StubService.serving(
            { request in
                asked.withLock { $0.append(request.line) }
                if request.target.contains("/events") { return start() }
                if request.line == "POST /api/v1/sessions" {
                    do { created(try request.decoded()) } catch { Issue.record(error) }
                    return .json(Samples.session(state: "requested"), status: 201)
                }
                return .json(Samples.session(state: "ready"))
            },
            terminal: { _, terminal in
                try await terminal.show("welcome")
                try await terminal.tell(.init(ended: "expired"))
                try await terminal.close()
            },
        ) { service in
            try await body(service, asked)
        }
    }
}

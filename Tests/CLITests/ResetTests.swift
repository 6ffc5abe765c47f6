import APIContract
import Foundation
import StubService
import Synchronization
import Testing

@testable import sandglass

@Suite("Pausing and resetting", .timeLimit(.minutes(1)))
struct ResetTests {
    /// A timeline in which the session was reset twice before, and is reset again.
    private static let stored =
        Samples.start + [
            Samples.event(8, "reset", "uid:1000", after: 20_000), Samples.event(9, "ready", after: 20_300),
            Samples.event(10, "reset", "uid:1000", after: 30_000),
        ]

    /// Answers a reset whose timeline goes on like this.
    private static func answer(_ request: StubRequest, then events: [EventResource]) -> StubAnswer {
        let path = request.target.split(separator: "?")
        switch (request.method, path[0]) {
        case ("POST", "/api/v1/sessions/abcdefghij/reset"): return .json(Samples.session(resetting: true))
        case ("GET", "/api/v1/sessions/abcdefghij/events"):
            let after = path.last.flatMap { Int64($0.dropFirst("after=".count)) } ?? 0
            let lines = (stored + events).filter { $0.sequence > after }
            return request.accept == "text/event-stream"
                ? .events(lines) : .json(EventList(events: Array(stored.filter { $0.sequence > after }.prefix(6))))
        default: return .json(Samples.session())
        }
    }

    @Test("A reset returns when the fresh machine answers, and says how long that took")
    func reset() async throws {
        let events = [
            Samples.event(11, "step", "boot main", after: 30_100, took: 90), Samples.event(12, "ready", after: 30_430),
        ]
        try await StubService.serving({ Self.answer($0, then: events) }) { service in
            let run = try await ToolRun.run(["session", "reset", "abcdefghij"], socket: service.socket)
            #expect(run.status == 0)
            #expect(run.output == "abcdefghij: fresh after 0.43 s.\n")
            #expect(run.errors.isEmpty)
            let json = try await ToolRun.run(["session", "reset", "abcdefghij", "--json"], socket: service.socket)
            #expect(try JSONDecoder().decode(SessionResource.self, from: Data(json.output.utf8)) == Samples.session())
        }
    }

    @Test("That a machine had to be booted from its image is said beside the result")
    func coldBoot() async throws {
        let events = [
            Samples.event(11, "coldBoot", "a file differs", after: 30_100), Samples.event(12, "ready", after: 44_000),
        ]
        try await StubService.serving({ Self.answer($0, then: events) }) { service in
            let run = try await ToolRun.run(["session", "reset", "abcdefghij"], socket: service.socket)
            #expect(run.output == "abcdefghij: fresh after 14.0 s.\n")
            #expect(run.errors == "Booted from the image, not forked from a snapshot: a file differs\n")
        }
    }

    @Test("A session that ends instead is a failure that says why")
    func failed() async throws {
        let events = [
            Samples.event(11, "failed", "no prompt answered in 180 s", after: 30_100),
            Samples.event(12, "finishing", "fault", after: 30_200), Samples.event(13, "ended", "fault", after: 30_300),
        ]
        try await StubService.serving({ Self.answer($0, then: events) }) { service in
            let run = try await ToolRun.run(["session", "reset", "abcdefghij"], socket: service.socket)
            #expect(run.status == 8)
            #expect(run.output.isEmpty)
            #expect(run.errors.contains("no prompt answered in 180 s"))
        }
    }

    @Test("With --no-wait nobody looks at the timeline")
    func noWait() async throws {
        let asked = Mutex<[String]>([])
        try await StubService.serving({ request in
            asked.withLock { $0.append(request.line) }
            return Self.answer(request, then: [])
        }) { service in
            let run = try await ToolRun.run(["session", "reset", "abcdefghij", "--no-wait"], socket: service.socket)
            #expect(run.output == "abcdefghij: being reset.\n")
        }
        #expect(asked.withLock { $0 } == ["POST /api/v1/sessions/abcdefghij/reset"])
    }

    @Test(
        "A pause says what becomes of the time",
        arguments: [("stops", "the time stands still"), ("runs", "the time goes on")],
    )
    func pause(_ pause: String, _ says: String) async throws {
        var session = Samples.session(state: "paused")
        session.detail?.pause = pause
        try await StubService.serving({ [session] _ in .json(session) }) { service in
            let run = try await ToolRun.run(["session", "pause", "abcdefghij"], socket: service.socket)
            #expect(run.output == "abcdefghij: paused, 38:12 left; \(says).\n")
        }
    }

    @Test("A resumed session is at the same shell, and can be entered")
    func resume() async throws {
        try await StubService.serving({ _ in .json(Samples.session()) }) { service in
            let run = try await ToolRun.run(["session", "resume", "abcdefghij"], socket: service.socket)
            #expect(
                run.output == "abcdefghij: running, 38:12 left. Enter it: sandglass session attach abcdefghij\n"
            )
        }
    }

    @Test("What may not be paused is refused with its reason", arguments: ["pause", "resume", "reset"])
    func refused(_ verb: String) async throws {
        let why = "a session that is running cannot be paused: the policy does not allow it"
        try await StubService.serving({ _ in .problem("wrongState", why) }) { service in
            let run = try await ToolRun.run(["session", verb, "abcdefghij"], socket: service.socket)
            #expect(run.status == 6)
            #expect(run.errors == "sandglass: \(why)\n")
        }
    }

    @Test("A sheet shows cohort, what a pause does and what a machine starts from")
    func sheet() async throws {
        var session = Samples.session()
        session.detail?.cohort = "spring-class"
        session.detail?.machines[0].forkedFrom = "abcdefghijkl"
        try await StubService.serving({ [session] _ in .json(session) }) { service in
            let run = try await ToolRun.run(["session", "show", "abcdefghij"], socket: service.socket)
            #expect(run.output.contains("cohort        spring-class\n"))
            #expect(run.output.contains("while paused  the time stands still\n"))
            #expect(run.output.contains("snapshot abcdefghijkl"))
        }
    }
}

import APIContract
import StubService
import Testing

@testable import APIClient

@Suite("Answers that come piece by piece")
struct StreamTests {
    private static let whole =
        Samples.start + [
            Samples.event(8, "ended", "stopped", after: 20_000), Samples.event(9, "tornDown", after: 21_000),
        ]

    @Test("A timeline is followed to its last line", .timeLimit(.minutes(1)))
    func follow() async throws {
        let events = try await collect(.events(Self.whole))
        #expect(events == Self.whole)
    }

    @Test("Following a timeline asks for an event stream", .timeLimit(.minutes(1)))
    func accept() async throws {
        try await StubService.serving({ request in
            #expect(request.accept == "text/event-stream")
            #expect(request.target == "/api/v1/sessions/abcdefghij/events?after=3")
            return .events(Self.whole)
        }) { service in
            try await SandglassClient.connected(to: service.socket) { client in
                for try await _ in try await client.followEvents(of: "abcdefghij", after: 3) {}
            }
        }
    }

    @Test(
        "A timeline that breaks off is a lost connection, and its lines came in order, without a gap",
        .timeLimit(.minutes(1)),
        arguments: [true, false],
    )
    func brokenOff(_ isComplete: Bool) async throws {
        try await StubService.serving({ _ in .events(Samples.start, isComplete: isComplete) }) { service in
            try await SandglassClient.connected(to: service.socket) { client in
                var seen: [EventResource] = []
                let failure = await #expect(throws: ConnectionFailure.self) {
                    for try await event in try await client.followEvents(of: "abcdefghij") { seen.append(event) }
                }
                #expect(failure?.code == .lost)
                // What arrives together with the break may be lost with it; whoever asks again asks from the last line seen.
                #expect(isComplete ? seen == Samples.start : Samples.start.starts(with: seen))
            }
        }
    }

    @Test("Lines arrive while the answer goes on", .timeLimit(.minutes(1)))
    func live() async throws {
        let (parts, sender) = AsyncStream<String>.makeStream()
        try await StubService.serving({ _ in .parts(type: "text/event-stream", parts, isComplete: true) }) { service in
            try await SandglassClient.connected(to: service.socket) { client in
                sender.yield(": a comment\n\ndata: {\"sequence\":1,\"at\":\"2026-03-01T12:00:00.000Z\",")
                var number: Int64 = 0
                sender.yield("\"kind\":\"requested\",\"text\":\"\"}\n\n")
                for try await event in try await client.followEvents(of: "abcdefghij") {
                    number += 1
                    #expect(event.sequence == number)
                    // Only now is there another: the one before was not held back for it.
                    let kind = number == 1 ? "admitted" : "tornDown"
                    sender.yield(
                        "data: {\"sequence\":\(number + 1),\"at\":\"x\",\"kind\":\"\(kind)\",\"text\":\"\"}\r\n\r\n"
                    )
                }
                #expect(number == 3)
            }
        }
    }

    @Test("Work on an image is followed to its result", .timeLimit(.minutes(1)))
    func progress() async throws {
        let reports = [
            ImageProgressResource(step: "bootstrapping"), ImageProgressResource(step: "writing", fraction: 0.5),
            ImageProgressResource(image: Samples.image()),
        ]
        let asked = try await StubService.serving({ request in
            #expect(request.line == "POST /api/v1/images/debian-13/build")
            do { #expect(try request.decoded(as: BuildImageRequest.self).replace) } catch { Issue.record(error) }
            return .lines(reports)
        }) { service in
            try await SandglassClient.connected(to: service.socket) { client in
                try await client.buildImage("debian-13", BuildImageRequest(replace: true)).reduce(into: []) {
                    $0.append($1)
                }
            }
        }
        #expect(asked == reports)
    }

    @Test("The problem that work ends with is its last report", .timeLimit(.minutes(1)))
    func progressProblem() async throws {
        let problem = Problem(title: "x", status: 500, detail: "mmdebstrap failed", code: "hostTool")
        let last = try await StubService.serving({ _ in .lines([ImageProgressResource(problem: problem)]) }) {
            service in
            try await SandglassClient.connected(to: service.socket) { client in
                try await client.verifyImage("debian-13").reduce(into: []) { $0.append($1) }.last
            }
        }
        #expect(last?.problem == problem)
    }

    @Test("Work that breaks off is a lost connection", .timeLimit(.minutes(1)))
    func progressBrokenOff() async throws {
        try await StubService.serving({ _ in .lines([ImageProgressResource(step: "x")], isComplete: false) }) {
            service in
            let failure = await #expect(throws: ConnectionFailure.self) {
                try await SandglassClient.connected(to: service.socket) { client in
                    for try await _ in try await client.importImage("a", ImportImageRequest(path: "/a")) {}
                }
            }
            #expect(failure?.code == .lost)
        }
    }

    private func collect(_ answer: StubAnswer) async throws -> [EventResource] {
        try await StubService.serving({ _ in answer }) { service in
            try await SandglassClient.connected(to: service.socket) { client in
                try await client.followEvents(of: "abcdefghij").reduce(into: []) { $0.append($1) }
            }
        }
    }
}

@Suite("Lines")
struct LineTests {
    private static let text = "data: one\r\n\ndata:two\ndata: three\nid: 7\n: comment\nother\n\n\nrest"
    private static let lines = ["data: one", "", "data:two", "data: three", "id: 7", ": comment", "other", "", ""]

    @Test("Lines are the same wherever the bytes are split")
    func splits() throws {
        let bytes = Array(Self.text.utf8)
        for split in 0...bytes.count {
            var cutter = LineCutter()
            let lines = try cutter.add(bytes[..<split]) + cutter.add(bytes[split...])
            #expect(lines.map { String(decoding: $0, as: UTF8.self) } == Self.lines)
            #expect(cutter.rest() == Array("rest".utf8))
            #expect(cutter.rest() == nil)
        }
    }

    @Test("A line without end is refused")
    func endless() throws {
        var cutter = LineCutter()
        let failure = #expect(throws: ConnectionFailure.self) {
            _ = try cutter.add(repeatElement(UInt8(ascii: "x"), count: LineCutter.limit + 1))
        }
        #expect(failure?.code == .unexpectedAnswer)
    }

    @Test("Events are put together from their data lines")
    func events() {
        var events = ServerSentEvents()
        let found = Self.lines.compactMap { events.add(Array($0.utf8)) }.map { String(decoding: $0, as: UTF8.self) }
        #expect(found == ["one", "two\nthree"])
    }
}

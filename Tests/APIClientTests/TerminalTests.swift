import APIClient
import APIContract
import StubService
import Synchronization
import Testing

@Suite("Terminals")
struct TerminalTests {
    @Test(
        "What is typed arrives and what is shown comes back, whatever its size",
        .timeLimit(.minutes(1)),
        arguments: [
            1, 16 * 1024, 16 * 1024 + 1, 3 << 20,
        ],
    )
    func echo(_ count: Int) async throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let shown = try await attached(
            { terminal in
                try await terminal.read { message in
                    if case .bytes(let bytes) = message { try await terminal.show(bytes) }
                    return true
                }
            }
        ) { outputs, writer in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await writer.type(bytes) }
                var shown: [UInt8] = []
                for try await output in outputs {
                    guard case .bytes(let more) = output else { continue }
                    shown += more
                    if shown.count >= count { break }
                }
                try await group.waitForAll()
                return shown
            }
        }
        #expect(shown == bytes)
    }

    @Test("What the service says at once is not lost", .timeLimit(.minutes(1)))
    func firstWords() async throws {
        let outputs = try await attached({ terminal in
            try await terminal.tell(.init(remainingSeconds: 60))
            try await terminal.show("welcome")
            try await terminal.ping()
            try await terminal.tell(.init(ended: "expired"))
            try await terminal.close()
        }) { outputs, _ in
            try await outputs.reduce(into: []) { $0.append($1) }
        }
        #expect(outputs == [.remaining(seconds: 60), .bytes(Array("welcome".utf8)), .ended(reason: "expired")])
    }

    @Test("The window's size is told on attaching and when it changes", .timeLimit(.minutes(1)))
    func sizes() async throws {
        let target = Mutex("")
        let size = TerminalMessage.WindowSize(columns: 100, rows: 30)
        let shown = try await StubService.serving(
            { _ in .silence },
            terminal: { asked, terminal in
                target.withLock { $0 = asked }
                try await terminal.read { message in
                    if case .resize(let size) = message { try await terminal.show("\(size.columns)x\(size.rows)") }
                    return false
                }
            },
        ) { service in
            try await SandglassClient.connected(to: service.socket) { client in
                try await client.withTerminal(of: "abcdefghij", size: size) { outputs, writer in
                    try await writer.resize(to: .init(columns: 80, rows: 24))
                    return try await outputs.reduce(into: []) { $0.append($1) }
                }
            }
        }
        #expect(target.withLock { $0 } == "/api/v1/sessions/abcdefghij/terminals?columns=100&rows=30")
        #expect(shown == [.bytes(Array("80x24".utf8))])
    }

    @Test("What is shown is counted from where it belongs, without what only draws the screen")
    func position() {
        var position = ShownPosition()
        #expect(position.advance(by: 5) == nil)
        position.begin(at: .init(position: 1000, redraw: 7))
        #expect(position.advance(by: 3) == nil)
        #expect(position.advance(by: 4) == 1000)
        #expect(position.advance(by: 10) == 1010)
        position.begin(at: .init(position: 5000, redraw: 2, skipped: 3990))
        #expect(position.advance(by: 12) == 5010)
    }

    @Test("A connection that breaks ends the output", .timeLimit(.minutes(1)))
    func broken() async throws {
        let outputs = try await attached({ terminal in
            try await terminal.show("one")
            try await terminal.hangUp()
        }) { outputs, _ in
            try await outputs.reduce(into: []) { $0.append($1) }
        }
        #expect(outputs == [.bytes(Array("one".utf8))])
    }

    @Test("Pings are answered and the end is announced", .timeLimit(.minutes(1)))
    func goodBye() async throws {
        let heard = Mutex<[StubTerminal.Message]>([])
        try await attached({ terminal in
            try await terminal.show("hello")
            try await terminal.read { message in
                heard.withLock { $0.append(message) }
                return true
            }
        }) { outputs, writer in
            for try await _ in outputs { break }
            try await writer.type(Array("bye".utf8))
        }
        #expect(heard.withLock { $0 } == [.bytes(Array("bye".utf8)), .close])
    }

    @Test("All that was typed before leaving arrives", .timeLimit(.minutes(1)))
    func lastWords() async throws {
        let count = Mutex(0)
        try await attached({ terminal in
            try await terminal.read { message in
                if case .bytes(let bytes) = message { count.withLock { $0 += bytes.count } }
                return true
            }
        }) { _, writer in
            try await writer.type([UInt8](repeating: 65, count: 1 << 19))
        }
        #expect(count.withLock { $0 } == 1 << 19)
    }

    @Test("Why there is no terminal is thrown as the service's problem", .timeLimit(.minutes(1)))
    func refused() async throws {
        try await StubService.serving({ request in
            #expect(request.target == "/api/v1/sessions/abcdefghij/terminals")
            return .problem("wrongState", "it is not ready yet")
        }) { service in
            let problem = await #expect(throws: Problem.self) {
                try await SandglassClient.connected(to: service.socket) { client in
                    try await client.withTerminal(of: "abcdefghij", size: nil) { _, _ in Issue.record("attached") }
                }
            }
            #expect(problem?.code == "wrongState")
            #expect(problem?.detail == "it is not ready yet")
        }
    }

    @Test("A cancelled stay ends", .timeLimit(.minutes(1)))
    func cancelled() async throws {
        try await attached({ terminal in
            try await terminal.show("hello")
            try await terminal.read { _ in true }
        }) { outputs, _ in
            await withTaskGroup { group in
                let (began, signal) = AsyncStream<Void>.makeStream()
                group.addTask {
                    do {
                        for try await _ in outputs { signal.yield() }
                    } catch {
                        #expect(error is CancellationError)
                    }
                }
                for await _ in began { break }
                group.cancelAll()
            }
        }
    }

    /// Attaches to a terminal that `far` plays.
    ///
    /// Returns when both sides have ended.
    private func attached<Result: Sendable>(
        _ far: @escaping @Sendable (StubTerminal) async throws -> Void,
        _ near: (TerminalOutputs, TerminalWriter) async throws -> Result,
    ) async throws -> Result {
        let (gone, signal) = AsyncStream<Void>.makeStream()
        return try await StubService.serving(
            { _ in .silence },
            terminal: { _, terminal in
                defer { signal.finish() }
                try await far(terminal)
            },
        ) { service in
            let result = try await SandglassClient.connected(to: service.socket) { client in
                try await client.withTerminal(of: "abcdefghij", size: nil, near)
            }
            for await _ in gone {}
            return result
        }
    }
}

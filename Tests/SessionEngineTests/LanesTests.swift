import Testing

@testable import SessionEngine

@Suite("Lanes", .timeLimit(.minutes(1)))
struct LanesTests {
    @Test("Who is cancelled while waiting waits no longer, and takes nobody's turn")
    func cancelled() async throws {
        let lanes = Lanes(1)
        let (started, starting) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        let first = Task {
            try await lanes.run {
                starting.yield()
                for await _ in released { return }
            }
        }
        for await _ in started { break }
        let second = Task { try await lanes.run { Issue.record("it was cancelled") } }
        let third = Task { try await lanes.run { 3 } }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        release.yield()
        try await first.value
        #expect(try await third.value == 3)
    }
}

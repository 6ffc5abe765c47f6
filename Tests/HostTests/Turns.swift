import Testing

/// Lets as many suites run at once as there are cores on a small host; the others wait for their turn.
///
/// A guest that boots under emulation takes a whole core: with more at once, all of them miss what they are held to.
struct Turns: SuiteTrait, TestScoping {
    private static let lanes = Lanes(2)

    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void,
    ) async throws {
        await Self.lanes.enter()
        do {
            try await function()
        } catch {
            await Self.lanes.leave()
            throw error
        }
        await Self.lanes.leave()
    }

    private actor Lanes {
        private var free: Int
        private var waiting: [CheckedContinuation<Void, Never>] = []

        init(_ count: Int) { free = count }

        func enter() async {
            guard free == 0 else {
                free -= 1
                return
            }
            await withCheckedContinuation { waiting.append($0) }
        }

        func leave() {
            if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
        }
    }
}

extension Trait where Self == Turns {
    /// Waits for its turn.
    static var inTurn: Turns { Turns() }
}

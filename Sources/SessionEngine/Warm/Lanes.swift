/// Lets a few do something at once; the others wait in the order of asking.
actor Lanes {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Opens so many.
    init(_ count: Int) { free = max(1, count) }

    /// Runs `body` when there is a lane for it.
    ///
    /// - Throws: What `body` throws, or `CancellationError` when the task was cancelled while it waited.
    func run<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        await enter()
        defer { leave() }
        try Task.checkCancellation()
        return try await body()
    }

    private func enter() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

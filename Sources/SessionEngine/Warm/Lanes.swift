/// Lets a few do something at once; the others wait in the order of asking.
actor Lanes {
    private var free: Int
    private var waiting: [(number: Int, turn: CheckedContinuation<Void, any Error>)] = []
    private var lastNumber = 0

    /// Opens so many.
    init(_ count: Int) { free = max(1, count) }

    /// Runs `body` when there is a lane for it.
    ///
    /// - Throws: What `body` throws, or `CancellationError` as soon as the task is cancelled while it waits.
    func run<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws {
        guard free == 0 else {
            free -= 1
            return
        }
        lastNumber += 1
        let number = lastNumber
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (turn: CheckedContinuation<Void, any Error>) in
                guard !Task.isCancelled else { return turn.resume(throwing: CancellationError()) }
                waiting.append((number, turn))
            }
        } onCancel: {
            Task { await giveUp(number) }
        }
    }

    private func giveUp(_ number: Int) {
        guard let place = waiting.firstIndex(where: { $0.number == number }) else { return }
        waiting.remove(at: place).turn.resume(throwing: CancellationError())
    }

    private func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().turn.resume() }
    }
}

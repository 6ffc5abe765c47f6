/// Lets one at a time go on; the others wait in order, and may give up waiting.
actor Turn {
    private var isTaken = false
    private var waiting: [(number: Int, waiter: CheckedContinuation<Void, any Error>)] = []
    private var last = 0

    /// Runs `body` when it is the caller's turn.
    ///
    /// - Throws: What `body` throws, or `CancellationError` when the caller gave up before its turn.
    nonisolated func take<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        try await begin()
        let outcome: Result<R, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        await end()
        return try outcome.get()
    }

    private func begin() async throws {
        guard isTaken else { return isTaken = true }
        last += 1
        let number = last
        try await withTaskCancellationHandler {
            // Between this and the wait nothing else runs here, so a later cancellation finds us waiting.
            try Task.checkCancellation()
            try await withCheckedThrowingContinuation { waiting.append((number, $0)) }
        } onCancel: {
            Task { await self.giveUp(number) }
        }
    }

    private func giveUp(_ number: Int) {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
        waiting.remove(at: index).waiter.resume(throwing: CancellationError())
    }

    private func end() {
        guard !waiting.isEmpty else { return isTaken = false }
        waiting.removeFirst().waiter.resume()
    }
}

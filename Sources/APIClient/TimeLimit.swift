/// Runs the operation and returns its result, or `nil` once the limit is over; the operation is cancelled then.
func within<Result: Sendable>(
    _ limit: Duration,
    _ operation: @escaping @Sendable () async throws -> Result,
) async throws -> Result? {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        // Two tasks were added, so there is a first one to end.
        return try await group.next() ?? nil
    }
}

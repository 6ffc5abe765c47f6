/// Waits until a condition holds.
///
/// - Parameters:
///   - limit: How long at most.
///   - what: What is wrong when it does not hold.
///   - condition: The condition; it is asked again and again.
/// - Throws: ``Overdue`` when it does not hold in time, or what the condition throws.
package func eventually(
    within limit: Duration = .seconds(20),
    _ what: String,
    _ condition: () async throws -> Bool,
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else { throw Overdue(what: what) }
        // Polled: the condition.
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// Something did not happen in time.
package struct Overdue: Error {
    let what: String

    /// Makes the error; says what did not happen.
    package init(what: String) { self.what = what }
}

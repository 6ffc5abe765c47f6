extension GuestConnection {
    /// How far the guest's clock may be off.
    private static let clockTolerance: Duration = .milliseconds(100)
    /// How often the clock is set at most.
    private static let clockAttempts = 5

    /// Gives the guest an identity and the right time.
    ///
    /// A guest that waits for a busy host's processor sets its clock to a time that is past by then. By how much, is at
    /// most what its answer took; while that is too much, the clock is set again, by itself.
    ///
    /// - Parameters:
    ///   - identity: What it becomes.
    ///   - limit: How long to wait for each answer.
    /// - Returns: The steps that failed, those of setting the clock again included; and by how much the clock may be late
    ///   at most, where that is too much after the last attempt.
    /// - Throws: ``GuestLinkFailure`` when the agent does not answer.
    func identifyAtTheRightTime(
        _ identity: GuestIdentity,
        within limit: Duration,
    ) async throws -> (failures: [GuestItems.Item], lateness: Duration?) {
        var identity = identity
        var lateness = Duration.zero
        for _ in 0..<Self.clockAttempts {
            let start = ContinuousClock.now
            let failures = try await identify(identity, settingClock: true, within: limit).failures
            lateness = start.duration(to: .now)
            guard failures.isEmpty, lateness > Self.clockTolerance else { return (failures, nil) }
            identity = GuestIdentity()
        }
        return ([], lateness)
    }
}

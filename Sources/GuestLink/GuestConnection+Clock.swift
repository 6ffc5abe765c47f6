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
    /// - Returns: What came of each step, in order.
    /// - Throws: ``GuestLinkFailure`` when the agent does not answer.
    func identifyAtTheRightTime(_ identity: GuestIdentity, within limit: Duration) async throws -> GuestItems {
        var start = ContinuousClock.now
        let items = try await identify(identity, settingClock: true, within: limit)
        for _ in 1..<Self.clockAttempts where ContinuousClock.now - start > Self.clockTolerance {
            start = .now
            _ = try await identify(GuestIdentity(), settingClock: true, within: limit)
        }
        return items
    }
}

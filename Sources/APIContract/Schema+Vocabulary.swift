extension Schema {
    /// What people are here for.
    package static let role = choice("operator", "author", "recruiter", "instructor", "trainee")
    /// What somebody may do beyond using their own sessions.
    package static let permission = choice(
        "operateHost",
        "writeLabs",
        "superviseSessions",
        "gradeSessions",
        "findAssessments",
        "chooseLimits",
        "managePeople",
        "readAudit",
        "manageWebhooks",
    )
    /// What webhooks hear of.
    package static let webhookEvent = choice("session.ready", "session.submitted", "session.graded", "session.ended")
    /// What a check found.
    package static let verdict = choice("passed", "failed", "unchecked")
    /// Whose word a verdict is.
    package static let witness = choice("guest", "grader")
    /// How machines run.
    package static let acceleration = choice("kvm", "tcg")
    /// Where a session is in its life.
    package static let sessionState = choice(
        "requested",
        "preparing",
        "ready",
        "running",
        "paused",
        "finishing",
        "ended",
        "tornDown",
    )
    /// Why a session ended.
    package static let endReason = choice(
        "denied",
        "startFailed",
        "neverEntered",
        "expired",
        "idle",
        "submitted",
        "stopped",
        "guestPoweredOff",
        "guestCrashed",
        "fault",
    )
}

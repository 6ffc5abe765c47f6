/// Names that are offered while someone types rights; the service alone knows what they mean.
enum RightNames {
    /// What people are here for.
    static let roles = ["operator", "author", "recruiter", "instructor", "trainee"]
    /// What a token may be limited to.
    static let permissions = [
        "operateHost", "writeLabs", "superviseSessions", "gradeSessions", "findAssessments", "chooseLimits",
        "managePeople", "readAudit", "manageWebhooks",
    ]
}

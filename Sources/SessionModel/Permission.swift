/// What somebody may do beyond using their own sessions.
package enum Permission: String, Sendable, Codable, CaseIterable, Comparable {
    /// Look after the host, its images and its warm snapshots.
    case operateHost
    /// Keep drafts of labs, test and publish labs, try checks, choose a session's seed, and see what checks say.
    case writeLabs
    /// See, use and end anybody's sessions.
    case superviseSessions
    /// Grade sessions again, and know what was found in them whatever their policy says.
    case gradeSessions
    /// Find labs that are there to assess people.
    case findAssessments
    /// Put a session under other limits than its lab's: another policy, a cohort, less isolation; be held to none that
    /// keep one person from taking more than a share.
    case chooseLimits
    /// Look after people: their accounts, roles and tokens.
    case managePeople
    /// Read who changed what.
    case readAudit
    /// Choose which programs elsewhere hear of what happens to sessions.
    case manageWebhooks

    /// What it allows, as a message says it.
    package var text: String {
        switch self {
        case .operateHost: "look after the host, its images and warm snapshots"
        case .writeLabs: "write labs and see what checks say"
        case .superviseSessions: "see and use other people's sessions"
        case .gradeSessions: "grade sessions"
        case .findAssessments: "find labs that assess people"
        case .chooseLimits: "choose other limits than a lab's own"
        case .managePeople: "look after people"
        case .readAudit: "read the audit log"
        case .manageWebhooks: "manage webhooks"
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

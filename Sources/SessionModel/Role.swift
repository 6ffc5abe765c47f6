/// What somebody is here for.
///
/// A person may have several roles, and may do whatever any of them allows.
package enum Role: String, Sendable, Codable, CaseIterable, Comparable {
    /// Looks after everything.
    case `operator`
    /// Writes labs.
    case author
    /// Has candidates assessed.
    case recruiter
    /// Teaches classes.
    case instructor
    /// Works in sessions of their own.
    case trainee

    /// What the role allows beyond using one's own sessions.
    package var permissions: Set<Permission> {
        switch self {
        case .operator: Set(Permission.allCases)
        case .author: [.writeLabs, .findAssessments]
        case .recruiter, .instructor: [.findAssessments]
        case .trainee: []
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Answer of `GET /api/v1/host`: can this host run sessions, and what would help.
package struct HostReport: Codable, Sendable, Equatable {
    /// Whether sessions can run.
    package var fit: Bool
    /// `kvm` or `tcg`; absent when neither works.
    package var acceleration: String?
    /// What was looked at, in order.
    package var findings: [Finding]

    /// Makes a report.
    package init(fit: Bool, acceleration: String?, findings: [Finding]) {
        self.fit = fit
        self.acceleration = acceleration
        self.findings = findings
    }

    /// One thing that was looked at.
    package struct Finding: Codable, Sendable, Equatable {
        /// What was looked at, for example `acceleration`.
        package var subject: String
        /// How it stands.
        package var level: Level
        /// What was found.
        package var found: String
        /// Why it is so, when it is not good.
        package var cause: String?
        /// What to do about it, when it is not good.
        package var remedy: String?

        /// Makes a finding.
        package init(subject: String, level: Level, found: String, cause: String? = nil, remedy: String? = nil) {
            self.subject = subject
            self.level = level
            self.found = found
            self.cause = cause
            self.remedy = remedy
        }
    }

    /// How a thing stands.
    package enum Level: String, Codable, Sendable, CaseIterable {
        /// As it should be.
        case good
        /// Sessions run, but something is worse than it could be.
        case warning
        /// Sessions cannot run.
        case failure
    }
}

extension HostReport: Described {
    package static let schema = Schema.object(
        "Can this host run sessions, and what would help.",
        .required("fit", .boolean, "Whether sessions can run."),
        .optional("acceleration", .acceleration, "How machines run; absent when nothing works."),
        .required("findings", .array(.of(HostReport.Finding.self)), "What was looked at, in order."),
    )
}

extension HostReport.Finding: Described {
    package static let schema = Schema.object(
        "One thing that was looked at.",
        .required("subject", .string.example("acceleration"), "What was looked at, for example `acceleration`."),
        .required("level", .choice(of: HostReport.Level.self), "How it stands."),
        .required("found", .string, "What was found."),
        .optional("cause", .string, "Why it is so, when it is not good."),
        .optional("remedy", .string, "What to do about it, when it is not good."),
    )
}

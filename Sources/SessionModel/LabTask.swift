/// Something a person is asked to do in a lab.
package struct LabTask: Sendable, Equatable, Codable {
    /// Its name inside the lab: lower-case letters, digits and single dashes.
    package var id: String
    /// What is asked, for the person.
    package var text: LocalizedText
    /// What it is worth.
    package var points: Int
    /// Tasks that must have passed before it is checked, by name.
    package var needs: [String]
    /// How it is told whether it was done.
    package var check: LabCheck
    /// What a result means, for someone who is no engineer; `nil` when nobody has said.
    package var report: Report?
    /// What helps with it, in the order it is told.
    package var hints: [Hint]

    /// Makes a task.
    package init(
        id: String,
        text: LocalizedText,
        points: Int,
        needs: [String] = [],
        check: LabCheck,
        report: Report? = nil,
        hints: [Hint] = [],
    ) {
        self.id = id
        self.text = text
        self.points = points
        self.needs = needs
        self.check = check
        self.report = report
        self.hints = hints
    }

    /// Something that helps with a task.
    package struct Hint: Sendable, Equatable, Codable {
        /// What is told.
        package var text: LocalizedText
        /// How many of the task's points it costs.
        package var cost: Int

        /// Makes a hint.
        package init(text: LocalizedText, cost: Int) {
            self.text = text
            self.cost = cost
        }
    }

    /// What a result means, in plain words.
    package struct Report: Sendable, Equatable, Codable {
        /// When it passed.
        package var passed: LocalizedText
        /// When it failed.
        package var failed: LocalizedText

        /// Makes a report.
        package init(passed: LocalizedText, failed: LocalizedText) {
            self.passed = passed
            self.failed = failed
        }
    }
}

/// How it is told whether a task was done.
package struct LabCheck: Sendable, Equatable, Codable {
    /// The most often a check that fails is run again.
    package static let mostRetries = 10

    /// In which way; its limit is for one time.
    package var way: Way
    /// How often it is checked again, a second later, before it counts as failed.
    package var retries: Int
    /// Whether it looks at a machine that was started from a copy of the person's disk as it is now.
    ///
    /// The person's own goes on meanwhile.
    package var isAfterReboot: Bool

    /// Makes a check.
    package init(_ way: Way, retries: Int = 0, afterReboot isAfterReboot: Bool = false) {
        self.way = way
        self.retries = retries
        self.isAfterReboot = isAfterReboot
    }

    /// Ways to check.
    package enum Way: Sendable, Equatable, Codable {
        /// A script in the guest, which ends with 0 when it was done and with 1 when it was not; whatever else becomes of it
        /// means that nobody knows.
        case run(LabScript)
        /// A port of the guest.
        case forward(LabProbe)
        /// A script in a grader, a machine of its own which has a copy of the disk and in which nobody has ever been; its
        /// working folder is the disk's root.
        case disk(LabScript)
    }

    /// Whose word its verdict is.
    package var witness: CheckResult.Witness {
        if case .disk = way { .grader } else { .guest }
    }

    /// The name of the machine that is looked at.
    package var machine: String {
        switch way {
        case .run(let script), .disk(let script): script.machine
        case .forward(let probe): probe.machine
        }
    }
}

// Sessions that were stored by an earlier version lack what has come since; they keep its default.

extension LabCheck {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try container.decode(Way.self, forKey: .way),
            retries: try container.decode(Int.self, forKey: .retries),
            afterReboot: try container.decodeIfPresent(Bool.self, forKey: .isAfterReboot) ?? false,
        )
    }
}

extension Lab {
    /// How often a person may have tasks checked.
    package struct CheckLimits: Sendable, Equatable, Codable {
        /// How often in a session; each time counts once, however many tasks are checked.
        package var max: Int
        /// How long from one time to the next.
        package var cooldown: Duration

        /// Makes limits.
        package init(max: Int = 50, cooldown: Duration = .seconds(5)) {
            self.max = max
            self.cooldown = cooldown
        }
    }

    /// What a lab says of itself.
    package struct Description: Sendable, Equatable, Codable {
        /// What it shows about a person, for someone who is no engineer.
        package var about: LocalizedText?
        /// How hard it is.
        package var level: Level?
        /// Whom it is for.
        package var audience: Audience
        /// How long someone who can do it needs, in minutes.
        package var minutes: Int?
        /// What it is about, in a word each.
        package var skills: [String]
        /// What is said of verdicts that are the guest's own word.
        package var trust: Trust?

        /// Makes a description.
        package init(
            about: LocalizedText? = nil,
            level: Level? = nil,
            audience: Audience = .practice,
            minutes: Int? = nil,
            skills: [String] = [],
            trust: Trust? = nil,
        ) {
            self.about = about
            self.level = level
            self.audience = audience
            self.minutes = minutes
            self.skills = skills
            self.trust = trust
        }
    }

    /// What a lab for people who are assessed says of verdicts that are the guest's own word.
    package enum Trust: String, Sendable, Codable, CaseIterable {
        /// They may score.
        case guest
    }

    /// How hard a lab is.
    package enum Level: String, Sendable, Codable, CaseIterable { case intro, easy, medium, hard }

    /// Whom a lab is for.
    package enum Audience: String, Sendable, Codable, CaseIterable {
        /// Whoever wants to learn.
        case practice
        /// People who are assessed: trainees do not find it in the catalogue.
        case assessment
    }
}

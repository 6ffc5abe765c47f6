/// What one check of one task found.
package struct CheckResultResource: Codable, Sendable, Equatable {
    /// The task.
    package var task: String
    /// Which attempt it belongs to, from 1.
    package var attempt: Int
    /// Why it was checked: `asked`, `final` when the session was over, or `regraded` when its kept disk was looked at
    /// once more.
    package var occasion: String
    /// `passed`, `failed` or `unchecked`.
    package var verdict: String
    /// Whose word that is: `guest`, where whoever is root there can make it say anything, or `grader`, a machine that has a
    /// copy of the disk and in which nobody has ever been.
    package var witness: String?
    /// Why it could not be checked.
    package var reason: String?
    /// What the check said, in the guest's words; operators only.
    package var output: String?
    /// When it was done, in RFC 3339.
    package var at: String
    /// How long it took, in seconds.
    package var seconds: Double
    /// Who asked.
    package var person: String
    /// Why the session was graded again.
    package var why: String?
    /// The edition of the lab by which it was, where that was not the session's own.
    package var labVersion: Int?

    /// Makes a result.
    package init(
        task: String,
        attempt: Int,
        occasion: String = "asked",
        verdict: String,
        witness: String? = nil,
        reason: String?,
        output: String?,
        at: String,
        seconds: Double,
        person: String,
        why: String? = nil,
        labVersion: Int? = nil,
    ) {
        self.task = task
        self.attempt = attempt
        self.occasion = occasion
        self.verdict = verdict
        self.witness = witness
        self.reason = reason
        self.output = output
        self.at = at
        self.seconds = seconds
        self.person = person
        self.why = why
        self.labVersion = labVersion
    }
}

extension CheckResultResource: Described {
    package static let schema = Schema.object(
        "What one check of one task found.",
        .required("task", .string, "The task."),
        .required("attempt", .integer, "Which attempt it belongs to, from 1."),
        .required(
            "occasion",
            .choice("asked", "final", "regraded"),
            "Why it was checked: for somebody, at the end, or once more.",
        ),
        .required("verdict", .verdict, "What was found."),
        .optional(
            "witness",
            .witness,
            "Whose word that is: the guest's, or that of a machine with a copy of its disk.",
        ),
        .optional("reason", .string, "Why it could not be checked."),
        .optional("output", .string, "What the check said, in the guest's words; operators only."),
        .required("at", .time, "When it was done."),
        .required("seconds", .number, "How long it took, in seconds."),
        .required("person", .string, "Who asked."),
        .optional("why", .string, "Why the session was graded again."),
        .optional("labVersion", .integer, "The edition of the lab by which it was, where not the session's own."),
    )
}

/// Answer of `GET /api/v1/sessions/{id}/checks`: all that was found, oldest first.
package struct CheckResultList: Codable, Sendable, Equatable {
    /// The results.
    package var results: [CheckResultResource]

    /// Makes a list.
    package init(results: [CheckResultResource]) { self.results = results }
}

extension CheckResultList: Described {
    package static let schema = Schema.object(
        .required("results", .array(.of(CheckResultResource.self)), "The results.")
    )
}

/// Answer of `GET /api/v1/sessions/{id}/collected`: what a graded session has left, a tar archive for each machine.
package struct CollectedList: Codable, Sendable, Equatable {
    /// The archives; `GET …/collected/{machine}` answers with one.
    package var archives: [Archive]

    /// Makes a list.
    package init(archives: [Archive]) { self.archives = archives }

    /// One of them.
    package struct Archive: Codable, Sendable, Equatable {
        /// The machine's name.
        package var machine: String
        /// Its size in bytes.
        package var size: Int64

        /// Makes a description.
        package init(machine: String, size: Int64) {
            self.machine = machine
            self.size = size
        }
    }
}

extension CollectedList: Described {
    package static let schema = Schema.object(
        "What a graded session has left: a tar archive for each machine.",
        .required("archives", .array(.of(CollectedList.Archive.self)), "The archives."),
    )
}

extension CollectedList.Archive: Described {
    package static let schema = Schema.object(
        "A tar archive of what one machine has left.",
        .required("machine", .string, "The machine's name."),
        .required("size", .integer, "Its size in bytes."),
    )
}

/// Body of `POST /api/v1/sessions/{id}/grade`; the answer is as that of `POST …/checks`.
package struct GradeRequest: Codable, Sendable, Equatable {
    /// By which edition of the lab: `published`, the one that is published now, `own`, the session's, or `draft`; the
    /// published one when absent.
    package var edition: String?
    /// The tasks to look at; all when absent or empty.
    package var tasks: [String]?
    /// Why it is graded again.
    package var why: String

    /// Makes a request.
    package init(edition: String? = nil, tasks: [String]? = nil, why: String) {
        self.edition = edition
        self.tasks = tasks
        self.why = why
    }
}

extension GradeRequest: Described {
    package static let schema = Schema.object(
        .optional(
            "edition",
            .choice("published", "own", "draft"),
            "By which edition of the lab; the published one when absent.",
        ),
        .optional("tasks", .array(.string), "The tasks to look at; all when absent or empty."),
        .required("why", .string, "Why it is graded again."),
    )
}

/// Body of `POST /api/v1/sessions/{id}/checks`.
package struct CheckRequest: Codable, Sendable, Equatable {
    /// The tasks to check; all when absent or empty.
    package var tasks: [String]?
    /// Whether the checks of the lab's draft as it is now are made instead of the session's own.
    ///
    /// What they find is told and not kept. Operators only.
    package var draft: Bool?

    /// Makes a request.
    package init(tasks: [String]? = nil, draft: Bool? = nil) {
        self.tasks = tasks
        self.draft = draft
    }
}

extension CheckRequest: Described {
    package static let schema = Schema.object(
        .optional("tasks", .array(.string), "The tasks to check; all when absent or empty."),
        .optional(
            "draft",
            .boolean,
            "Whether the checks of the lab's draft are made, which keeps nothing; operators only.",
        ),
    )
}

/// One line of the answer (`application/x-ndjson`) of `POST /api/v1/sessions/{id}/checks`.
///
/// The last line has `standing` or `problem`.
package struct CheckProgressResource: ProgressReport, Equatable {
    /// What was found of the next task.
    package var checked: CheckResultResource?
    /// How the session stands after all of them.
    package var standing: StandingResource?
    /// What went wrong.
    package var problem: Problem?

    /// Makes a line.
    package init(
        checked: CheckResultResource? = nil,
        standing: StandingResource? = nil,
        problem: Problem? = nil,
    ) {
        self.checked = checked
        self.standing = standing
        self.problem = problem
    }

    package init(problem: Problem) { self.init(checked: nil, problem: problem) }

    package var step: String? { nil }
    package var fraction: Double? { nil }
    package var result: StandingResource? { standing }
}

extension CheckProgressResource: Described {
    package static let schema = Schema.object(
        "A line; the last has `standing` or `problem`.",
        .optional("checked", .of(CheckResultResource.self), "What was found of the next task."),
        .optional("standing", .of(StandingResource.self), "How the session stands after all of them."),
        .optional("problem", .of(Problem.self), "What went wrong."),
    )
}

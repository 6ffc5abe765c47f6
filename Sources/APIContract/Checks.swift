/// A task of a session's lab, and what was found of it last.
package struct TaskResource: Codable, Sendable, Equatable {
    /// Its name inside the lab.
    package var id: String
    /// What is asked, by language tag.
    package var text: [String: String]
    /// What it is worth.
    package var points: Int
    /// Tasks that must have passed before it is checked.
    package var needs: [String]
    /// What counts: `passed` or `failed`, or `unchecked` where it could not be found out at the end; absent while nothing was found, or while the person may not know.
    package var verdict: String?
    /// Whose word that is: `guest`, where whoever is root there can make it say anything, or `grader`; absent with the
    /// verdict.
    package var witness: String?
    /// Why it could not be checked, where that is what counts.
    package var reason: String?
    /// When that was found, in RFC 3339.
    package var checkedAt: String?
    /// Whether it has passed when somebody asked, whatever was found later.
    package var passedBefore: Bool
    /// The hints that were told.
    package var hints: [HintResource]
    /// How many hints there are in all.
    package var hintCount: Int

    /// Makes a task.
    package init(
        id: String,
        text: [String: String],
        points: Int,
        needs: [String],
        verdict: String?,
        witness: String? = nil,
        reason: String? = nil,
        checkedAt: String?,
        passedBefore: Bool = false,
        hints: [HintResource] = [],
        hintCount: Int = 0,
    ) {
        self.id = id
        self.text = text
        self.points = points
        self.needs = needs
        self.verdict = verdict
        self.witness = witness
        self.reason = reason
        self.checkedAt = checkedAt
        self.passedBefore = passedBefore
        self.hints = hints
        self.hintCount = hintCount
    }
}

extension TaskResource: Described {
    package static let schema = Schema.object(
        "A task of a session's lab, and what was found of it last.",
        .required("id", .string, "Its name inside the lab."),
        .required("text", .texts, "What is asked, by language tag."),
        .required("points", .integer, "What it is worth."),
        .required("needs", .array(.string), "Tasks that must have passed before it is checked."),
        .optional(
            "verdict",
            .verdict,
            "What counts; absent while nothing was found, or while the person may not know.",
        ),
        .optional(
            "witness",
            .witness,
            "Whose word that is: `guest`, where whoever is root can make it say anything, or `grader`.",
        ),
        .optional("reason", .string, "Why it could not be checked, where that is what counts."),
        .optional("checkedAt", .time, "When that was found."),
        .required("passedBefore", .boolean, "Whether it has passed when somebody asked, whatever was found later."),
        .required("hints", .array(.of(HintResource.self)), "The hints that were told."),
        .required("hintCount", .integer, "How many hints there are in all."),
    )
}

/// A hint that was told; the answer of `POST /api/v1/sessions/{id}/hints`.
package struct HintResource: Codable, Sendable, Equatable {
    /// The task it helps with.
    package var task: String
    /// Which of the task's hints it is, from 1.
    package var number: Int
    /// What it says, by language tag.
    package var text: [String: String]
    /// How many of the task's points it costs.
    package var cost: Int

    /// Makes a hint.
    package init(task: String, number: Int, text: [String: String], cost: Int) {
        self.task = task
        self.number = number
        self.text = text
        self.cost = cost
    }
}

extension HintResource: Described {
    package static let schema = Schema.object(
        "A hint that was told.",
        .required("task", .string, "The task it helps with."),
        .required("number", .integer, "Which of the task's hints it is, from 1."),
        .required("text", .texts, "What it says, by language tag."),
        .required("cost", .integer, "How many of the task's points it costs."),
    )
}

/// Body of `POST /api/v1/sessions/{id}/hints`.
package struct HintRequest: Codable, Sendable, Equatable {
    /// The task.
    package var task: String

    /// Makes a request.
    package init(task: String) { self.task = task }
}

extension HintRequest: Described {
    package static let schema = Schema.object(
        .required("task", .string.example("serve"), "The task.")
    )
}

/// Answer of `GET /api/v1/sessions/{id}/tasks`: what is asked, and how the session stands.
package struct StandingResource: Codable, Sendable, Equatable {
    /// The tasks, in the lab's order.
    package var tasks: [TaskResource]
    /// What the tasks that passed are worth, less the cost of hints.
    package var points: Int
    /// What all tasks are worth.
    package var total: Int
    /// How many attempts were used.
    package var attempts: Int
    /// How many may be used in all.
    package var maxAttempts: Int
    /// When the person learns what was found: `live`, `after` or `never`.
    package var feedback: String
    /// Whether what was found is told to whoever asked, now; otherwise no points are.
    package var isKnown: Bool
    /// `guest` where the lab lets tasks score that are the guest's own word, although people are assessed by it.
    package var trust: String?

    /// Makes a standing.
    package init(
        tasks: [TaskResource],
        points: Int,
        total: Int,
        attempts: Int,
        maxAttempts: Int,
        feedback: String,
        isKnown: Bool = true,
        trust: String? = nil,
    ) {
        self.tasks = tasks
        self.points = points
        self.total = total
        self.attempts = attempts
        self.maxAttempts = maxAttempts
        self.feedback = feedback
        self.isKnown = isKnown
        self.trust = trust
    }
}

extension StandingResource: Described {
    package static let schema = Schema.object(
        "What is asked, and how the session stands.",
        .required("tasks", .array(.of(TaskResource.self)), "The tasks, in the lab's order."),
        .required("points", .integer, "What the tasks that passed are worth, less the cost of hints."),
        .required("total", .integer, "What all tasks are worth."),
        .required("attempts", .integer, "How many attempts were used."),
        .required("maxAttempts", .integer, "How many may be used in all."),
        .required("feedback", .choice("live", "after", "never"), "When the person learns what was found."),
        .required(
            "isKnown",
            .boolean,
            "Whether what was found is told to whoever asked, now; otherwise no points are.",
        ),
        .optional("trust", .choice("guest"), "`guest` where tasks may score that are the guest's own word."),
    )
}

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

/// Body of `POST /api/v1/sessions/{id}/hints`.
package struct HintRequest: Codable, Sendable, Equatable {
    /// The task.
    package var task: String

    /// Makes a request.
    package init(task: String) { self.task = task }
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

/// Answer of `GET /api/v1/sessions/{id}/checks`: all that was found, oldest first.
package struct CheckResultList: Codable, Sendable, Equatable {
    /// The results.
    package var results: [CheckResultResource]

    /// Makes a list.
    package init(results: [CheckResultResource]) { self.results = results }
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

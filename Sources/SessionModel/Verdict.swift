/// What a check found.
package enum Verdict: String, Sendable, Codable, CaseIterable {
    /// It was done.
    case passed
    /// It was not.
    case failed
    /// Nobody knows: the check could not be made. It costs nothing.
    case unchecked
}

/// One check of one task, as it is kept for ever.
package struct CheckResult: Sendable, Equatable {
    /// How much of what a check says is kept, in bytes.
    package static let outputLimit = 4_096

    /// The task's name.
    package var task: String
    /// Which time it was checked, from 1.
    package var attempt: Int
    /// Why it was checked.
    package var occasion: Occasion
    /// What was found.
    package var verdict: Verdict
    /// Whose word that is.
    package var witness: Witness
    /// Why it could not be checked; empty otherwise.
    package var reason: String
    /// What the check said, in the guest's words; its end, where that was much.
    package var output: String
    /// When it was done.
    package var at: RecordTime
    /// How long it took.
    package var took: Duration
    /// Who asked; whose session it is, when nobody did.
    package var person: PersonID
    /// Why the session was graded again; empty for any other occasion.
    package var why: String
    /// The edition of the lab by which it was graded again, published or not; `nil` for what the session has itself.
    package var labVersion: Int?

    /// Makes a result.
    package init(
        task: String,
        attempt: Int,
        occasion: Occasion = .asked,
        verdict: Verdict,
        witness: Witness = .guest,
        reason: String = "",
        output: String = "",
        at: RecordTime,
        took: Duration,
        person: PersonID,
        why: String = "",
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
        self.took = took
        self.person = person
        self.why = why
        self.labVersion = labVersion
    }

    /// Whose word a verdict is.
    package enum Witness: String, Sendable, Codable, CaseIterable {
        /// The guest's own: whoever is root there can make it say anything.
        case guest
        /// That of a grader, a machine that has the guest's disk and into which nobody has ever been let.
        case grader
    }

    /// Why a task was checked.
    package enum Occasion: String, Sendable, Codable, CaseIterable {
        /// Somebody asked.
        case asked
        /// The session was over: these verdicts score.
        case final
        /// Somebody had its kept disk looked at once more: these verdicts score instead.
        case regraded
    }
}

/// That a person was told a hint, as it is kept for ever.
package struct HintTaken: Sendable, Equatable {
    /// The task's name.
    package var task: String
    /// Which of its hints, from 1.
    package var number: Int
    /// How many of the task's points it costs.
    package var cost: Int
    /// When it was told.
    package var at: RecordTime
    /// Whom.
    package var person: PersonID

    /// Makes a note.
    package init(task: String, number: Int, cost: Int, at: RecordTime, person: PersonID) {
        self.task = task
        self.number = number
        self.cost = cost
        self.at = at
        self.person = person
    }
}

/// How a session stands: what of its lab was done so far.
package struct Standing: Sendable, Equatable {
    /// The lab's tasks with what counts of each: what was found when the session was graded again, else when it was over,
    /// else last.
    ///
    /// A check that could not be made says nothing: what was found before it stands.
    package let tasks: [Entry]
    /// What the tasks that passed are worth, less the cost of hints.
    package let points: Int
    /// What all tasks are worth.
    package let total: Int
    /// How many attempts the session's person has used; those that found nothing are none.
    package let attempts: Int
    /// When the last of them was; `nil` when there was none.
    package let lastAttempt: ServiceInstant?
    /// The number of the next attempt, whoever makes it.
    package let next: Int

    /// Looks at what was found.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - lab: Its lab, as it keeps it.
    ///   - results: All results of the session, oldest first.
    ///   - hints: All hints that were told in it.
    package init(
        of session: Session,
        in lab: Lab,
        after results: [CheckResult],
        hints: [HintTaken],
    ) {
        let found = results.filter { $0.verdict != .unchecked }
        let tasks = lab.tasks.map { task in
            Entry(
                task: task,
                result: found.last { $0.task == task.id && $0.occasion == .regraded }
                    // Also where it could not be checked: whoever can bring that about shall not gain by it.
                    ?? results.last { $0.task == task.id && $0.occasion == .final }
                    ?? found.last { $0.task == task.id && $0.occasion == .asked },
                hasPassedBefore: found.contains {
                    $0.task == task.id && $0.occasion == .asked && $0.verdict == .passed
                },
                hints: hints.filter { $0.task == task.id },
            )
        }
        let own = found.filter { $0.person == session.person && $0.occasion == .asked }
        self.tasks = tasks
        points = tasks.reduce(0) { $0 + $1.points }
        total = lab.tasks.reduce(0) { $0 + $1.points }
        attempts = Set(own.map(\.attempt)).count
        lastAttempt = own.map(\.at.service).max()
        next = (results.map(\.attempt).max() ?? 0) + 1
    }

    /// The tasks that have passed, by name.
    package var passed: Set<String> { Set(tasks.filter(\.hasPassed).map(\.task.id)) }

    /// A task, and what was found of it last.
    package struct Entry: Sendable, Equatable {
        /// The task.
        package let task: LabTask
        /// What counts; `nil` where nothing was found.
        package let result: CheckResult?
        /// Whether it has passed when somebody asked, whatever was found later.
        package let hasPassedBefore: Bool
        /// The hints that were told.
        package let hints: [HintTaken]

        /// Whether it has passed.
        package var hasPassed: Bool { result?.verdict == .passed }
        /// What the hints that were told cost.
        package var cost: Int { hints.reduce(0) { $0 + $1.cost } }
        /// What it is worth now: its points less the cost of hints when it has passed, and nothing otherwise.
        package var points: Int { hasPassed ? max(0, task.points - cost) : 0 }
    }
}

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
    /// Which time the person asked, from 1.
    package var attempt: Int
    /// What was found.
    package var verdict: Verdict
    /// Why it could not be checked; empty otherwise.
    package var reason: String
    /// What the check said, in the guest's words; its end, where that was much.
    package var output: String
    /// When it was done.
    package var at: RecordTime
    /// How long it took.
    package var took: Duration
    /// Who asked.
    package var person: PersonID

    /// Makes a result.
    package init(
        task: String,
        attempt: Int,
        verdict: Verdict,
        reason: String = "",
        output: String = "",
        at: RecordTime,
        took: Duration,
        person: PersonID,
    ) {
        self.task = task
        self.attempt = attempt
        self.verdict = verdict
        self.reason = reason
        self.output = output
        self.at = at
        self.took = took
        self.person = person
    }
}

/// How a session stands: what of its lab was done so far.
package struct Standing: Sendable, Equatable {
    /// The lab's tasks with what was found of each last.
    ///
    /// A check that could not be made says nothing: what was found before it stands.
    package let tasks: [Entry]
    /// What the tasks that passed are worth.
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
    package init(of session: Session, in lab: Lab, after results: [CheckResult]) {
        let found = results.filter { $0.verdict != .unchecked }
        let tasks = lab.tasks.map { task in Entry(task: task, result: found.last { $0.task == task.id }) }
        let own = found.filter { $0.person == session.person }
        self.tasks = tasks
        points = tasks.reduce(0) { sum, entry in entry.hasPassed ? sum + entry.task.points : sum }
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
        /// What was found; `nil` where nothing was.
        package let result: CheckResult?

        /// Whether it has passed.
        package var hasPassed: Bool { result?.verdict == .passed }
    }
}

/// One thing that was looked at to show that a lab works.
package struct LabTestResult: Sendable, Equatable {
    /// What was looked at.
    package var kind: Kind
    /// The task; `nil` for what concerns the lab as a whole.
    package var task: String?
    /// The seed of the session in which it was; `nil` where there was none.
    package var seed: UInt64?
    /// Whether it was as it must be.
    package var passed: Bool
    /// What was found, where it was not.
    package var detail: String
    /// How long looking took.
    package var took: Duration

    /// Makes a result.
    package init(
        _ kind: Kind,
        task: String? = nil,
        seed: UInt64? = nil,
        passed: Bool,
        detail: String = "",
        took: Duration = .zero,
    ) {
        self.kind = kind
        self.task = task
        self.seed = seed
        self.passed = passed
        self.detail = detail
        self.took = took
    }

    /// What is looked at.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// Whether people read it in English and in French.
        case languages
        /// Whether a session can begin.
        case begins
        /// See ``LabTest/untouchedFails``.
        case untouchedFails = "untouched-fails"
        /// See ``LabTest/solvedPasses``.
        case solvedPasses = "solved-passes"
        /// See ``LabTest/solvedRebootedPasses``.
        case solvedRebootedPasses = "solved-rebooted-passes"
        /// Whether doing one task leaves those alone that have nothing to do with it.
        case othersStay = "others-stay"
    }
}

extension Lab {
    /// The languages in which everything that people read must be there.
    package static let languages = ["en", "fr"]

    /// What people read and what lacks a language, by place and language.
    package var missingTexts: [String] {
        var texts: [(place: String, text: LocalizedText)] = [("title", title)]
        if let about = description.about { texts.append(("about", about)) }
        for task in tasks {
            texts.append(("task \(task.id), text", task.text))
            if let report = task.report {
                texts.append(("task \(task.id), report.passed", report.passed))
                texts.append(("task \(task.id), report.failed", report.failed))
            }
            for (index, hint) in task.hints.enumerated() {
                texts.append(("task \(task.id), hint \(index + 1)", hint.text))
            }
        }
        return texts.flatMap { place, text in
            Self.languages.filter { text.texts[$0] == nil }.map { "\(place) has no \($0)" }
        }
    }

    /// A task with all that must be done before it, as far as one needs the other.
    package func closure(of task: String) -> Set<String> {
        var closure: Set<String> = [task]
        // A task needs only what stands above it.
        for candidate in tasks.reversed() where closure.contains(candidate.id) { closure.formUnion(candidate.needs) }
        return closure
    }

    /// Whose word a task's verdict is: the guest's also where a task that it needs is the guest's word.
    package func witness(of task: LabTask) -> CheckResult.Witness {
        let closure = closure(of: task.id)
        let isGrader = task.check.witness == .grader
        return isGrader && tasks.allSatisfy { !closure.contains($0.id) || $0.check.witness == .grader }
            ? .grader : .guest
    }
}

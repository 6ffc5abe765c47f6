/// Body of `PUT /api/v1/drafts/{id}`; the answer is a ``LabResource``.
package struct LabDraftRequest: Codable, Sendable, Equatable {
    /// Texts by path: `lab.yaml`, and what it names.
    package var files: [String: String]

    /// Makes a request.
    package init(files: [String: String]) { self.files = files }
}

extension LabDraftRequest: Described {
    package static let schema = Schema.object(
        .required("files", .map(.string), "Texts by path: `lab.yaml`, and what it names.")
    )
}

/// One thing that was looked at to show that a lab works.
package struct LabTestResource: Codable, Sendable, Equatable {
    /// What was looked at: `languages`, `begins`, `untouched-fails`, `solved-passes`, `solved-rebooted-passes` or
    /// `others-stay`.
    package var test: String
    /// The task; absent for what concerns the lab as a whole.
    package var task: String?
    /// The seed of the session in which it was; absent where there was none.
    package var seed: UInt64?
    /// Whether it was as it must be.
    package var passed: Bool
    /// What was found, where it was not.
    package var detail: String?
    /// How long looking took.
    package var seconds: Double

    /// Makes a result.
    package init(test: String, task: String?, seed: UInt64?, passed: Bool, detail: String?, seconds: Double) {
        self.test = test
        self.task = task
        self.seed = seed
        self.passed = passed
        self.detail = detail
        self.seconds = seconds
    }
}

extension LabTestResource: Described {
    package static let schema = Schema.object(
        "One thing that was looked at to show that a lab works.",
        .required(
            "test",
            .choice(
                "languages",
                "begins",
                "untouched-fails",
                "solved-passes",
                "solved-rebooted-passes",
                "others-stay",
            ),
            "What was looked at.",
        ),
        .optional("task", .string, "The task; absent for what concerns the lab as a whole."),
        .optional("seed", .integer(0...), "The seed of the session in which it was; absent where there was none."),
        .required("passed", .boolean, "Whether it was as it must be."),
        .optional("detail", .string, "What was found, where it was not."),
        .required("seconds", .number, "How long looking took."),
    )
}

/// What the tests of a lab came to.
package struct LabTestSummary: Codable, Sendable, Equatable {
    /// The lab.
    package var lab: String
    /// Its edition.
    package var version: Int
    /// Whether all of them passed.
    package var passed: Bool
    /// All results.
    package var results: [LabTestResource]
    /// How long all of it took.
    package var seconds: Double

    /// Makes a summary.
    package init(lab: String, version: Int, passed: Bool, results: [LabTestResource], seconds: Double) {
        self.lab = lab
        self.version = version
        self.passed = passed
        self.results = results
        self.seconds = seconds
    }
}

extension LabTestSummary: Described {
    package static let schema = Schema.object(
        "What the tests of a lab came to.",
        .required("lab", .string, "The lab."),
        .required("version", .integer, "Its edition."),
        .required("passed", .boolean, "Whether all of them passed."),
        .required("results", .array(.of(LabTestResource.self)), "All results."),
        .required("seconds", .number, "How long all of it took."),
    )
}

/// One line of the answer of `POST /api/v1/labs/{id}/tests` and `POST /api/v1/drafts/{id}/tests`.
package struct LabTestProgressResource: ProgressReport {
    package var step: String?
    package var fraction: Double?
    /// Something that was looked at.
    package var tested: LabTestResource?
    /// What all of it came to; the last line has it.
    package var summary: LabTestSummary?
    package var problem: Problem?

    package var result: LabTestSummary? { summary }

    /// Makes a line that says what is done.
    package init(step: String) { self.step = step }

    /// Makes a line with a result.
    package init(tested: LabTestResource) { self.tested = tested }

    /// Makes the last line.
    package init(summary: LabTestSummary) { self.summary = summary }

    package init(problem: Problem) { self.problem = problem }
}

extension LabTestProgressResource: Described {
    package static let schema = Schema.object(
        "A line; the last has `summary` or `problem`.",
        .optional("step", .string, "What is being done, in words."),
        .optional("fraction", .number, "How far the step has come, 0 to 1, when that is known."),
        .optional("tested", .of(LabTestResource.self), "Something that was looked at."),
        .optional("summary", .of(LabTestSummary.self), "What all of it came to; the last line has it."),
        .optional("problem", .of(Problem.self), "What went wrong."),
    )
}

/// How a task of a lab is done.
package struct LabSolution: Sendable, Equatable, Codable {
    /// The task's name; `nil` for a step that several share.
    package var task: String?
    /// What does it.
    package var script: LabScript

    /// Makes a solution.
    package init(of task: String?, _ script: LabScript) {
        self.task = task
        self.script = script
    }
}

/// Something that is shown of a lab before it is published.
package enum LabTest: String, Sendable, Codable, CaseIterable {
    /// Where nothing was done every task fails.
    case untouchedFails = "untouched-fails"
    /// Where everything was done every task passes.
    case solvedPasses = "solved-passes"
    /// So it does when the machine was started anew since.
    case solvedRebootedPasses = "solved-rebooted-passes"
}

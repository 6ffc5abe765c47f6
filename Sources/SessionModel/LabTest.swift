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

/// What is kept of a machine when its session is over.
package struct LabCollection: Sendable, Equatable, Codable {
    /// The machine's name inside the lab.
    package var machine: String
    /// Files and folders, each with a leading slash.
    package var paths: [String]

    /// Makes a collection.
    package init(from machine: String, _ paths: [String]) {
        self.machine = machine
        self.paths = paths
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

/// A lab that is about to be written.
struct LabDraft: Sendable, Equatable {
    /// Its name.
    var id: String
    /// What it is, in a comment above it.
    var comment: String
    /// What people call it.
    var title: String
    /// What it shows about a person.
    var about: String?
    /// How hard it is.
    var level: LessonLevel
    /// How long it takes, in minutes.
    var minutes: Int
    /// What it is about, in a word each.
    var skills: [String] = []
    /// What its machine is called.
    var machine: String
    /// What makes the machine ready, in order.
    var setup: [Script] = []
    /// What people are asked to do, in order.
    var tasks: [Task] = []
    /// How it is done, in order.
    var solve: [Solution] = []

    /// A file of the lab that is run.
    struct Script: Sendable, Equatable {
        /// Its path below the lab.
        var file: String
        /// For how long it may run.
        var seconds: Int
    }

    /// Something that is asked.
    struct Task: Sendable, Equatable {
        var id: String
        var text: String
        var needs: String?
        var check: Script
        var hints: [String] = []
    }

    /// A step of the solution.
    struct Solution: Sendable, Equatable {
        /// The task it does; `nil` when several share it.
        var task: String?
        var script: Script
    }
}

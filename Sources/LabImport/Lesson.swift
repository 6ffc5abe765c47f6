/// What all formats have in common: pages one after the other, some of them with something to do that is checked.
struct Lesson: Sendable {
    /// Its name.
    var slug: Sourced<String>?
    /// What people call it.
    var title: Sourced<String>?
    /// What it is about, in paragraphs.
    var about: [Sourced<String>] = []
    /// How hard it is.
    var level: Sourced<LessonLevel>?
    /// How long it takes, in minutes.
    var minutes: Sourced<Int>?
    /// What it is about, in a word each.
    var skills: [Sourced<String>] = []
    /// What its machine is called.
    var machine = "box"
    /// What makes the machine ready, in order.
    var setup: [Script] = []
    /// Its pages, in order.
    var pages: [Page] = []

    /// A script as it goes into the lab.
    struct Script: Sendable {
        /// What its file is called after.
        var name: String
        /// What it says, and what that was made of.
        var body: Sourced<String>
    }

    /// A page.
    struct Page: Sendable {
        /// What its task and files are called after.
        var name: String
        /// Its heading.
        var title: Sourced<String>?
        /// What people read.
        var text: Sourced<String>?
        /// What helps, in order.
        var hints: [Sourced<String>] = []
        /// What must have run before the page is shown.
        var preparation: [Script] = []
        /// How it is told whether it was done; `nil` when there is nothing to do.
        var check: Sourced<String>?
        /// How it is done.
        var solution: Sourced<String>?
    }
}

/// How hard a lesson is.
enum LessonLevel: String, Sendable {
    case intro, easy, medium, hard

    /// Reads the words of other formats; `nil` when they are none of them.
    init?(words: String) {
        switch words.lowercased().trimmingPrefix(while: \.isWhitespace).prefix(while: \.isLetter) {
        case "intro", "introduction", "introductory": self = .intro
        case "beginner", "basic", "easy", "novice": self = .easy
        case "intermediate", "medium", "moderate": self = .medium
        case "advanced", "expert", "hard": self = .hard
        default: return nil
        }
    }
}

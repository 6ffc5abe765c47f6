/// What a list could not show.
enum Problems {
    static func note(_ problems: [String], of title: String) {
        guard !problems.isEmpty else { return }
        Output.note(title)
        for problem in problems { Output.note("  \(PlainText.clean(problem))") }
    }
}

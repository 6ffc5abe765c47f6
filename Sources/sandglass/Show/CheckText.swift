import APIContract
import Foundation

/// What checks found, in words.
enum CheckText {
    /// The tasks of a session with how each stands, then the score.
    static func tasks(_ standing: StandingResource) -> [String] {
        guard !standing.tasks.isEmpty else { return ["This session's lab has no tasks."] }
        var lines: [String] = []
        for task in standing.tasks {
            let points = task.points == 1 ? "1 point" : "\(task.points) points"
            lines.append("\(sign(task.verdict)) \(task.id)  \(points)\(words(for: task))")
            let text = text(task.text).trimmingCharacters(in: .whitespacesAndNewlines)
            lines += text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
            if !task.needs.isEmpty { lines.append("  After: \(task.needs.joined(separator: ", "))") }
            for hint in task.hints { lines += Self.hint(hint).map { "  \($0)" } }
            let left = task.hintCount - task.hints.count
            if left > 0 { lines.append("  \(left == 1 ? "1 hint" : "\(left) hints") left") }
            lines.append("")
        }
        if standing.trust == "guest" {
            lines.append("This lab lets tasks score that are the guest's own word.")
        }
        return lines + [score(standing)]
    }

    /// What was found of a task, where that is known, and whether something else was found before.
    private static func words(for task: TaskResource) -> String {
        guard let verdict = task.verdict else { return "" }
        let what =
            verdict == "unchecked"
            ? "could not be checked: \(task.reason ?? "nobody knows why")" : "\(verdict)\(word(of: task.witness))"
        let before = task.passedBefore && verdict != "passed" ? "; it had passed before" : ""
        return ", \(what)\(before)"
    }

    /// A hint that was told.
    static func hint(_ hint: HintResource) -> [String] {
        let text = text(hint.text).trimmingCharacters(in: .whitespacesAndNewlines)
        let cost = hint.cost == 0 ? "" : hint.cost == 1 ? ", costs 1 point" : ", costs \(hint.cost) points"
        return ["Hint \(hint.number)\(cost):"]
            + text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
    }

    /// What one line of an attempt tells.
    static func lines(_ report: CheckProgressResource) -> [String] {
        if let standing = report.standing { return [score(standing)] }
        guard let result = report.checked else { return [] }
        let took = TimeText.span(milliseconds: Int64(result.seconds * 1000))
        let what =
            result.verdict == "unchecked"
            ? "could not be checked: \(result.reason ?? "nobody knows why")"
            : "\(result.verdict) (\(took)\(word(of: result.witness)))"
        let said = (result.output ?? "").split(separator: "\n").map { "    \($0)" }
        return ["\(sign(result.verdict)) \(result.task)  \(what)"] + said
    }

    /// The points, and how many attempts are left.
    static func score(_ standing: StandingResource) -> String {
        let left = standing.maxAttempts - standing.attempts
        let attempts = "\(left) of \(standing.maxAttempts) attempts left"
        return standing.isKnown
            ? "\(standing.points) of \(standing.total) points; \(attempts)."
            : "What is found is told \(when(standing))."
    }

    /// The text in the person's language where there is one, else in English.
    static func text(
        _ texts: [String: String],
        environment: [String: String] = ProcessInfo.processInfo.environment,
    ) -> String {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        let language = locale.map { String($0.prefix(2)) } ?? "en"
        return texts[language] ?? texts["en"] ?? texts.values.sorted().first ?? ""
    }

    private static func when(_ standing: StandingResource) -> String {
        standing.feedback == "after" ? "once the session is over" : "to those who assess it"
    }

    /// That a verdict is what the person's own machine says, where it is.
    private static func word(of witness: String?) -> String { witness == "guest" ? ", the guest's word" : "" }

    private static func sign(_ verdict: String?) -> String {
        switch verdict {
        case "passed": "✔"
        case "failed": "✘"
        case "unchecked": "!"
        default: "·"
        }
    }
}

import APIContract

/// What tests of labs found, in words.
enum LabTestText {
    /// One result.
    static func lines(_ result: LabTestResource) -> [String] {
        let sign = result.passed ? "✔" : "✘"
        let subject = [result.task, result.seed.map { "(seed \($0))" }].compactMap(\.self).joined(separator: " ")
        let took = result.seconds == 0 ? "" : "  \(TimeText.span(milliseconds: Int64(result.seconds * 1000)))"
        let line = "  \(sign) \(result.test)\(subject.isEmpty ? "" : "  \(subject)")\(took)"
        return [line] + (result.detail ?? "").split(separator: "\n").map { "      \($0)" }
    }

    /// What a lab's tests came to.
    static func line(_ summary: LabTestSummary) -> String {
        let failed = summary.results.count { !$0.passed }
        let took = TimeText.span(milliseconds: Int64(summary.seconds * 1000))
        let count = summary.results.count
        return summary.passed
            ? "✔ \(summary.lab): all \(count) tests passed in \(took)."
            : "✘ \(summary.lab): \(failed) of \(count) tests failed in \(took)."
    }
}

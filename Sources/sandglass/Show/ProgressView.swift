import APIClient
import APIContract

/// Shows how far some work of the service has come, then its result.
enum ProgressView {
    /// Reads the reports to their end, where `success` says what to say about the result or throws.
    ///
    /// Throws the problem that the work ended with.
    static func show<Report: ProgressReport>(
        _ feed: ProgressFeed<Report>,
        _ output: OutputOptions,
        success: (Report.Result) throws -> String,
    ) async throws {
        var status = StatusLine()
        defer { status.clear() }
        var lastStep: String?
        for try await report in feed {
            if output.json { try Output.json(report, compact: true) }
            if let problem = report.problem { throw problem }
            if let result = report.result {
                status.clear()
                let text = try success(result)
                if !output.json { try Output.line(PlainText.clean(text, keepingLines: true)) }
            }
            guard !output.json, let step = report.step.map({ PlainText.clean($0) }) else { continue }
            if status.isLive {
                status.show(ProgressBar.text(step: step, fraction: report.fraction, columns: status.columns - 1))
            } else if step != lastStep {
                status.leave(step)
            }
            lastStep = step
        }
    }
}

import APIClient
import APIContract

/// Shows how far work on an image has come, then its result.
enum ImageProgressView {
    /// Reads the reports to their end, where `success` says what to say about the finished image or throws.
    ///
    /// Throws the problem that the work ended with.
    static func show(
        _ feed: ImageProgressFeed,
        _ output: OutputOptions,
        success: (ImageResource) throws -> String,
    ) async throws {
        var status = StatusLine()
        defer { status.clear() }
        var lastStep: String?
        for try await report in feed {
            if output.json { try Output.json(report, compact: true) }
            if let problem = report.problem { throw problem }
            if let image = report.image {
                status.clear()
                let text = try success(image)
                if !output.json { try Output.line(PlainText.clean(text)) }
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

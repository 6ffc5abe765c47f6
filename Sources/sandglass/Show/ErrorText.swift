import APIClient
import APIContract

/// What a person reads about an error.
enum ErrorText {
    /// The message; `nil` when there is nothing to say.
    static func text(for error: any Error) -> String? {
        switch error {
        case let problem as Problem:
            PlainText.clean(problem.detail.isEmpty ? problem.title : problem.detail, keepingLines: true)
        case let failure as ConnectionFailure:
            PlainText.clean(failure.description, keepingLines: true)
        case let failure as CommandFailure:
            failure.message.map { message in
                let cause = failure.cause.map { "\n  because \(text(for: $0) ?? "it was interrupted")" } ?? ""
                return PlainText.clean(message + cause, keepingLines: true)
            }
        case is CancellationError:
            nil
        default:
            PlainText.clean("\(error)", keepingLines: true)
        }
    }
}

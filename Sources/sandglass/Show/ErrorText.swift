import APIClient
import APIContract
import Foundation

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
        case let error as CocoaError:
            plain(error)
        default:
            PlainText.clean("\(error)", keepingLines: true)
        }
    }

    /// What was in the way of reading or writing a file; Foundation's own words are for programs.
    private static func plain(_ error: CocoaError) -> String {
        switch error.code {
        case .fileNoSuchFile, .fileReadNoSuchFile: "there is no such file"
        case .fileReadNoPermission, .fileWriteNoPermission: "you may not: permission denied"
        case .fileReadInapplicableStringEncoding, .fileReadCorruptFile: "it is no text in UTF-8"
        case .fileWriteOutOfSpace: "the disk is full"
        default: "it is no file, or the disk fails"
        }
    }

    /// The same for programs, on one line: the service's code, or what kind of failure of this tool it is, the message and
    /// the exit code.
    static func json(_ message: String, of error: any Error, _ status: CommandStatus) -> String {
        struct Report: Encodable {
            let code: String
            let detail: String
            let exit: Int32
        }
        let code =
            switch error {
            case let problem as Problem: problem.code
            case let failure as ConnectionFailure: failure.code.rawValue
            default: "\(status)"
            }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let report = Report(code: code, detail: message, exit: status.rawValue)
        do { return PlainText.json(String(decoding: try encoder.encode(report), as: UTF8.self)) } catch {
            return message
        }
    }
}

import Logging
import Synchronization

/// Keeps warnings and worse.
final class LogRecorder: Sendable {
    private let kept = Mutex<[String]>([])

    /// Each with its metadata, in order.
    var lines: [String] { kept.withLock { $0 } }

    /// A logger that is recorded.
    var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            recorder.kept.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
        }
    }
}

extension Logger {
    /// One that nobody hears.
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

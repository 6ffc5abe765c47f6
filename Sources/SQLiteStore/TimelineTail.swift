import SessionModel
import Synchronization

/// Hands committed lines to everyone who follows, without asking the database again.
///
/// ``send(_:)`` is called by one thread at a time, the writer's, which keeps the order.
final class TimelineTail: Sendable {
    /// Lines a reader may be behind.
    static let bufferedLines = 1_024

    private let readers = Mutex(Readers())

    /// A stream of the lines sent from now on; it ends when its reader is too far behind or the tail is closed.
    func subscribe() -> AsyncStream<TimelineEntry> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: TimelineEntry.self,
            bufferingPolicy: .bufferingOldest(Self.bufferedLines),
        )
        let number = readers.withLock { readers -> Int? in
            guard !readers.isClosed else { return nil }
            readers.last += 1
            readers.following[readers.last] = continuation
            return readers.last
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.forget(number) }
        return stream
    }

    /// Hands lines to every reader.
    ///
    /// A reader that has no room keeps what it has and is ended.
    func send(_ lines: [TimelineEntry]) {
        guard !lines.isEmpty else { return }
        // The lock is left before the continuations are called: ending one calls back into `forget`.
        let following = readers.withLock { Array($0.following.values) }
        for continuation in following {
            for line in lines {
                guard case .enqueued = continuation.yield(line) else {
                    continuation.finish()
                    break
                }
            }
        }
    }

    /// Ends every reader, those that come later too.
    func close() {
        let following = readers.withLock { readers in
            readers.isClosed = true
            return Array(readers.following.values)
        }
        for continuation in following { continuation.finish() }
    }

    private func forget(_ number: Int) {
        _ = readers.withLock { $0.following.removeValue(forKey: number) }
    }

    private struct Readers {
        var last = 0
        var following: [Int: AsyncStream<TimelineEntry>.Continuation] = [:]
        var isClosed = false
    }
}

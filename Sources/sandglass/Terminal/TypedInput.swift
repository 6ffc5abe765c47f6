import Dispatch
import Glibc

/// What someone types, read when it is asked for and not before, so that nothing piles up here.
final class TypedInput: Sendable {
    /// What reading brought.
    enum Piece: Sendable, Equatable {
        case bytes([UInt8])
        /// Nothing came in the time given.
        case silence
        /// Nothing will come any more.
        case end
        /// It cannot be read, and why.
        case failed(String)
    }

    private static let pieceLimit = 128 * 1024

    private let descriptor: Int32
    // Reading blocks a thread, so it is one of its own.
    private let queue = DispatchQueue(label: "sandglass.typed-input")
    private let stop: WakePipe

    init(_ descriptor: Int32) throws {
        self.descriptor = descriptor
        stop = try WakePipe()
    }

    deinit { stop.close() }

    /// The next piece, waited for so long, or for ever.
    ///
    /// Ends at once when the task is cancelled, and stays at its end then.
    func next(within patience: Duration? = nil) async -> Piece {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async { continuation.resume(returning: self.read(within: patience)) }
            }
        } onCancel: {
            // Never read, so every later wait ends too.
            _ = write(stop.writer, "x", 1)
        }
    }

    private func read(within patience: Duration?) -> Piece {
        let milliseconds = patience.map { Int32(clamping: Int64($0 / .milliseconds(1))) }
        while true {
            var files = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop.reader, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&files, 2, milliseconds ?? -1)
            if count < 0 && errno == EINTR { continue }
            if count < 0 || files[1].revents != 0 { return .end }
            if count == 0 { return .silence }
            var buffer = [UInt8](repeating: 0, count: Self.pieceLimit)
            let length = Glibc.read(descriptor, &buffer, buffer.count)
            if length > 0 { return .bytes(Array(buffer[..<length])) }
            if length < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            // What was never open has no more to give, and neither has a terminal that is gone.
            let isOver = length == 0 || errno == EBADF || errno == EIO && isatty(descriptor) != 0
            return isOver ? .end : .failed(String(cString: strerror(errno)))
        }
    }
}

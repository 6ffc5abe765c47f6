import Dispatch
import Glibc
import Synchronization

/// Signals as a stream, for those that are a message and not an end.
enum Signals {
    /// The signals of these numbers from now on.
    ///
    /// While the stream is read they do nothing else; when it ends they do again what they did before. Several that
    /// come at once may arrive as one.
    static func stream(_ numbers: [Int32]) throws -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream<Int32>.makeStream(bufferingPolicy: .bufferingNewest(16))
        try desk.withLock { try $0.open(numbers, continuation) }
        continuation.onTermination = { _ in desk.withLock { $0.close(numbers) } }
        return stream
    }

    private static let desk = Mutex(Desk())

    private static func arrived(_ number: Int32) { _ = desk.withLock { $0.readers[number] }?.yield(number) }

    private struct Desk {
        var readers: [Int32: AsyncStream<Int32>.Continuation] = [:]
        private var before: [Int32: sigaction] = [:]
        private var source: (any DispatchSourceRead)?

        mutating func open(_ numbers: [Int32], _ reader: AsyncStream<Int32>.Continuation) throws {
            if source == nil { source = try Self.makeSource() }
            for number in numbers {
                readers[number] = reader
                var (action, old) = (sigaction(), sigaction())
                action.__sigaction_handler.sa_handler = post
                action.sa_flags = SA_RESTART
                sigemptyset(&action.sa_mask)
                sigaction(number, &action, &old)
                before[number] = old
            }
        }

        mutating func close(_ numbers: [Int32]) {
            for number in numbers {
                readers[number] = nil
                if var old = before.removeValue(forKey: number) { sigaction(number, &old, nil) }
            }
        }

        private static func makeSource() throws -> any DispatchSourceRead {
            let pipe = try WakePipe()
            mailbox.store(pipe.writer, ordering: .sequentiallyConsistent)
            let source = DispatchSource.makeReadSource(fileDescriptor: pipe.reader)
            source.setEventHandler {
                var number: UInt8 = 0
                while read(pipe.reader, &number, 1) == 1 { Signals.arrived(Int32(number)) }
            }
            source.activate()
            return source
        }
    }
}

/// Where the signal handler puts numbers; set once, before the first handler is installed.
private let mailbox = Atomic<Int32>(-1)

/// Puts the signal's number into the mailbox.
///
/// Only calls what a signal handler may call.
private func post(_ signal: Int32) {
    let before = errno
    var number = UInt8(truncatingIfNeeded: signal)
    _ = write(mailbox.load(ordering: .sequentiallyConsistent), &number, 1)
    errno = before
}

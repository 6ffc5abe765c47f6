import SessionModel
import Synchronization

/// Where recordings are read as text and for their commands.
///
/// One thread of low priority reads them all: however many ask, guests and the rest of the service have the processors.
final class ReadingDesk: Sendable {
    /// So many recordings are read at once, by turns.
    static let places = 16

    private let thread = LowlyThread()
    private let taken = Mutex(0)
    private let patience: Duration

    /// Makes a desk at which nobody reads.
    ///
    /// - Parameter patience: Reading one recording may take so much of a processor's time; what is not read by then is left
    ///   out.
    init(patience: Duration = .seconds(60)) { self.patience = patience }

    /// Reads what a recording shows.
    ///
    /// - Throws: ``Failure`` with `throttled`, or what opening it throws.
    func transcript(_ open: @escaping @Sendable () throws -> Transcriber) async throws -> RecordingTranscript {
        let reading = Reading(try place(), on: thread, within: patience) {
            let transcriber = try open()
            // No lines stand for the end.
            let read: () throws -> [TranscriptLine]? = {
                guard let lines = try transcriber.next() else { return [] }
                return lines.isEmpty ? nil : lines
            }
            return (read, transcriber.cutOff)
        }
        try await reading.open()
        return RecordingTranscript {
            let lines = try await reading.next()
            return lines.isEmpty ? nil : lines
        }
    }

    /// Reads which commands a recording tells of.
    ///
    /// - Throws: ``Failure`` with `throttled`, or what opening or reading it throws; `CancellationError`.
    func commands(_ open: @escaping @Sendable () throws -> CommandReader) async throws -> CommandLog {
        let reading = Reading(try place(), on: thread, within: patience) {
            let reader = try open()
            return (reader.next, reader.cutOff)
        }
        try await reading.open()
        return try await reading.next()
    }

    private func place() throws -> Place {
        try taken.withLock { taken in
            guard taken < Self.places else {
                throw Failure(.throttled, "\(Self.places) recordings are being read already; ask again in a moment")
            }
            taken += 1
        }
        return Place(at: self)
    }

    /// A place at the desk, for as long as it is kept.
    fileprivate final class Place: Sendable {
        private let desk: ReadingDesk
        init(at desk: ReadingDesk) { self.desk = desk }
        deinit { desk.taken.withLock { $0 -= 1 } }
    }
}

/// Reads one recording, by turns with others.
private actor Reading<Found: Sendable> {
    /// What reads: a little further each time, `nil` as long as nothing was found; and what ends it early.
    typealias Reader = (read: () throws -> Found?, cutOff: () -> Found)

    private static var turn: Duration { .milliseconds(20) }

    private let place: ReadingDesk.Place
    private let thread: LowlyThread
    private let patience: Duration
    private let make: @Sendable () throws -> Reader
    private var reader: Reader?
    private var spent: Duration = .zero
    private var isCut = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(
        _ place: ReadingDesk.Place,
        on thread: LowlyThread,
        within patience: Duration,
        _ make: @escaping @Sendable () throws -> Reader,
    ) {
        (self.place, self.thread, self.patience, self.make) = (place, thread, patience, make)
    }

    func open() throws { reader = try make() }

    func next() async throws -> Found {
        guard let reader else { throw Failure(.internal, "a recording is read that was not opened") }
        while true {
            try Task.checkCancellation()
            let start = LowlyThread.processorTime
            defer { spent += LowlyThread.processorTime - start }
            repeat {
                if !isCut, spent + (LowlyThread.processorTime - start) > patience {
                    isCut = true
                    return reader.cutOff()
                }
                if let found = try reader.read() { return found }
            } while LowlyThread.processorTime - start < Self.turn
            await Task.yield()
        }
    }
}

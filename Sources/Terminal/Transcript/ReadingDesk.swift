import SessionModel
import Synchronization

/// Where recordings are read as text and for their commands.
///
/// One thread of low priority reads them all: however many ask, guests and the rest of the service have the processors.
final class ReadingDesk: Sendable {
    /// So many recordings are read at once, by turns.
    static let places = 16
    /// So many of them by one person.
    static let placesEach = 4
    /// Whoever has taken nothing for so long gives their place to who needs it.
    static let idleLimit: Duration = .seconds(60)

    private let thread = LowlyThread()
    private let places = Mutex(ReadingPlaces())
    private let clock: any HostClock
    private let patience: Duration

    /// Makes a desk at which nobody reads.
    ///
    /// - Parameters:
    ///   - clock: The host's clocks.
    ///   - patience: Reading one recording may take so much of a processor's time; what is not read by then is left out.
    init(clock: any HostClock, patience: Duration = .seconds(60)) { (self.clock, self.patience) = (clock, patience) }

    /// Reads what a recording shows.
    ///
    /// - Throws: ``Failure`` with `throttled`, or what opening it throws; and where they are read, `throttled` when somebody
    ///   else needed the place.
    func transcript(for person: PersonID, _ open: @escaping @Sendable () throws -> Transcriber) async throws
        -> RecordingTranscript
    {
        let reading = Reading(try await place(for: person), on: thread, within: patience) {
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
    func commands(for person: PersonID, _ open: @escaping @Sendable () throws -> CommandReader) async throws
        -> CommandLog
    {
        let reading = Reading(try await place(for: person), on: thread, within: patience) {
            let reader = try open()
            return (reader.next, reader.cutOff)
        }
        try await reading.open()
        return try await reading.next()
    }

    private func place(for person: PersonID) async throws -> Place {
        let now = clock.read().monotonic
        let (number, gone) = try places.withLock { try $0.take(for: person, at: now) }
        await gone?.leave()
        return Place(number, at: self)
    }

    /// A place at the desk, for as long as it is kept.
    fileprivate final class Place: Sendable {
        private let desk: ReadingDesk
        private let number: Int

        init(_ number: Int, at desk: ReadingDesk) { (self.number, self.desk) = (number, desk) }

        deinit { desk.places.withLock { $0.free(number) } }

        /// Somebody asks for more.
        ///
        /// - Throws: ``Failure`` with `throttled` when the place is somebody else's by now.
        func reads(_ sitter: any ReadingPlaces.Sitter) throws {
            guard desk.places.withLock({ $0.reads(number, sitter) }) else {
                throw Failure(
                    .throttled,
                    "nothing was taken of this recording for a minute, and others wanted to read",
                )
            }
        }

        /// They have got it.
        func rests() { desk.places.withLock { $0.rests(number, at: desk.clock.read().monotonic) } }
    }
}

/// Reads one recording, by turns with others.
private actor Reading<Found: Sendable>: ReadingPlaces.Sitter {
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

    func open() throws {
        try place.reads(self)
        defer { place.rests() }
        reader = try make()
    }

    func leave() { reader = nil }

    func next() async throws -> Found {
        try place.reads(self)
        defer { place.rests() }
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

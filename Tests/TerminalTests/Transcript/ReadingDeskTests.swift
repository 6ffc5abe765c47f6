import Logging
import SessionModel
import TestKit
import Testing

@testable import Terminal

@Suite("Reading recordings", .timeLimit(.minutes(1)))
struct ReadingDeskTests {
    private static func cast(_ lines: Int) throws -> [UInt8] {
        var cast = try PlayedCast()
        for number in 0..<lines { cast.show("line \(number)\r\n") }
        return cast.bytes
    }

    private static func person(_ number: Int) -> PersonID { PersonID("uid:\(number)") }

    private let clock = ManualClock()

    private func read(_ transcript: RecordingTranscript) async throws -> [String] {
        var lines: [TranscriptLine] = []
        while let more = try await transcript.next() { lines += more }
        return lines.map(\.text)
    }

    @Test("So many are read at once, by all and by one person; whoever comes then is refused until one of them is done")
    func places() async throws {
        let desk = ReadingDesk(clock: clock)
        let cast = try Self.cast(3)
        var readers: [RecordingTranscript] = []
        for number in 0..<ReadingDesk.places {
            let person = Self.person(number / ReadingDesk.placesEach)
            readers.append(try await desk.transcript(for: person) { try Transcriber(Pieces(of: cast)) })
            guard readers.count == ReadingDesk.placesEach else { continue }
            let failure = await #expect(throws: Failure.self) {
                try await desk.transcript(for: person) { try Transcriber(Pieces(of: cast)) }
            }
            #expect(failure?.code == .throttled)
        }
        let failure = await #expect(throws: Failure.self) {
            try await desk.commands(for: Self.person(99)) { try CommandReader(Pieces(of: cast)) }
        }
        #expect(failure?.code == .throttled)
        for reader in readers { #expect(try await read(reader) == ["line 0", "line 1", "line 2"]) }
        readers.removeFirst()
        #expect(
            try await desk.commands(for: Self.person(99)) { try CommandReader(Pieces(of: cast)) } == CommandLog()
        )
    }

    @Test("Whoever has taken nothing for a minute gives their place to who needs it, and is told")
    func idle() async throws {
        let desk = ReadingDesk(clock: clock)
        let cast = try Self.cast(1000)
        var readers: [RecordingTranscript] = []
        for number in 0..<ReadingDesk.places {
            readers.append(try await desk.transcript(for: Self.person(number)) { try Transcriber(Pieces(of: cast)) })
            _ = try await readers[number].next()
        }
        clock.advance(by: ReadingDesk.idleLimit - .seconds(1))
        for reader in readers.dropFirst() { _ = try await reader.next() }
        clock.advance(by: .seconds(1))
        let late = try await desk.transcript(for: Self.person(99)) { try Transcriber(Pieces(of: cast)) }
        await #expect(throws: Failure.self, "all others have just read") {
            try await desk.transcript(for: Self.person(98)) { try Transcriber(Pieces(of: cast)) }
        }
        let failure = await #expect(throws: Failure.self) { try await read(readers[0]) }
        #expect(failure?.code == .throttled)
        for reader in readers.dropFirst() + [late] { #expect(try await read(reader).last == "line 999") }
        // Nobody needed a place meanwhile.
        clock.advance(by: .seconds(3600))
        #expect(try await readers[1].next() == nil)
    }

    @Test("Of one person it is their own that goes")
    func ownIdle() async throws {
        let desk = ReadingDesk(clock: clock)
        let cast = try Self.cast(1000)
        let other = try await desk.transcript(for: Self.person(2)) { try Transcriber(Pieces(of: cast)) }
        clock.advance(by: .seconds(1))
        var own: [RecordingTranscript] = []
        for _ in 0...ReadingDesk.placesEach {
            own.append(try await desk.transcript(for: Self.person(1)) { try Transcriber(Pieces(of: cast)) })
            clock.advance(by: ReadingDesk.idleLimit)
        }
        await #expect(throws: Failure.self) { try await read(own[0]) }
        for reader in own.dropFirst() + [other] { #expect(try await read(reader).count == 1000) }
    }

    @Test("The last line of what is being written may be there in part, and is left out")
    func torn() async throws {
        let prompt = "\u{1B}]133;A\u{07}$ \u{1B}]133;B\u{07}"
        var cast = try PlayedCast()
        cast.show("\(prompt)ls\r\n\u{1B}]133;C\u{07}a file\r\n")
        let whole = cast.bytes
        cast.show("\u{1B}]133;D;3\u{07}é\r\n\(prompt)id\r\n\u{1B}]133;C\u{07}")
        let desk = ReadingDesk(clock: clock)
        for end in whole.count..<cast.bytes.count {
            let bytes = cast.bytes.prefix(end)
            let transcript = try await desk.transcript(for: Self.person(1)) { try Transcriber(Pieces(of: bytes)) }
            #expect(try await read(transcript) == ["$ ls", "a file"])
            let log = try await desk.commands(for: Self.person(1)) { try CommandReader(Pieces(of: bytes)) }
            #expect(log.commands == [RecordedCommand("ls", at: .zero)])
        }
        #expect(try cast.commands().commands.map(\.text) == ["ls", "id"])
    }

    @Test("One that cannot be opened takes no place")
    func broken() async throws {
        let desk = ReadingDesk(clock: clock)
        for _ in 0..<ReadingDesk.places * 2 {
            let failure = await #expect(throws: Failure.self) {
                try await desk.transcript(for: Self.person(1)) { try Transcriber(Pieces(of: [])) }
            }
            #expect(failure?.code == .storage)
        }
    }

    @Test("What takes too long is ended, and says so")
    func patience() async throws {
        let desk = ReadingDesk(clock: clock, patience: .zero)
        let cast = try Self.cast(3)
        let reader = try await desk.transcript(for: Self.person(1)) { try Transcriber(Pieces(of: cast)) }
        #expect(try await reader.next()?.map(\.text) == ["[there is more, which is left out]"])
        #expect(try await reader.next() == nil)
        #expect(try await desk.commands(for: Self.person(1)) { try CommandReader(Pieces(of: cast)) }.isCut)
    }

    @Test("Whoever is not waited for any more is not read for")
    func cancelled() async throws {
        let desk = ReadingDesk(clock: clock)
        let cast = try Self.cast(3)
        let (never, end) = AsyncStream<Void>.makeStream()
        defer { end.finish() }
        let task = Task {
            // It ends when the task is cancelled.
            for await _ in never {}
            return try await desk.commands(for: Self.person(1)) { try CommandReader(Pieces(of: cast)) }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("A recording is read while it is written, and when it is sealed")
    func archive() async throws {
        let recorded = try Recorded()
        let archive = RecordingArchive(
            in: "/recordings",
            on: recorded.disk,
            key: recorded.key,
            clock: recorded.clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            policy: { _ in Policy.Recording(.output) },
        )
        let session = recorded.label.session
        let recording = try await archive.recording(of: recorded.label, size: .usual) { _ in }
        let recorder = try #require(recording?.recorder)
        recorder.output(bytes("\u{1B}]133;A\u{07}$ \u{1B}]133;B\u{07}ls\r\n\u{1B}]133;C\u{07}a file\r\n"))
        try await recorder.sync()
        let name = RecordingName(machine: "box", terminal: "0")
        for isSealed in [false, true] {
            if isSealed { _ = try await archive.seal(session) }
            let transcript = try await archive.transcript(of: name, in: session, for: Self.person(1))
            #expect(try await transcript.next()?.map(\.text) == ["$ ls", "a file"])
            #expect(
                try await archive.commands(of: name, in: session, for: Self.person(1)).commands.map(\.text) == ["ls"]
            )
        }
        let other = RecordingName(machine: "box", terminal: "1")
        let failure = await #expect(throws: Failure.self) {
            try await archive.transcript(of: other, in: session, for: Self.person(1))
        }
        #expect(failure?.code == .notFound)
    }
}

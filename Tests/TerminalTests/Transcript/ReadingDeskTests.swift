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

    @Test("So many are read at once; whoever comes then is refused until one of them is done")
    func places() async throws {
        let desk = ReadingDesk()
        let cast = try Self.cast(3)
        var readers: [RecordingTranscript] = []
        for _ in 0..<ReadingDesk.places {
            readers.append(try await desk.transcript { try Transcriber(Pieces(of: cast)) })
        }
        let failure = await #expect(throws: Failure.self) {
            try await desk.commands { try CommandReader(Pieces(of: cast)) }
        }
        #expect(failure?.code == .throttled)
        for reader in readers {
            var lines: [TranscriptLine] = []
            while let more = try await reader.next() { lines += more }
            #expect(lines.map(\.text) == ["line 0", "line 1", "line 2"])
        }
        readers.removeFirst()
        #expect(try await desk.commands { try CommandReader(Pieces(of: cast)) } == CommandLog())
    }

    @Test("One that cannot be opened takes no place")
    func broken() async throws {
        let desk = ReadingDesk()
        for _ in 0..<ReadingDesk.places * 2 {
            let failure = await #expect(throws: Failure.self) {
                try await desk.transcript { try Transcriber(Pieces(of: [])) }
            }
            #expect(failure?.code == .storage)
        }
    }

    @Test("What takes too long is ended, and says so")
    func patience() async throws {
        let desk = ReadingDesk(patience: .zero)
        let cast = try Self.cast(3)
        let reader = try await desk.transcript { try Transcriber(Pieces(of: cast)) }
        #expect(try await reader.next()?.map(\.text) == ["[there is more, which is left out]"])
        #expect(try await reader.next() == nil)
        #expect(try await desk.commands { try CommandReader(Pieces(of: cast)) }.isCut)
    }

    @Test("Whoever is not waited for any more is not read for")
    func cancelled() async throws {
        let desk = ReadingDesk()
        let cast = try Self.cast(3)
        let (never, end) = AsyncStream<Void>.makeStream()
        defer { end.finish() }
        let task = Task {
            // It ends when the task is cancelled.
            for await _ in never {}
            return try await desk.commands { try CommandReader(Pieces(of: cast)) }
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
            let transcript = try await archive.transcript(of: name, in: session)
            #expect(try await transcript.next()?.map(\.text) == ["$ ls", "a file"])
            #expect(try await archive.commands(of: name, in: session).commands.map(\.text) == ["ls"])
        }
        let other = RecordingName(machine: "box", terminal: "1")
        let failure = await #expect(throws: Failure.self) { try await archive.transcript(of: other, in: session) }
        #expect(failure?.code == .notFound)
    }
}

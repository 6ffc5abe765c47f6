import SessionModel
import TestKit

@testable import Terminal

/// A recording that is made of events by hand.
struct PlayedCast {
    private(set) var bytes: [UInt8] = []
    private var composer: CastComposer

    init(_ size: WindowSize = WindowSize(columns: 20, rows: 5)) throws {
        let label = try RecordingLabel(session: SessionFixtures.sessionID(1), machine: "box", terminal: .shell(0))
        let origin = RecordingOrigin(label: label, part: 1, started: Timestamp(milliseconds: 0))
        composer = CastComposer(CastHeader(origin, size: size), limit: .mebibytes(64))
        bytes = composer.take().cast
    }

    /// Output at so many seconds.
    mutating func show(_ text: String, at seconds: Double = 0) { show(Array(text.utf8), at: seconds) }

    mutating func show(_ output: [UInt8], at seconds: Double = 0) { add(.output, output, at: seconds) }

    mutating func add(_ what: CastEvent.What, _ output: [UInt8] = [], at seconds: Double = 0) {
        composer.add(what, output, at: Int64(seconds * 1_000_000))
        bytes += composer.take().cast
    }

    /// All of its text, and where each line belongs.
    func transcript() throws -> [TranscriptLine] {
        let transcriber = try Transcriber(source)
        var lines: [TranscriptLine] = []
        while let more = try transcriber.next() { lines += more }
        return lines
    }

    var texts: [String] { get throws { try transcript().map(\.text) } }

    func commands() throws -> CommandLog {
        let reader = try CommandReader(source)
        while true {
            if let log = try reader.next() { return log }
        }
    }

    var source: any ByteSource { Pieces(of: bytes) }
}

/// Bytes in memory, as a file hands them out.
final class Pieces: ByteSource {
    private var rest: ArraySlice<UInt8>

    init(of bytes: some Collection<UInt8>) { rest = Array(bytes)[...] }

    func next() -> [UInt8]? {
        let piece = rest.prefix(1000)
        rest = rest.dropFirst(1000)
        return piece.isEmpty ? nil : Array(piece)
    }
}

/// Random output of a kind that reaches much of what a terminal does.
struct WildOutput {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next() -> [UInt8] {
        let pieces: [[UInt8]] = [
            [0x1B], Array("\u{1B}[".utf8), Array("\u{1B}]133;".utf8), [0x07], Array("A;aid=1".utf8), Array("B".utf8),
            Array("C;aid=1".utf8), Array("D;0;aid=1".utf8), Array("P;k=s".utf8), Array("\u{1B}]133;B\u{07}".utf8),
            Array("\u{1B}]133;C\u{07}".utf8), Array("\u{1B}[?1049h".utf8), Array("\u{1B}[?1049l".utf8),
            Array("\u{1B}[2J".utf8), Array("\u{1B}[H".utf8), Array("\u{1B}c".utf8), Array("text\r\n".utf8),
            Array("漢字\u{301}\u{202E}\u{200D}\u{2028}\u{85}".utf8), Array("\u{1B}[9S".utf8), Array("\n\n\n".utf8),
            (0..<8).map { _ in UInt8.random(in: 0...255, using: &generator) },
        ]
        return (0..<20).flatMap { _ in pieces.randomElement(using: &generator) ?? [] }
    }

    mutating func size() -> WindowSize {
        WindowSize(columns: .random(in: 1...90, using: &generator), rows: .random(in: 1...30, using: &generator))
    }
}

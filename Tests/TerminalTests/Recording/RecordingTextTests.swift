import Foundation
import SessionModel
import TestKit
import Testing

@testable import Terminal

@Suite("Text of bytes that come in pieces")
struct TextMenderTests {
    private func mended(_ pieces: [[UInt8]]) -> String {
        var mender = TextMender()
        var text: [UInt8] = []
        for piece in pieces { mender.mend(piece, into: &text) }
        mender.end(into: &text)
        let string = String(decoding: text, as: UTF8.self)
        #expect(string.utf8.elementsEqual(text), "the text is not valid")
        return string
    }

    @Test(
        "What can never become a character is replaced as any decoder does it",
        arguments: [
            [0x61, 0xFF, 0x62], [0xC3, 0x28], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xED, 0xA0, 0x80], [0xC0, 0xAF],
            [0xF4, 0x90, 0x80, 0x80], [0xE0, 0x80, 0xAF], [0x80, 0xBF], [0xF0, 0x9F, 0x98, 0x80, 0xF0], [],
        ] as [[UInt8]],
    )
    func replaced(bytes: [UInt8]) { #expect(mended([bytes]) == String(decoding: bytes, as: UTF8.self)) }

    @Test("However bytes are cut, the text is the same as of the whole", arguments: 0..<200)
    func pieces(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet: [[UInt8]] = [
            Array("plain ".utf8), Array("é".utf8), Array("€".utf8), Array("😀".utf8), [0xFF], [0xE2], [0xF0, 0x9F],
            [0x80], [0xED, 0xA0], [0x1B, 0x5B],
        ]
        let whole = (0..<40).flatMap { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
        var pieces: [[UInt8]] = []
        var rest = whole[...]
        while !rest.isEmpty {
            let count = Int.random(in: 0...5, using: &generator)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        #expect(mended(pieces) == String(decoding: whole, as: UTF8.self))
    }

    @Test("A character's beginning is held until its rest comes")
    func held() {
        var mender = TextMender()
        var text: [UInt8] = []
        mender.mend([0x61, 0xE2, 0x82], into: &text)
        #expect(text == [0x61])
        mender.mend([0xAC], into: &text)
        #expect(text == Array("a€".utf8))
    }
}

@Suite("Lines of a recording")
struct CastLineTests {
    @Test("A line is read back by any reader of JSON, whatever its text")
    func json() throws {
        let text = String(String.UnicodeScalarView((0..<0x800).compactMap(Unicode.Scalar.init))) + "😀\u{2028}\\\""
        var line: [UInt8] = []
        CastLine.append(.output, at: 12_000_345, bytes(text)[...], to: &line)
        #expect(line.firstIndex(of: 0x0A) == line.count - 1)
        let parts = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [Any])
        #expect(parts[0] as? Double == 12.000345)
        #expect(parts[1] as? String == "o")
        let read = try #require(parts[2] as? String)
        #expect(read.unicodeScalars.elementsEqual(text.unicodeScalars))
    }

    @Test(
        "Times have microseconds",
        arguments: [(0, "0.000000"), (1, "0.000001"), (999_999, "0.999999"), (86_400_000_000, "86400.000000")],
    )
    func times(time: Int64, text: String) throws {
        var line: [UInt8] = []
        CastLine.append(.resize, at: time, bytes("80x24")[...], to: &line)
        #expect(String(decoding: line, as: UTF8.self) == "[\(text), \"r\", \"80x24\"]\n")
        let parsed = try #require(CastLine.parse(line.dropLast()))
        #expect(parsed.time == time && parsed.kind == .resize && parsed.text.elementsEqual("80x24".utf8))
    }

    @Test(
        "Anything else is no line of ours",
        arguments: [
            "", "[", "[1.0, \"o\", \"x\"]", "[1.000000, \"o\", \"x\"", "[1.000000, \"x\", \"x\"]",
            "[1.000000,\"o\",\"x\"]",
            "{}", "[-1.000000, \"o\", \"x\"]", "[1.00000x, \"o\", \"x\"]", "[1.000000, \"o\", \"]", "[1.000000, \"o\",",
            "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
        ],
    )
    func others(line: String) { #expect(CastLine.parse(bytes(line)[...]) == nil) }

    @Test("The header says what the recording is of, in a form that asciicast allows, and is read back")
    func header() throws {
        let label = try RecordingLabel(
            session: SessionFixtures.sessionID(1),
            machine: "a \"strange\" name",
            terminal: .console,
        )
        let started = Timestamp(milliseconds: 1_800_000_000_123)
        let header = CastHeader(RecordingOrigin(label: label, part: 2, started: started), size: .usual)
        let found = try #require(try JSONSerialization.jsonObject(with: Data(header.line)) as? [String: Any])
        #expect(found["version"] as? Int == 2)
        #expect(found["width"] as? Int == 80)
        #expect(found["height"] as? Int == 24)
        #expect(found["timestamp"] as? Int == 1_800_000_000)
        let origin = try #require(found["sandglass"] as? [String: Any])
        #expect(origin["started"] as? String == "2027-01-15T08:00:00.123Z")
        #expect(origin["machine"] as? String == label.machine)
        #expect(CastHeader(line: header.line[...]) == header)
        #expect(CastHeader(line: (header.line + [0x20])[...]) == nil)
    }

    @Test("A machine's name that would break a line of the seal is refused", arguments: ["", "a\nb", "a\u{7}b"])
    func name(text: String) throws {
        let failure = #expect(throws: Failure.self) {
            try RecordingLabel(session: SessionFixtures.sessionID(1), machine: text, terminal: .console)
        }
        #expect(failure?.code == .invalidInput)
    }

    // From 1590 on: before, the other one has the calendar of that time.
    @Test("Times of day are those of any other clock", arguments: 0..<200)
    func days(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let seconds = Int64.random(in: -12_000_000_000...250_000_000_000, using: &generator)
        let text = UTCText.of(Timestamp(milliseconds: seconds * 1000 + 7))
        let foundation = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
        #expect(text == foundation.dropLast() + ".007Z")
        #expect(UTCText.time(text) == Timestamp(milliseconds: seconds * 1000 + 7))
    }

    @Test(
        "Other forms of a time are none",
        arguments: ["", "2027-01-15T08:00:00Z", "2027-02-30T08:00:00.000Z", "2027-13-15T08:00:00.000Z"],
    )
    func noTimes(text: String) { #expect(UTCText.time(text) == nil) }
}

@Suite("Lines of some bytes")
struct LineReaderTests {
    private final class Pieces: ByteSource {
        var pieces: [[UInt8]]
        init(_ pieces: [[UInt8]]) { self.pieces = pieces }
        func next() -> [UInt8]? { pieces.isEmpty ? nil : pieces.removeFirst() }
    }

    private func lines(_ pieces: [[UInt8]]) throws -> [(Int, LineReader.Ending)] {
        var reader = LineReader(Pieces(pieces))
        var found: [(Int, LineReader.Ending)] = []
        while let (line, ending) = try reader.next() { found.append((line.count, ending)) }
        #expect(reader.offset >= 0)
        return found
    }

    @Test("Lines are found however the bytes come, and a last one without a newline is torn")
    func pieces() throws {
        for size in 1...7 {
            let all = bytes("one\n\nthree\nfo")
            let pieces = stride(from: 0, to: all.count, by: size).map { Array(all[$0..<min($0 + size, all.count)]) }
            let found = try lines(pieces)
            #expect(found.map(\.0) == [3, 0, 5, 2])
            #expect(found.map(\.1) == [.whole, .whole, .whole, .torn])
        }
    }

    @Test("A line that is too long is passed over without being kept")
    func long() throws {
        let piece = [UInt8](repeating: 0x78, count: 64 * 1024)
        let long = [[UInt8]](repeating: piece, count: 20)
        let found = try lines([bytes("a\n")] + long + [bytes("\nb\n")])
        #expect(found.map(\.1) == [.whole, .tooLong, .whole])
        #expect(found.last?.0 == 1)
        #expect(try lines([bytes("a\n")] + long).map(\.1) == [.whole, .torn])
    }
}

@Suite("Names of recordings")
struct RecordingFilesTests {
    @Test("A folder's recordings are found by any of their files, in order; other names are left alone")
    func found() {
        let names = [
            "10.cast", "2.cast.gz", "2.chain.gz", "2.sig.new", "console.seal", "2.3.cast", "2.2.chain",
            "2.1.cast", "02.cast", "2.02.cast", "-1.cast", "x.cast", "2.3.4.cast", "cast", ".cast", "2.txt", "key.pem",
        ]
        let found = RecordingFiles.found(among: names, in: "/f")
        #expect(found.map(\.stem) == ["console", "2", "2.2", "2.3", "10"])
        #expect(found[2] == RecordingFiles(in: "/f", of: .shell(2), part: 2))
        #expect(found[2].packedChain == "/f/2.2.chain.gz")
    }
}

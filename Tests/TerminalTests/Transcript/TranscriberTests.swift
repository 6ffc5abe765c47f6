import SessionModel
import TestKit
import Testing

@testable import Terminal

@Suite("What was shown, as text", .timeLimit(.minutes(2)))
struct TranscriberTests {
    @Test(
        "It has the lines that went by and those that are left, as people saw them",
        arguments: [
            ("", []),
            ("one\r\ntwo", ["one", "two"]),
            ("1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7", ["1", "2", "3", "4", "5", "6", "7"]),
            ("10 %\r20 %\r100 %\r\ndone", ["100 %", "done"]),
            ("12345678901234567890x", ["12345678901234567890", "x"]),
            ("a\r\n\r\nb\r\n\r\n", ["a", "", "b"]),
            ("\u{1B}[1;31mred\u{1B}[m \u{1B}]2;title\u{07}text\u{1B}P1$r\u{1B}\\!", ["red text!"]),
            // Cleared away, by whom ever: it was shown.
            ("before\r\n\u{1B}[H\u{1B}[2Jafter", ["before", "after"]),
            ("before\r\n\u{1B}[H\u{1B}[Jafter", ["before", "after"]),
            ("before\u{1B}cafter", ["before", "after"]),
            ("\u{1B}[H\u{1B}[2J\u{1B}[3Jafter", ["after"]),
            // Only a part of it: what is written over is not told.
            ("one\r\ntwo\u{1B}[1;1Hten\u{1B}[Jx", ["tenx"]),
            ("漢字 e\u{301}\r\n", ["漢字 e\u{301}"]),
            // Nothing turns the direction of text, or joins what has no shape.
            ("a\u{202E}b\u{2066}c\u{200B}d", ["abcd"]),
        ],
    )
    func text(_ written: String, _ lines: [String]) throws {
        var cast = try PlayedCast()
        cast.show(written)
        #expect(try cast.texts == lines)
    }

    @Test("A line has the time at which it was written last, however long it stood")
    func times() throws {
        var cast = try PlayedCast()
        cast.show("$ ", at: 1)
        cast.show("ls", at: 2)
        cast.show("\r\n", at: 3)
        cast.show("a\r\nb\r\n$ ", at: 4)
        cast.show("seq 5\r\n", at: 60)
        cast.show("1\r\n2\r\n3\r\n4\r\n5\r\n$ ", at: 61)
        let lines = try cast.transcript()
        #expect(lines.map(\.text) == ["$ ls", "a", "b", "$ seq 5", "1", "2", "3", "4", "5", "$"])
        #expect(lines.map(\.time) == [3, 4, 4, 60, 61, 61, 61, 61, 61, 61].map { .seconds($0) })
    }

    @Test("A program that takes the whole screen is one line, where it began, and with how long it took")
    func wholeScreen() throws {
        var cast = try PlayedCast()
        cast.show("$ vim\r\n", at: 1)
        cast.show("\u{1B}[?1049h\u{1B}[H\u{1B}[2Ja file\r\n\n\n\n\n\n\nmore", at: 2)
        cast.show("\u{1B}[2Jmuch", at: 5)
        cast.show("\u{1B}[?1049l$ true\r\n1\r\n2\r\n3\r\n4\r\n5\r\n", at: 9.5)
        cast.show("\u{1B}[?1049hless", at: 20)
        cast.add(.resize(WindowSize(columns: 30, rows: 6)), at: 22)
        cast.add(.marker("hint 1"), at: 23)
        cast.show("!", at: 23)
        let lines = try cast.transcript()
        let program = "[a program had the whole screen for"
        #expect(
            lines.map(\.text) == ["$ vim", "\(program) 7.5 s]", "$ true", "1", "2", "3", "4", "5", "\(program) 3.0 s]"]
        )
        #expect(lines[1].time == .seconds(2) && lines[8].time == .seconds(20))
    }

    @Test("One that comes and goes without end is one line all the same")
    func flicker() throws {
        var cast = try PlayedCast()
        for second in 0..<100 {
            cast.show("\u{1B}[?1049h", at: Double(second))
            cast.show("x\u{1B}[?1049l", at: Double(second) + 0.5)
        }
        #expect(try cast.texts == ["[a program had the whole screen for 50.0 s]"])
    }

    @Test("What is still written is read as far as it is whole; a line that is none of ours is named")
    func damage() throws {
        var cast = try PlayedCast()
        cast.show("one\r\n")
        cast.show("two\r\n")
        let torn = try Transcriber(Pieces(of: cast.bytes.dropLast(3)))
        #expect(try torn.next() == [TranscriptLine("one", at: .zero)])
        #expect(try torn.next() == nil)
        let transcriber = try Transcriber(Pieces(of: cast.bytes + Array("[1.0, \"o\", \"\\q\"]\n".utf8)))
        let failure = #expect(throws: Failure.self) { while try transcriber.next() != nil {} }
        #expect(failure?.message == "line 3 is not one of a recording")
        #expect(throws: Failure.self) { try Transcriber(Pieces(of: Array("{}\n".utf8))) }
    }

    @Test("Whatever is written, nothing but printable text comes out of it", arguments: 0..<8)
    func noise(_ seed: UInt64) throws {
        var wild = WildOutput(seed: seed)
        var cast = try PlayedCast(wild.size())
        for second in 0..<100 {
            cast.show(wild.next(), at: Double(second))
            if second % 10 == 0 { cast.add(.resize(wild.size()), at: Double(second)) }
        }
        let lines = try cast.transcript()
        #expect(lines.allSatisfy { isPrintable($0.text) })
        #expect(lines.allSatisfy { (.zero ... .seconds(100)).contains($0.time) })
        let log = try cast.commands()
        #expect(log.commands.allSatisfy { isPrintable($0.text.replacing("\n", with: "")) })
    }

    @Test("However much it would be, it is bounded, and says so")
    func bounded() throws {
        // A few bytes of output scroll a screen full of text off.
        var cast = try PlayedCast(WindowSize(columns: 1000, rows: 60))
        cast.show(String(repeating: "\u{1B}#8\u{1B}[59S", count: 50))
        let transcriber = try Transcriber(cast.source, textLimit: 1 << 20)
        var lines: [TranscriptLine] = []
        while let more = try transcriber.next() { lines += more }
        #expect(lines.count == (1 << 20) / 1001 + 1)
        #expect(lines.last?.text == "[there is more, which is left out]")
    }

    @Test("Text in JSON is read as it was written")
    func escapes() {
        let all = (0..<0x80).map { UInt8($0) } + Array("é漢😀\u{7F}\\u0041".utf8)
        var line: [UInt8] = []
        CastLine.appendString(all[...], to: &line)
        #expect(CastLine.unescaped(line.dropFirst().dropLast()) == all)
        #expect(CastLine.unescaped(Array(#"\u00e9\/\f"#.utf8)[...]) == Array("é/\u{0C}".utf8))
        for broken in [#"\"#, #"\x"#, #"\u12"#, #"\ud800"#, #"\u12g4"#] {
            #expect(CastLine.unescaped(Array(broken.utf8)[...]) == nil, "\(broken)")
        }
    }
}

func isPrintable(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}

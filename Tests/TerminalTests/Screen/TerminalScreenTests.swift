import SessionModel
import TestKit
import Testing

@testable import Terminal

@Suite("A screen", .timeLimit(.minutes(2)))
struct TerminalScreenTests {
    private static let size = WindowSize(columns: 20, rows: 5)

    private static func screen(_ text: String, _ size: WindowSize = size) -> TerminalScreen {
        let screen = TerminalScreen(size)
        screen.feed(Array(text.utf8))
        return screen
    }

    /// What another terminal shows that was told to redraw this one.
    private static func copy(of screen: TerminalScreen, withHistory: Bool = false) -> TerminalScreen {
        let copy = TerminalScreen(screen.size)
        copy.feed(screen.redraw(withHistory: withHistory))
        return copy
    }

    @Test(
        "It shows what was written, as a terminal does",
        arguments: [
            ("one\r\ntwo", ["one", "two", "", "", ""]),
            ("a\u{8}b", ["b", "", "", "", ""]),
            ("12345678901234567890x", ["12345678901234567890", "x", "", "", ""]),
            ("1\r\n2\r\n3\r\n4\r\n5\r\n6", ["2", "3", "4", "5", "6"]),
            ("\u{1B}[3;4Hhere\u{1B}[1;1Htop", ["top", "", "   here", "", ""]),
            ("\u{1B}(0lqk\u{1B}(B lqk", ["┌─┐ lqk", "", "", "", ""]),
            ("x\u{1B}[5b", ["xxxxxx", "", "", "", ""]),
            ("e\u{301}\u{6F22}z", ["e\u{301}\u{6F22}z", "", "", "", ""]),
            ("\u{1B}]2;a title\u{7}text", ["text", "", "", "", ""]),
            ("\u{9B}2Gx\u{90}unknown\u{9C}y", [" xy", "", "", "", ""]),
            ("main\u{1B}[?1049h\u{1B}[Hother", ["other", "", "", "", ""]),
            ("main\u{1B}[?1049hother\u{1B}[?1049l!", ["main!", "", "", "", ""]),
            ("a\u{1B}7\u{1B}[4;9Hb\u{1B}8c", ["ac", "", "", "        b", ""]),
            ("\u{1B}[2;3r\u{1B}[1;1Ha\r\nb\r\nc\r\nd", ["a", "c", "d", "", ""]),
            ("gone\u{1B}cnew", ["new", "", "", "", ""]),
        ],
    )
    func text(_ written: String, _ lines: [String]) {
        #expect(Self.screen(written).lines == lines)
    }

    @Test("Pieces of any size make the same screen")
    func pieces() {
        let text =
            "\u{1B}[1;38;2;9;8;7mw\u{6F22}e\u{301}\u{1B}]0;tïtle\u{1B}\\\u{1B}[?2004h\u{1B}(0q\u{1B}[4:3mx\u{9B}32my"
        let whole = Self.screen(text)
        for length in 1...7 {
            let screen = TerminalScreen(Self.size)
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: length) {
                screen.feed(bytes[start..<min(start + length, bytes.count)])
            }
            #expect(screen.contents == whole.contents)
        }
    }

    @Test(
        "Modes, titles and pens are brought to another terminal",
        arguments: [
            "\u{1B}[?2004h\u{1B}[?1h\u{1B}=\u{1B}[?25l", "\u{1B}[?1003h\u{1B}[?1006h\u{1B}[?1004h",
            "\u{1B}[1;2;3;4:3;5;7;8;9;53;38;5;200;48;2;1;2;3mx", "\u{1B}[?7l\u{1B}[4hinserted\u{1B}[5 q",
            "\u{1B}]2;t\u{E9}t\u{7}", "\u{1B}[2;4r\u{1B}[?6h\u{1B}[2;2H", "\u{1B})0\u{E}",
            "main\u{1B}[?1049h\u{1B}[31malt",
            "\u{1B}[42m\u{1B}[2J\u{1B}[mx", "a\u{1B}7b\u{1B}[?1049hc\u{1B}7d", "\u{1B}[20h\u{1B}[?5h\u{1B}[?12h",
        ],
    )
    func modes(_ written: String) {
        let screen = Self.screen(written)
        #expect(Self.copy(of: screen).contents == screen.contents)
    }

    @Test("A title is printable and short, whatever it was set to")
    func title() {
        let screen = Self.screen("\u{1B}]2;<b>\u{1}\u{202E}evil\u{2028}\(String(repeating: "x", count: 900))\u{7}")
        let title = screen.contents.title ?? ""
        #expect(title.hasPrefix("<b>evilxxx") && title.count == TerminalScreen.titleLimit)
    }

    @Test("Who comes late finds what scrolled off before the screen, up to a bound")
    func history() {
        let screen = Self.screen((1...30).map { "\u{1B}[3\($0 % 8)mline \($0)\u{1B}[m" }.joined(separator: "\r\n"))
        let copy = Self.copy(of: screen, withHistory: true)
        #expect(copy.contents == screen.contents)
        #expect(copy.scrolledOff == screen.scrolledOff && copy.scrolledOff.count == 25)
        for number in 0..<20_000 { screen.feed(Array("\(number) plain text\r\n".utf8)) }
        #expect((ScreenHistory.limit - 100...ScreenHistory.limit).contains(screen.history.byteCount))
        #expect(screen.scrolledOff.last == Array("19995 plain text".utf8))
    }

    @Test("Leaving the alternate screen shows a late joiner what was there before")
    func leaving() {
        let screen = Self.screen("$ vim\r\n\u{1B}[?1049h\u{1B}[Hfile")
        let copy = Self.copy(of: screen)
        for one in [screen, copy] { one.feed(Array("\u{1B}[?1049l$ ".utf8)) }
        #expect(copy.contents == screen.contents)
        #expect(copy.lines.prefix(2) == ["$ vim", "$"])
    }

    @Test(
        "Who joins inside vim sees what its owner sees, then and when vim is left",
        arguments: [0, 3, 40, 211, 777, 1500, 4001, 9001, 12_000],
    )
    func vim(_ back: Int) throws {
        let size = WindowSize(columns: 80, rows: 24)
        let (owner, session) = (TerminalScreen(size), VimSession.bytes)
        try #require(session.count > VimSession.inside)
        let joined = max(60, VimSession.inside - back)
        owner.feed(session[..<joined])
        let late = Self.copy(of: owner)
        #expect(late.contents == owner.contents)
        owner.feed(session[joined..<VimSession.inside])
        late.feed(session[joined..<VimSession.inside])
        #expect(late.contents == owner.contents)
        #expect(owner.contents.modes.isAlternate && owner.lines.contains { $0.contains("notes.txt") })
        for one in [owner, late] { one.feed(session[VimSession.inside...]) }
        #expect(late.contents == owner.contents)
        #expect(owner.lines[0] == "student@box:~$ vim notes.txt")
    }

    // MARK: Whatever comes

    @Test(
        "Whatever is written, in whatever pieces and windows, another terminal is brought to the same",
        arguments: 0..<12,
    )
    func anything(_ seed: UInt64) throws {
        var output = RandomOutput(seed: seed)
        let screen = TerminalScreen(output.size())
        for round in 0..<60 {
            if round % 7 == 6 { screen.resize(output.size()) }
            for _ in 0..<output.number(1...30) { screen.feed(output.piece()) }
            let (copy, wanted) = (Self.copy(of: screen, withHistory: round % 2 == 0), screen.contents)
            try #require(Self.differences(copy.contents, wanted) == [], "round \(round)")
        }
    }

    /// What differs, in few words.
    private static func differences(_ one: ScreenContents, _ other: ScreenContents) -> [String] {
        var differences: [String] = one == other ? [] : ["\(one.size)"]
        for (name, left, right) in [
            ("row", one.rows, other.rows), ("hidden", one.hidden?.rows ?? [], other.hidden?.rows ?? []),
        ] {
            for (number, (left, right)) in zip(left, right).enumerated() where left != right {
                let column =
                    zip(left, right).enumerated().first { $1.0 != $1.1 }?.offset ?? min(left.count, right.count)
                differences.append(
                    "\(name) \(number) at \(column): \(left.dropFirst(column).prefix(2)), \(right.dropFirst(column).prefix(2))"
                )
            }
        }
        var (left, right) = (one, other)
        (left.rows, right.rows) = ([], [])
        left.hidden?.rows = []
        right.hidden?.rows = []
        if left != right { differences.append("\(left) and \(right)") }
        return differences
    }

    @Test("No bytes make it fail, in no window", arguments: 0..<6)
    func noise(_ seed: UInt64) {
        var output = RandomOutput(seed: seed)
        let screen = TerminalScreen(WindowSize(columns: 1, rows: 1))
        for _ in 0..<300 {
            screen.feed(output.noise())
            screen.resize(output.size())
            let contents = screen.contents
            #expect(contents.cursor.row < screen.size.rows && contents.cursor.column < screen.size.columns)
        }
    }

    @Test(
        "What libvterm has mistakes with never reaches it",
        arguments: [
            "\u{1B}[" + String(repeating: "1;", count: 5000) + "m",
            "\u{1B}[999999999999999999999A\u{1B}[99999999999999999999B",
            "\u{1B}[5b", "\u{301}\u{1B}[9b\u{301}\u{1B}[9b", "e" + String(repeating: "\u{301}", count: 5000),
            "\u{1B}[?69h\u{1B}[5;3s\n\n\n\u{1B}[9S", "\u{1B}#6\u{6F22}\u{6F22}",
            String(repeating: "\u{80}\u{9F}", count: 999),
            "\u{1B}[4;5r\u{1B}[9999;9999H\u{1B}7", "\u{1B}]2;" + String(repeating: "x", count: 1 << 16),
        ],
    )
    func mistakes(_ written: String) {
        let screen = TerminalScreen(WindowSize(columns: 40, rows: 30))
        screen.feed(Array(written.utf8))
        screen.resize(WindowSize(columns: 2, rows: 2))
        screen.feed(Array("\u{1B}8\u{1B}[Lx\u{6F22}\u{6F22}\n\n\n".utf8))
        #expect(Self.copy(of: screen).contents == screen.contents)
    }

    @Test("Every character takes the places that are told, and those that may join are known")
    func characters() {
        let widths = CharacterWidths()
        var unknown: [UInt32] = []
        for value in UInt32(0xA0)...0x3_FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let places = widths.places(of: scalar)
            if places == 0, !scalar.mayCombine { unknown.append(value) }
            if places == 2, !scalar.mayBeWide { unknown.append(value) }
        }
        #expect(unknown == [])
    }
}

/// Output that a program could write, and some that none would.
private struct RandomOutput {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func size() -> WindowSize {
        number(0...9) == 0
            ? WindowSize(columns: number(1...4), rows: number(1...3))
            : WindowSize(columns: number(5...90), rows: number(2...30))
    }

    mutating func piece() -> [UInt8] {
        switch number(0...9) {
        case 0...3: Array(text().utf8)
        case 4: Array("\r\n".utf8)
        case 5: [[0x08], [0x09], [0x0A], [0x0D], [0x0E], [0x0F]][number(0...5)]
        default: Array(sequence().utf8)
        }
    }

    mutating func noise() -> [UInt8] {
        (0..<number(1...200)).map { _ in
            number(0...5) == 0 ? [0x1B, 0x5B, 0x3F, 0x3B, 0xC2, 0x9B][number(0...5)] : UInt8(number(0...255))
        }
    }

    private mutating func text() -> String {
        let letters = Array("abc XYZ~~{}|é\u{6F22}\u{5B57}\u{FF21}€ñ")
        var text = ""
        for _ in 0..<number(1...30) { text.append(letters[number(0...letters.count - 1)]) }
        if number(0...4) == 0 { text += "e\u{301}\u{323}" }
        return text
    }

    private mutating func sequence() -> String {
        let csi = "\u{1B}["
        switch number(0...13) {
        case 0: return "\(csi)\(number(0...40));\(number(0...100))H"
        case 1: return "\(csi)\(number(0...9))\(Array("@ABCDEFGILMPSTXZ`ade")[number(0...18)])"
        case 2: return "\(csi)\(number(0...2))\(["J", "K"][number(0...1)])"
        case 3: return "\(csi)\(number(0...12));\(number(0...25))r"
        case 4: return "\(csi)\((0..<number(0...4)).map { _ in "\(number(0...110))" }.joined(separator: ";"))m"
        case 5:
            return
                "\(csi)\(["38;5;\(number(0...255))", "48;2;\(number(0...255));2;3", "4:3", "38:2::1:2:3"][number(0...3)])m"
        case 6, 7:
            let modes = [1, 5, 6, 7, 12, 25, 47, 1000, 1002, 1003, 1004, 1006, 1047, 1048, 1049, 2004, 9999]
            return "\(csi)?\(modes[number(0...modes.count - 1)])\(["h", "l"][number(0...1)])"
        case 8: return "\(csi)\([4, 20][number(0...1)])\(["h", "l"][number(0...1)])"
        case 9: return "\u{1B}\(["7", "8", "=", ">", "D", "E", "M", "c", "#8"][number(0...40) % 9])"
        case 10: return "\u{1B}\(["(0", "(B", ")0", ")B"][number(0...3)])"
        case 11: return "\u{1B}]\(number(0...4));tïtle \(number(0...9))\(["\u{7}", "\u{1B}\\"][number(0...1)])"
        case 12: return "\(csi)\(["s", "u", "!p", "\(number(0...6)) q", "3J", "\(number(1...9))b"][number(0...5)])"
        default: return "\(csi)\(number(0...99)),\(number(0...9))~x\u{1B}Pdevice\u{1B}\\"
        }
    }
}

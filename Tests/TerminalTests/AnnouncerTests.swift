import Logging
import SessionModel
import TestKit
import Testing

@testable import Terminal

/// Lines of ours between what a guest writes.
@Suite("Lines of ours", .timeLimit(.minutes(2)))
struct AnnouncerTests {
    /// A terminal whose guest and announcer a test leads, and what a viewer's terminal makes of all that is shown.
    private struct Stage {
        let size: WindowSize
        var audience: Audience
        var announcer = Announcer()
        let viewer: TerminalScreen
        private(set) var now = ContinuousClock.now

        init(_ size: WindowSize = WindowSize(columns: 40, rows: 10)) {
            self.size = size
            audience = Audience(origin: 0, size: size)
            viewer = TerminalScreen(size)
        }

        mutating func guest(_ bytes: some Collection<UInt8>) {
            audience.show(Array(bytes), at: now)
            viewer.feed(bytes)
            speak()
        }

        mutating func guest(_ text: String) { guest(Array(text.utf8)) }

        mutating func say(_ text: String) {
            announcer.say(text)
            speak()
        }

        mutating func pass(_ time: Duration) {
            now += time
            speak()
        }

        private mutating func speak() { viewer.feed(announcer.speak(in: &audience, at: now)) }
    }

    /// A stream of whole characters and sequences, as programs write it.
    private static func stream(_ generator: inout SeededGenerator, _ kinds: [[String]]) -> [UInt8] {
        (0..<60).flatMap { _ -> [UInt8] in
            let kind = kinds.randomElement(using: &generator) ?? []
            let text = kind.randomElement(using: &generator) ?? ""
            let numbers = (0..<2).map { _ in "\(Int.random(in: 1...12, using: &generator))" }
            return Array(text.replacing("N", with: numbers[0]).replacing("#", with: numbers[1]).utf8)
        }
    }

    private static let texts = ["text", "é", "漢字", "🦊", "a word ", "x", "lqk"]
    private static let pens = ["\u{1B}[m", "\u{1B}[1;3#m", "\u{1B}[38;5;Nm", "\u{1B}[7m", "\u{1B}[0;4;3Nm"]
    private static let strings = ["\u{1B}]2;a title N\u{7}", "\u{1B}]0;tïtle\u{1B}\\", "\u{1B}P+q\u{1B}\\"]
    private static let sets = ["\u{1B}(0", "\u{1B}(B", "\u{1B})0", "\u{E}", "\u{F}", "\u{1B}[4h", "\u{1B}[4l"]
    private static let moves = [
        "\u{1B}[N;#H", "\u{1B}[N;#H", "\u{1B}[H", "\u{1B}[NA", "\u{1B}[NG", "\r\n", "\r", "\u{8}", "\u{1B}M",
        "\u{1B}[NL", "\u{1B}[NM", "\u{1B}[K", "\u{1B}[1J", "\u{1B}[N@", "\u{1B}[NP", "\u{1B}[NS",
    ]
    private static let modes = [
        "\u{1B}7", "\u{1B}8", "\u{1B}[s", "\u{1B}[u", "\u{1B}[3;8r", "\u{1B}[r", "\u{1B}[?6h", "\u{1B}[?6l",
        "\u{1B}[?25l", "\u{1B}[?7l", "\u{1B}[?7h", "\u{1B}[?2004h", "\u{1B}[?1000h", "\u{1B}=",
    ]

    @Test(
        "Wherever a program's writing is cut and a line of ours is said, its screen is in the end as it would have been",
        arguments: 0..<60,
    )
    func fullScreen(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let kinds = [Self.texts, Self.pens, Self.strings, Self.sets, Self.moves, Self.modes]
        var rest = Self.stream(&generator, kinds)[...]
        var stage = Stage()
        let alone = TerminalScreen(stage.size)
        let start = Array("\u{1B}[31mshell\u{1B}[?1049h".utf8)
        stage.guest(start)
        alone.feed(start)
        while !rest.isEmpty {
            let piece = rest.prefix(.random(in: 1...9, using: &generator))
            rest = rest.dropFirst(piece.count)
            alone.feed(piece)
            stage.guest(piece)
            if Int.random(in: 0..<4, using: &generator) == 0 { stage.say("five minutes left") }
            stage.pass(.milliseconds(1))
            // What a terminal is told to be like is never touched.
            let (mine, theirs) = (stage.viewer, alone)
            guard mine.cursor == theirs.cursor, mine.pen == theirs.pen, mine.savedCursors == theirs.savedCursors,
                mine.modes == theirs.modes, mine.title == theirs.title
            else {
                Issue.record("after \(String(decoding: piece, as: UTF8.self).debugDescription)")
                return
            }
        }
        stage.say("one minute left")
        stage.pass(Announcer.patience)
        #expect(stage.viewer.lines[0].hasPrefix(" » ") && stage.viewer.lines[0].contains("one minute left"))
        stage.pass(Announcer.readingTime)
        stage.pass(Announcer.patience)
        #expect(stage.viewer.lines == alone.lines && stage.audience.lines == alone.lines)
        let isSame = stage.viewer.contents == alone.contents
        #expect(isSame)
    }

    @Test(
        "At a shell a line of ours cuts no sequence and no character, and colours go on behind it",
        arguments: 0..<40,
    )
    func lines(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        // Nothing is wide enough to be broken, nor scrolls off.
        var stage = Stage(WindowSize(columns: 500, rows: 40))
        let alone = TerminalScreen(stage.size)
        var rest = Self.stream(&generator, [Self.texts, Self.pens, Self.strings, Self.sets])[...]
        var said = 0
        while !rest.isEmpty {
            let piece = rest.prefix(.random(in: 1...9, using: &generator))
            rest = rest.dropFirst(piece.count)
            alone.feed(piece)
            stage.guest(piece)
            guard said < 10, Int.random(in: 0..<4, using: &generator) == 0 else { continue }
            stage.say("a line")
            said += 1
        }
        let rows = stage.viewer.contents.rows
        let ours = rows.filter { ScreenContents.text(of: $0) == " » a line" }
        #expect(ours.count == said)
        let theirs = rows.filter { ScreenContents.text(of: $0) != " » a line" }.flatMap(\.self)
        let expected = alone.contents.rows.flatMap(\.self)
        // Blanks at the end of a row are not told.
        #expect(theirs.filter { $0 != .blank } == expected.filter { $0 != .blank })
        #expect(stage.viewer.contents.pen == alone.contents.pen && stage.viewer.contents.modes == alone.contents.modes)
    }

    @Test(
        "Where a guest stops within a sequence, a line of ours waits a second, and the sequence goes on behind it",
        arguments: ["", "\u{1B}[?1049h"],
        [("\u{1B}[3", "1m"), ("\u{1B}", "[31m"), ("\u{1B}]2;no end of", " it\u{7}\u{1B}[31m")],
    )
    func stopped(_ start: String, _ sequence: (String, String)) {
        var stage = Stage()
        stage.guest("\(start)one\(sequence.0)")
        stage.say("a line")
        stage.pass(Announcer.patience - .milliseconds(1))
        #expect(!stage.viewer.lines.contains { $0.contains("a line") })
        stage.pass(.milliseconds(1))
        #expect(stage.viewer.lines.contains { $0.hasPrefix(" » a line") })
        stage.guest("\(sequence.1)two")
        stage.pass(Announcer.readingTime)
        let text = stage.viewer.lines.joined()
        #expect(text == (start.isEmpty ? "one » a linetwo" : "onetwo"))
        #expect(stage.viewer.pen.letters == .indexed(1))
    }

    @Test(
        "A program's saved cursor, its margins and its pen are its own",
        arguments: [
            // As editors and pagers do: save, go elsewhere, and come back later.
            ("\u{1B}[5;10H\u{1B}7\u{1B}[9;1Hstatus", "\u{1B}8X", (4, 9)),
            ("\u{1B}[5;10H\u{1B}[s\u{1B}[9;1Hstatus", "\u{1B}[uX", (4, 9)),
            ("\u{1B}[5;10H\u{1B}[?1048h\u{1B}[9;1H", "\u{1B}[?1048lX", (4, 9)),
            ("\u{1B}[3;8r\u{1B}[?6h\u{1B}[2;4H", "X", (3, 3)),
            ("\u{1B}[3;8r\u{1B}[?6h\u{1B}[2;4H", "\u{1B}[HX", (2, 0)),
            ("\u{1B}[3;8r\u{1B}[8;1H", "\r\n\r\nX", (7, 0)),
        ] as [(String, String, (row: Int, column: Int))],
    )
    func saved(_ before: String, _ after: String, _ place: (row: Int, column: Int)) {
        var stage = Stage()
        stage.guest("\u{1B}[?1049h\u{1B}[35m\(before)")
        stage.say("a line")
        #expect(stage.viewer.lines[0].hasPrefix(" » a line"))
        stage.guest(after)
        #expect(stage.viewer.lines[place.row].dropFirst(place.column).first == "X")
        #expect(stage.viewer.pen.letters == .indexed(5))
    }

    @Test("What a program writes beneath a line of ours is there when that goes, also for those who come meanwhile")
    func late() throws {
        var stage = Stage()
        stage.guest("\u{1B}[?1049h\u{1B}[Hone\r\ntwo")
        stage.say("a line that is long")
        stage.pass(.seconds(3))
        stage.say("another")
        stage.guest("\u{1B}[Hten\u{1B}[2;4H")
        stage.pass(.seconds(3))
        let late = TerminalScreen(stage.size)
        late.feed(stage.audience.story)
        for screen in [late, stage.viewer] { #expect(screen.lines[0].hasPrefix("tenanother")) }
        stage.pass(.seconds(2))
        #expect(stage.viewer.lines.prefix(2) == ["ten", "two"])
        #expect(stage.announcer.next == nil)
    }

    @Test("Whoever is skipped ahead sees the line, too; it does not outlive the program it is over")
    func skipped() {
        var stage = Stage()
        stage.guest("shell\u{1B}[?1049h\u{1B}[Hone")
        stage.guest(String(repeating: "\u{1B}[Hone", count: OutputRing.capacity / 4))
        stage.say("a line")
        let copy = TerminalScreen(stage.size)
        copy.feed(stage.audience.story)
        #expect(copy.lines[0].contains("a line"))
        stage.guest("\u{1B}[?1049l")
        copy.feed(stage.audience.story)
        #expect(copy.lines[0] == "shell" && stage.viewer.lines[0] == "shell")
        stage.pass(Announcer.readingTime)
        #expect(stage.viewer.lines[0] == "shell" && stage.announcer.next == nil)
    }

    /// A console that shows what a test says.
    private struct Console: LineSource {
        let output: AsyncThrowingStream<[UInt8], any Error>
        var probePatience: Duration { .seconds(5) }

        func withLine(size: WindowSize, _ body: @Sendable (Line) async throws -> Void) async throws {
            try await body(Line(output: output, write: { $0.count }, resize: nil))
        }
    }

    @Test("At a console, where no program can be asked to draw, a line of ours goes away all the same")
    func console() async throws {
        let (output, guest) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let line = TerminalLine(
            Console(output: output),
            origin: 0,
            answers: true,
            inputIsOpen: true,
            announcer: Announcer(readingTime: .milliseconds(50)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        )
        let viewer = TerminalViewer()
        try await line.attach(.init(viewer, .owner, size: nil, seen: nil, isPaced: false))
        let screen = TerminalScreen(.usual)
        func read(until isThere: () -> Bool) async throws {
            while !isThere() { screen.feed(try #require(await viewer.nextBytes(), "the view ended")) }
        }
        guest.yield(Array("\u{1B}[?1049h\u{1B}[Hone\r\ntwo".utf8))
        try await read { screen.lines[1] == "two" }
        await line.tell(.resumed)
        try await read { screen.lines[0].contains("the machine goes on") }
        try await read { screen.lines[0] == "one" }
        #expect(screen.lines[1] == "two" && screen.cursor == .init(row: 1, column: 3))
        // The last line is said whatever the guest has begun.
        guest.yield(Array("!\u{1B}[3".utf8))
        try await read { screen.lines[1] == "two!" }
        await line.tell(.ended(.stopped))
        await line.close()
        try await read { screen.lines[0].contains("the session was ended") }
    }
}

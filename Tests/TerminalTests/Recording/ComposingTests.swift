import SessionModel
import TestKit
import Testing

@testable import Terminal

@Suite("What waits for the disk")
struct IntakeTests {
    private func all(_ intake: inout Intake) -> [CastEvent] {
        var events: [CastEvent] = []
        while !intake.isEmpty { events += intake.take(1) }
        return events
    }

    @Test("Output within ten milliseconds is one event; input, other events and time part it")
    func window() {
        var intake = Intake()
        intake.put(.output, bytes("a"), at: .milliseconds(0))
        intake.put(.output, bytes("b"), at: .milliseconds(9))
        intake.put(.output, bytes("c"), at: .milliseconds(10))
        intake.put(.input, bytes("d"), at: .milliseconds(10))
        intake.put(.output, bytes("e"), at: .milliseconds(11))
        intake.put(marker: "m", at: .milliseconds(11))
        intake.put(.output, bytes("f"), at: .milliseconds(12))
        intake.put(.output, [], at: .milliseconds(50))
        #expect(
            all(&intake) == [
                CastEvent(.output, at: .milliseconds(0), bytes("ab")),
                CastEvent(.output, at: .milliseconds(10), bytes("c")),
                CastEvent(.input, at: .milliseconds(10), bytes("d")),
                CastEvent(.output, at: .milliseconds(11), bytes("e")),
                CastEvent(.marker("m"), at: .milliseconds(11)),
                CastEvent(.output, at: .milliseconds(12), bytes("f")),
            ]
        )
        #expect(intake.size == 0)
    }

    @Test("What finds no room is counted where it would have been, and the window's size is kept")
    func overflow() {
        var intake = Intake()
        for _ in 0..<15 { intake.put(.output, [UInt8](repeating: 0x61, count: 64 * 1024), at: .zero) }
        intake.put(.output, [UInt8](repeating: 0x61, count: 64 * 1024 - 16 * Intake.eventCost - 10), at: .zero)
        intake.put(.output, [UInt8](repeating: 0x62, count: 100), at: .seconds(1))
        #expect(intake.size <= Intake.limit)
        intake.put(.input, bytes("xyz"), at: .seconds(2))
        intake.put(WindowSize(columns: 1, rows: 1), at: .seconds(3))
        intake.put(WindowSize(columns: 2, rows: 2), at: .seconds(4))
        for number in 0..<100 { intake.put(marker: "\(number)", at: .seconds(5)) }
        #expect(intake.lost == 103)
        #expect(intake.take(16 * 64 * 1024).count == 16)
        intake.put(.output, bytes("later"), at: .seconds(6))
        let events = all(&intake)
        #expect(events.first == CastEvent(.lost(103), at: .seconds(1)))
        #expect(events[1] == CastEvent(.marker("0"), at: .seconds(5)))
        #expect(events.dropLast().last == CastEvent(.resize(WindowSize(columns: 2, rows: 2)), at: .seconds(5)))
        #expect(events.last == CastEvent(.output, at: .seconds(6), bytes("later")))
        #expect(events.count == 35)
    }

    @Test("However much comes at once, an event is small")
    func large() {
        var intake = Intake()
        intake.put(.output, [UInt8](repeating: 0x61, count: 3 << 20), at: .zero)
        let events = all(&intake)
        #expect(events.allSatisfy { $0.bytes.count <= 64 * 1024 })
        #expect(events.reduce(0) { $0 + $1.bytes.count } + intake.lost == 3 << 20)
    }

    @Test("Events that are nearly empty do not take up more than is allowed")
    func small() {
        var intake = Intake()
        for number in 0..<100_000 { intake.put(marker: "", at: .milliseconds(number)) }
        for number in 0..<100_000 { intake.put(.output, [0x61], at: .seconds(number)) }
        for number in 0..<100_000 { intake.put(WindowSize(columns: number, rows: 1), at: .seconds(number)) }
        #expect(intake.size <= Intake.limit)
    }
}

@Suite("Composing lines")
struct CastComposerTests {
    private let header: CastHeader

    init() throws {
        let label = try RecordingLabel(session: SessionFixtures.sessionID(1), machine: "box", terminal: .shell(0))
        header = CastHeader(
            RecordingOrigin(label: label, part: 1, started: Timestamp(milliseconds: 1_800_000_000_000)),
            size: .usual,
        )
    }

    private func composer(limit: Int64 = 1 << 40) -> CastComposer {
        CastComposer(header, limit: ByteCount(bytes: limit))
    }

    @Test("Each line has its digest, made of the one before")
    func chain() {
        var composer = composer()
        composer.add(.output, bytes("hello\r\n"), at: 1)
        composer.add(.marker("mark"), at: 2)
        let piece = composer.take()
        var chain = HashChain()
        var entries: [UInt8] = []
        for line in piece.cast.split(separator: 0x0A) {
            chain.add(line)
            entries += chain.entry
        }
        #expect(piece.chain == entries)
        #expect(composer.chain == chain)
        #expect(composer.length == piece.cast.count)
        #expect(chain.lines == 3)
    }

    @Test("The first digest is SHA-256 of 32 zero bytes and the line")
    func known() {
        var chain = HashChain()
        chain.add(bytes("abc")[...])
        // What `(head -c 32 /dev/zero; printf abc) | sha256sum` prints.
        #expect(Hexadecimal.text(chain.head) == "365aa7d8f7f9402c4b9434502b4cc89ddb09fe50d7cd95b493b834c62d5a5370")
    }

    @Test("An event has at most 64 KiB of text, and is never cut within a character")
    func large() throws {
        var composer = composer()
        let text = String(repeating: "x", count: 65535) + String(repeating: "€", count: 50_000)
        composer.add(.output, bytes(text), at: 5)
        let cast = try Cast(composer.take().cast)
        #expect(cast.text() == text)
        #expect(cast.events.allSatisfy { $0.text.utf8.count <= 65536 && $0.time == 0.000005 })
        #expect(cast.events.count == 4)
    }

    @Test("Times never go backwards")
    func backwards() throws {
        var composer = composer()
        for time: Int64 in [5, 3, 8, -1] { composer.add(.output, bytes("x"), at: time) }
        #expect(try Cast(composer.take().cast).events.map(\.time) == [0.000005, 0.000005, 0.000008, 0.000008])
    }

    @Test("At its limit it says so on the time line and on the screen; after that come markers only, and not many")
    func full() throws {
        var composer = composer(limit: 4096)
        for number in 0..<200 { composer.add(.output, bytes("line \(number)\r\n"), at: Int64(number)) }
        #expect(composer.isFull)
        composer.add(.marker("hint"), at: 300)
        composer.add(.resize(.usual), at: 301)
        for _ in 0..<1000 { composer.add(.marker(String(repeating: "m", count: 2000)), at: 302) }
        let piece = composer.take()
        #expect(piece.cast.count <= 4096 + 66 * 1024)
        let cast = try Cast(piece.cast)
        #expect(cast.markers[0] == "recording is full: its limit is 4K; nothing more is recorded")
        #expect(cast.markers[1] == "hint")
        #expect(cast.text().hasSuffix("recording is full: its limit is 4K; nothing more is recorded \u{1B}[0m\r\n"))
        #expect(cast.text("r").isEmpty)
        #expect(cast.markers.count(where: { $0.hasPrefix("recording is full") }) == 1)
        #expect(cast.markers.last?.count == CastComposer.markerLimit)
    }

    @Test("Input and output that are cut within characters do not mix")
    func mixed() throws {
        var composer = composer()
        composer.add(.output, [0xE2], at: 1)
        composer.add(.input, [0xC3], at: 2)
        composer.add(.output, [0x82, 0xAC], at: 3)
        composer.add(.input, [0xA9], at: 4)
        composer.add(.output, [0xE2], at: 5)
        composer.add(.lost(7), at: 6)
        composer.add(.output, [0x82], at: 7)
        let cast = try Cast(composer.take().cast)
        #expect(cast.text() == "€\u{FFFD}\u{FFFD}")
        #expect(cast.text("i") == "é")
    }
}

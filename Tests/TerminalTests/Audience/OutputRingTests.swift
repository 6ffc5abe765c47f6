import TestKit
import Testing

@testable import Terminal

@Suite("The ring of output")
struct OutputRingTests {
    @Test("It keeps the latest, by position, whatever the pieces", arguments: 0..<2)
    func latest(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let origin = Int64.random(in: 0..<OutputRing.originLimit, using: &generator)
        var ring = OutputRing(origin: origin)
        var all: [UInt8] = []
        for _ in 0..<15 {
            let count = Int.random(in: 0...60_000, using: &generator)
            let new = (0..<count).map { UInt8(truncatingIfNeeded: all.count + $0 &* 7) }
            ring.append(new)
            all += new
            #expect(ring.end == origin + Int64(all.count))
            #expect(ring.count == min(all.count, OutputRing.capacity))
            #expect(ring.bytes(from: ring.start, upTo: .max) == Array(all.suffix(OutputRing.capacity)))
            let from = Int64.random(in: ring.start...ring.end, using: &generator)
            let limit = Int.random(in: 0...9000, using: &generator)
            #expect(ring.bytes(from: from, upTo: limit) == Array(all[Int(from - origin)...].prefix(limit)))
            #expect(ring.bytes(from: ring.start - 1, upTo: 5) == [])
        }
    }

    @Test("More than it holds at once leaves the end of it")
    func huge() {
        var ring = OutputRing(origin: 5)
        let new = (0..<OutputRing.capacity * 2 + 77).map { UInt8(truncatingIfNeeded: $0 / 3) }
        ring.append(new)
        #expect(ring.bytes(from: ring.start, upTo: .max) == Array(new.suffix(OutputRing.capacity)))
    }
}

@Suite("The pace of somebody who says what is shown")
struct PaceTests {
    @Test("What is under way is what was sent and not shown, in pieces of any size", arguments: 0..<6)
    func underWay(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var pace = Pace()
        var (end, shown): (Int64, Int64) = (0, 0)
        for _ in 0..<500 {
            if Bool.random(using: &generator), pace.room > 0 {
                let count = Int.random(in: 1...pace.room, using: &generator)
                end += Int64(count)
                pace.sent(output: count, upTo: end)
            } else {
                shown = Int64.random(in: shown...end, using: &generator)
                pace.shown(shown)
            }
            #expect(pace.underWay == Int(end - shown) && pace.room == Pace.window - pace.underWay)
        }
    }

    @Test("After a screen little is sent until all is, and a screen waits for what came before")
    func narrow() {
        var pace = Pace()
        pace.sent(output: 20_000, upTo: 20_000)
        #expect(!pace.mayDraw)
        pace.shown(18_000)
        #expect(pace.mayDraw && pace.underWay == 2000)
        pace.sent(screen: 1000, at: 90_000)
        #expect(pace.underWay == 3000 && pace.room == Pace.narrowWindow - 3000)
        pace.shown(90_000)
        #expect(pace.underWay == 0 && pace.room == Pace.narrowWindow)
        pace.isLevel()
        #expect(pace.room == Pace.window)
    }
}

@Suite("Who has typed what")
struct TypistsTests {
    private static func key(_ number: Int) throws -> Typists.Key {
        let client = try ClientID("client-\(10_000_000_000 + number)")
        return try #require(Typists.Key(Visitor(Visitor.owner.person, isOwner: true, client: client)))
    }

    @Test("Who comes back goes on; who was away too long, or is one of too many, begins anew")
    func memory() throws {
        var typists = Typists()
        let now = ContinuousClock.now
        let first = try Self.key(0)
        typists.arrive(first)
        #expect(typists.report(first) == (0, true))
        typists.count(7, of: first)
        typists.leave(first, at: now)
        typists.arrive(first)
        #expect(typists.report(first) == (7, false))
        typists.leave(first, at: now)
        let second = try Self.key(1)
        typists.arrive(second)
        typists.leave(second, at: now + .seconds(599))
        #expect(typists.typed(first) == 7)
        typists.leave(second, at: now + .seconds(601))
        #expect(typists.typed(first) == 0 && typists.count == 1)
        for number in 0..<200 {
            typists.arrive(try Self.key(number))
            typists.leave(try Self.key(number), at: now + .seconds(602 + number / 10))
        }
        #expect(typists.count == Typists.limit)
    }

    @Test("A watcher and a client without a name are counted by nobody")
    func nobody() throws {
        #expect(Typists.Key(.owner) == nil)
        let client = try ClientID("0123456789abcdef")
        #expect(Typists.Key(Visitor(Visitor.owner.person, as: .watcher, isOwner: true, client: client)) == nil)
    }

    @Test(
        "A client's name is 16 to 64 plain characters",
        arguments: [
            ("0123456789abcdef", true), ("A_-z0123456789abcdef", true), ("short", false), ("0123456789abcde f", false),
            ("0123456789abcdé0", false), (String(repeating: "x", count: 64), true),
            (String(repeating: "x", count: 65), false),
        ],
    )
    func names(_ text: String, _ isFine: Bool) {
        // Refused is a value here.
        let client = try? ClientID(text)
        #expect((client != nil) == isFine)
    }
}

import Logging
import SessionModel
import TestKit
import Testing

@testable import Terminal

/// People at one terminal, without a guest.
@Suite("An audience", .timeLimit(.minutes(2)))
struct AudienceTests {
    private let size = WindowSize(columns: 80, rows: 24)
    private let now = ContinuousClock.now

    /// What a client shows of what it is sent.
    private final class Client {
        let viewer = TerminalViewer()
        let screen: TerminalScreen
        var position: Int64?
        var skipped: Int64 = 0
        var redraws = 0
        var typed: (count: Int64, isFresh: Bool)?
        var bytes: [UInt8] = []

        init(_ size: WindowSize) { screen = TerminalScreen(size) }

        /// Takes all there is for it now, or so many events.
        func read(_ audience: inout Audience, at now: ContinuousClock.Instant, upTo limit: Int = .max) {
            var count = 0
            while count < limit, let event = audience.next(for: viewer, at: now) {
                count += 1
                switch event {
                case .output(let bytes):
                    screen.feed(bytes)
                    self.bytes += bytes
                    position = position.map { $0 + Int64(bytes.count) }
                case .screen(let position, let redraw, let skipped):
                    screen.feed(redraw)
                    self.position = position
                    self.skipped += skipped
                    redraws += redraw.isEmpty ? 0 : 1
                case .typed(let count, let isFresh): typed = (count, isFresh)
                case .presence, .size, .recorded: break
                }
            }
        }
    }

    private func audience() -> Audience { Audience(origin: 1000, size: size) }

    private func join(
        _ audience: inout Audience,
        _ visitor: Visitor = .owner,
        seen: Int64? = nil,
        isPaced: Bool = false,
    ) -> Client {
        let client = Client(size)
        audience.add(Audience.Member(client.viewer, visitor, size: nil, seen: seen, isPaced: isPaced))
        return client
    }

    private func line(_ number: Int) -> [UInt8] {
        Array("\u{1B}[3\(number % 8)mline \(number)\u{1B}[m of output\r\n".utf8)
    }

    /// A kilobyte of lines.
    private func block(_ number: Int) -> [UInt8] {
        let text = Array("block \(number) ".utf8)
        return (0..<1024).map { $0 % 128 < 126 ? $0 < text.count ? text[$0] : 0x2E : $0 % 128 == 126 ? 0x0D : 0x0A }
    }

    @Test("Who comes early gets all as it was; who comes late gets the screen after what scrolled off")
    func joining() {
        var audience = audience()
        audience.show(Array("$ ls\r\n".utf8), at: now)
        let early = join(&audience)
        early.read(&audience, at: now)
        #expect(early.bytes == Array("$ ls\r\n".utf8) && early.redraws == 0)
        for number in 0..<1000 { audience.show(line(number), at: now) }
        early.read(&audience, at: now)
        let late = join(&audience)
        late.read(&audience, at: now)
        #expect(late.redraws == 1 && late.position == early.position && late.bytes.isEmpty)
        #expect(late.screen.contents == early.screen.contents)
        #expect(late.screen.scrolledOff.last == early.screen.scrolledOff.last)
    }

    @Test("What a program asked is not asked again of who comes later, however short the story")
    func questions() {
        var audience = audience()
        audience.show(Array("\u{1B}[cwhat are you".utf8), at: now)
        let late = join(&audience)
        late.read(&audience, at: now)
        #expect(late.bytes.isEmpty && late.screen.lines[0] == "what are you")
    }

    @Test(
        "Who comes back goes on where they were, whatever was shown meanwhile, while it is kept",
        arguments: [
            0, 1, 100, 200_000, 300_000,
        ],
    )
    func comingBack(_ missed: Int) {
        var audience = audience()
        for number in 0..<500 { audience.show(line(number), at: now) }
        let client = join(&audience)
        client.read(&audience, at: now)
        audience.remove(client.viewer, at: now)
        let meanwhile = Array((0..<missed / 1024 + 1).flatMap { block($0) }.prefix(missed))
        audience.show(meanwhile, at: now)
        let back = join(&audience, seen: client.position)
        back.read(&audience, at: now)
        if missed <= OutputRing.capacity {
            #expect(back.bytes == meanwhile && back.redraws == 0 && back.skipped == 0)
        } else {
            #expect(back.redraws == 1 && back.skipped == Int64(missed))
        }
        #expect(back.position == client.position.map { $0 + Int64(missed) })
    }

    @Test("A position of another life is none of this", arguments: [Int64(0), 999, 5000, .max])
    func otherLife(_ seen: Int64) {
        var audience = audience()
        audience.show(Array("\u{1B}[chere".utf8), at: now)
        let client = join(&audience, seen: seen)
        client.read(&audience, at: now)
        #expect(client.redraws == 1 && client.position == 1007 && client.screen.lines[0] == "here")
    }

    @Test("Who falls out of what is kept is skipped ahead to the screen, and told how much", arguments: 0..<2)
    func fallingOut(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var audience = audience()
        let (quick, slow) = (join(&audience), join(&audience))
        quick.read(&audience, at: now)
        slow.read(&audience, at: now)
        for number in 0..<900 {
            audience.show(block(number), at: now)
            if number % 50 == 0 { quick.read(&audience, at: now) }
            if Int.random(in: 0..<300, using: &generator) == 0 { slow.read(&audience, at: now, upTo: 2) }
        }
        for client in [quick, slow] { client.read(&audience, at: now) }
        #expect(quick.redraws == 0 && slow.redraws > 0 && slow.skipped > 0)
        #expect(slow.position == quick.position && slow.screen.contents == quick.screen.contents)
        #expect(Int64(slow.bytes.count) + slow.skipped == Int64(quick.bytes.count))
    }

    @Test("Who says what is shown is sent little ahead of it, and skipped ahead rather than fed what is long ago")
    func paced() throws {
        var audience = audience()
        let client = join(&audience, isPaced: true)
        client.read(&audience, at: now)
        for number in 0..<150 { audience.show(block(number), at: now) }
        client.read(&audience, at: now)
        #expect(client.bytes.count == Pace.window)
        // Shown at once, it gets more; late, it gets the screen.
        audience.shown(try #require(client.position), by: client.viewer)
        client.read(&audience, at: now + .milliseconds(100))
        #expect(client.bytes.count == 2 * Pace.window && client.redraws == 0)
        audience.show(block(150), at: now + .seconds(2))
        client.read(&audience, at: now + .seconds(2))
        #expect(client.redraws == 0, "while more comes a screen overtakes nothing")
        client.read(&audience, at: now + .seconds(2.1))
        #expect(client.redraws == 1 && client.skipped > 0, "the last one goes out at once")
        #expect(client.screen.lines == audience.lines)
    }

    @Test("All that was shown is read to the end after the terminal is closed, by who is paced too")
    func closing() {
        var audience = audience()
        let (quick, paced) = (join(&audience), join(&audience, isPaced: true))
        for number in 0..<150 { audience.show(block(number), at: now) }
        audience.close()
        for client in [quick, paced] { client.read(&audience, at: now) }
        #expect(quick.bytes.suffix(20) == paced.bytes.suffix(20) && quick.position == paced.position)
    }

    @Test("What is held does not depend on how many look on, nor on how much was shown")
    func bounded() {
        var audience = audience()
        var clients: [Client] = []
        for _ in 0..<TerminalHub.viewerLimit { clients.append(join(&audience)) }
        #expect(throws: Failure.self) { try audience.requireRoom() }
        for client in clients { client.read(&audience, at: now) }
        for number in 0..<2000 { audience.show(block(number), at: now) }
        #expect(audience.heldBytes < OutputRing.capacity + ScreenHistory.limit + 32 * 1024)
        #expect(MemoryLayout<Audience.Member>.size < 256)
        for client in clients.prefix(20) { client.read(&audience, at: now) }
        #expect(clients[0].skipped > 1_500_000 && clients[0].screen.contents == clients[19].screen.contents)
    }
}

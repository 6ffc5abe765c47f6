import Logging
import SessionModel
import TestKit
import Testing

@testable import Terminal

/// Several people at the terminal of a machine.
@Suite("People at a terminal", .timeLimit(.minutes(3)))
struct VisitTests {
    private let agents = FakeAgents(
        shell: FakeShell(prompt: "box$ ") { $0.hasSuffix("echo s$((40+2))g") ? "s42g" : "you said \($0)" }
    )
    private let hub: TerminalHub
    private let machine: Machine
    private let place: TerminalHub.Place

    init() throws {
        hub = TerminalHub(
            connector: FakeHypervisor(shell: FakeShell { _ in "" }),
            agents: agents,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        )
        machine = try Self.machine()
        place = .init(machine.id, .shell(0))
    }

    private static func machine() throws -> Machine {
        var generator = SystemRandomNumberGenerator()
        return Machine(
            id: MachineID(using: &generator),
            session: SessionFixtures.sessionID(1),
            name: "box",
            specification: MachineSpecification(
                image: try #require(ImageID("debian-13")),
                vcpus: 1,
                cpuPercent: 100,
                memory: .mebibytes(512),
            ),
            fork: Fork(SnapshotID(using: &generator)),
        )
    }

    private func visitor(_ client: String) throws -> Visitor {
        Visitor(Visitor.owner.person, isOwner: true, client: try ClientID(client))
    }

    /// Reads until something was shown.
    @discardableResult
    private func shown(by viewer: TerminalViewer, until text: String) async throws -> String {
        var shown: [UInt8] = []
        while !String(decoding: shown, as: UTF8.self).contains(text) {
            shown += try #require(await viewer.nextBytes(), "the view ended")
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Reads until an event is one that is looked for.
    private func told<Value>(_ viewer: TerminalViewer, _ value: (TerminalEvent) -> Value?) async throws -> Value {
        while true {
            if let value = value(try #require(await viewer.next(), "the view ended")) { return value }
        }
    }

    private func typed(_ viewer: TerminalViewer) async throws -> (Int64, Bool) {
        try await told(viewer) { if case .typed(let count, let isFresh) = $0 { (count, isFresh) } else { nil } }
    }

    @Test("A watcher neither types nor decides on the window's size, and sees both")
    func watcher() async throws {
        await hub.adopt(machine)
        let owner = try await hub.attach(place, as: .owner, size: .init(columns: 90, rows: 30))
        let watcher = try await hub.attach(place, as: .watcher, size: .init(columns: 10, rows: 10))
        await hub.type(Array("mine\r".utf8), at: watcher)
        await hub.resize(watcher, to: .init(columns: 20, rows: 20))
        await hub.type(Array("yours\r".utf8), at: owner)
        #expect(try await !shown(by: watcher, until: "you said yours").contains("mine"))
        #expect(await agents.sizes(at: 0, of: machine.id) == [.init(columns: 90, rows: 30)])
        let late = try await hub.attach(place, as: .watcher)
        let size = try await told(late) { if case .size(let size) = $0 { size } else { nil } }
        #expect(size == .init(columns: 90, rows: 30))
        await hub.forget(machine.id)
    }

    @Test("The size is that of whoever typed or changed theirs last")
    func sizes() async throws {
        await hub.adopt(machine)
        let (large, small) = (WindowSize(columns: 120, rows: 40), WindowSize(columns: 60, rows: 20))
        let one = try await hub.attach(place, as: .owner, size: large)
        try await shown(by: one, until: "box$ ")
        let other = try await hub.attach(place, as: .guest, size: small)
        await hub.type(Array("a".utf8), at: one)
        await hub.type(Array("b".utf8), at: one)
        await hub.type(Array("c".utf8), at: other)
        #expect(await agents.sizes(at: 0, of: machine.id) == [large, small, large, small])
        await hub.forget(machine.id)
    }

    @Test("Everybody learns who is in the session, at whichever terminal and machine; each person once, with each part")
    func presence() async throws {
        let second = try Self.machine()
        await hub.adopt(machine)
        await hub.adopt(second)
        let owner = try await hub.attach(place, as: .owner)
        _ = try await hub.attach(.init(machine.id, .shell(3)), as: .owner)
        let watcher = try await hub.attach(.init(second.id, .shell(1)), as: .watcher)
        for viewer in [owner, watcher] {
            let watched = try await told(viewer) { event -> Presence? in
                guard case .presence(let presence) = event, !presence.watchers.isEmpty else { return nil }
                return presence
            }
            #expect(watched.watchers == [Visitor.watcher.person] && watched.drivers == [Visitor.owner.person])
        }
        await hub.detach(watcher)
        let alone = try await told(owner) { if case .presence(let presence) = $0 { presence } else { nil } }
        #expect(alone.watchers == [] && alone.drivers == [Visitor.owner.person])
        await hub.forget(machine.id)
        await hub.forget(second.id)
    }

    @Test("That somebody else than the owner may type is seen by all")
    func takeOver() async throws {
        await hub.adopt(machine)
        let owner = try await hub.attach(place, as: .owner)
        try await shown(by: owner, until: "box$ ")
        let other = try await hub.attach(place, as: .guest)
        let drivers = try await told(owner) { event -> [PersonID]? in
            guard case .presence(let presence) = event, presence.drivers.count > 1 else { return nil }
            return presence.drivers
        }
        #expect(drivers == [Visitor.owner.person, Visitor.guest.person])
        await hub.type(Array("hello\r".utf8), at: other)
        let text = try await shown(by: owner, until: "you said hello")
        #expect(text.contains("somebody else can type here"))
        await hub.forget(machine.id)
    }

    @Test("A line of ours goes over the first row of a program that has the whole screen, and leaves its cursor alone")
    func fullScreen() async throws {
        await hub.adopt(machine)
        let owner = try await hub.attach(place, as: .owner)
        let screen = TerminalScreen(.usual)
        func read(until text: String) async throws {
            while !screen.lines.contains(where: { $0.contains(text) }) {
                screen.feed(try #require(await owner.nextBytes(), "the view ended"))
            }
        }
        try await read(until: "box$")
        let program = "\u{1B}[?1049h\u{1B}[2J\u{1B}[Hone\r\ntwo\r\nthree"
        await agents.say(Array(program.utf8), at: 0, of: machine.id)
        try await read(until: "three")
        _ = try await hub.attach(place, as: .guest)
        try await read(until: "somebody else can type here")
        await agents.say(Array("!".utf8), at: 0, of: machine.id)
        try await read(until: "!")
        #expect(screen.lines[0].contains("somebody else can type here"))
        #expect(screen.lines[1] == "two" && screen.lines[2] == "three!")
        await hub.forget(machine.id)
    }

    @Test("A client that comes back is told what it typed, and bytes that come twice are typed once")
    func comingBack() async throws {
        await hub.adopt(machine)
        let me = try visitor("0123456789abcdef")
        let first = try await hub.attach(place, as: me)
        #expect(try await typed(first) == (0, true))
        await hub.type(Array("one\rtwo".utf8), at: first)
        #expect(try await typed(first) == (7, false))
        await hub.detach(first)
        let second = try await hub.attach(place, as: me)
        #expect(try await typed(second) == (7, false))
        #expect(try await hub.type(Array("two\rthree".utf8), from: 4, at: second) == 13)
        #expect(try await hub.type(Array("three\r".utf8), from: 8, at: second) == 14)
        #expect(try await hub.type(Array("one\r".utf8), from: 0, at: second) == 14)
        let failure = await #expect(throws: Failure.self) { try await hub.type([0x78], from: 15, at: second) }
        #expect(failure?.code == .conflict && failure?.message.contains("14") == true)
        let text = try await shown(by: second, until: "you said three")
        for word in ["one", "two", "three"] { #expect(text.split(separator: "you said \(word)").count == 2) }
        #expect(await hub.view(of: try ClientID("0123456789abcdef"), me.person, at: machine.id) === second)
        #expect(await hub.view(of: try ClientID("0123456789abcdef"), Visitor.guest.person, at: machine.id) == nil)
        await hub.forget(machine.id)
    }

    @Test("A client that comes anew ends the view that a cut has left behind, and nothing is typed by that any more")
    func leftBehind() async throws {
        await hub.adopt(machine)
        let me = try visitor("0123456789abcdef")
        let first = try await hub.attach(place, as: me)
        let elsewhere = try await hub.attach(.init(machine.id, .shell(1)), as: me)
        let others = try await hub.attach(place, as: .guest)
        #expect(try await typed(first) == (0, true))
        await hub.type(Array("one".utf8), at: first)
        let second = try await hub.attach(place, as: me)
        while await first.next() != nil {}
        await hub.type(Array("lost".utf8), at: first)
        #expect(try await typed(second) == (3, false))
        await hub.type(Array(" two\r".utf8), at: second)
        let text = try await shown(by: others, until: "you said one two")
        #expect(!text.contains("lost"))
        await hub.type([0x0D], at: elsewhere)
        try await shown(by: elsewhere, until: "you said")
        await hub.forget(machine.id)
    }

    @Test("At a new machine positions and counts go on, and nothing is sent again")
    func moved() async throws {
        await hub.adopt(machine)
        let me = try visitor("0123456789abcdef")
        let away = try visitor("fedcba9876543210")
        let gone = try await hub.attach(place, as: away)
        await hub.type(Array("x".utf8), at: gone)
        await hub.detach(gone)
        let viewer = try await hub.attach(place, as: me)
        await hub.type(Array("half".utf8), at: viewer)
        try await shown(by: viewer, until: "half")
        let next = try Self.machine()
        await agents.leavePrompt(at: 0, of: next.id)
        try await hub.waitUntilAnswering(next, within: .seconds(20))
        await hub.moveTerminals(from: machine.id, to: next)
        #expect(try await typed(viewer) == (4, true))
        let position = try await told(viewer) { if case .screen(let position, _, _) = $0 { position } else { nil } }
        #expect(position > 0)
        let back = try await hub.attach(.init(next.id, .shell(0)), as: away)
        #expect(try await typed(back) == (1, true))
        await hub.forget(next.id)
    }

    @Test("Two hundred who look on, read or not, and a hundred megabytes: nobody waits, and nothing piles up")
    func crowd() async throws {
        await hub.adopt(machine)
        let owner = try await hub.attach(place, as: .owner)
        try await shown(by: owner, until: "box$ ")
        var idle: [TerminalViewer] = []
        for _ in 0..<100 { idle.append(try await hub.attach(place, as: .watcher)) }
        let (hub, place, machine) = (hub, place, machine)
        let line = Array((String(repeating: "0123456789abcdef", count: 5).dropLast() + "\r\n").utf8)
        let (count, piece) = (1600, Array(repeating: line, count: 780).flatMap(\.self))
        try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<99 {
                group.addTask {
                    let viewer = try await hub.attach(place, as: .watcher)
                    var shown: Int64 = 0
                    while let event = await viewer.next() {
                        switch event {
                        case .output(let bytes): shown += Int64(bytes.count)
                        case .screen(let position, _, _): shown = position
                        case .typed, .presence, .recorded, .size: break
                        }
                    }
                    return shown
                }
            }
            let began = ContinuousClock.now
            for _ in 0..<count { await agents.say(piece, at: 0, of: machine.id) }
            await agents.say(Array("the end".utf8), at: 0, of: machine.id)
            // Polled: the end is shown.
            while await !hub.screen(of: place).contains("the end") { try await Task.sleep(for: .milliseconds(20)) }
            let took = began.duration(to: .now)
            #expect(await hub.heldBytes(at: place) < 512 * 1024)
            await hub.type(Array("still here\r".utf8), at: owner)
            while await !hub.screen(of: place).contains("you said still here") {
                // Polled: the shell's answer is shown.
                try await Task.sleep(for: .milliseconds(5))
            }
            await hub.forget(machine.id)
            let positions = try await group.reduce(into: []) { $0.append($1) }
            #expect(Set(positions).count == 1, "everyone got to the end")
            #expect(took < .seconds(120))
        }
        for viewer in idle { #expect(await viewer.nextBytes() != nil) }
    }
}

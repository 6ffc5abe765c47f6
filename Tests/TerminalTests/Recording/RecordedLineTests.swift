import Dispatch
import Foundation
import Logging
import SessionModel
import Synchronization
import TestKit
import Testing

@testable import Terminal

/// What becomes of the terminals of a session that is recorded, as those see it who sit there and those who replay it.
@Suite("Terminals that are recorded", .timeLimit(.minutes(1)))
struct RecordedLineTests {
    /// A hub whose recordings are in memory.
    private struct Stage {
        let agents = FakeAgents(shell: FakeShell(prompt: "box$ ") { "you said \($0)" })
        let disk = MemoryDisk()
        let clock = ManualClock()
        let archive: RecordingArchive
        let hub: TerminalHub
        let session = SessionFixtures.sessionID(1)
        let machine: Machine

        init(_ policy: Policy.Recording) throws {
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            archive = RecordingArchive(
                in: "/recordings",
                on: disk,
                key: try SigningKey(),
                clock: clock,
                logger: logger,
            ) { _ in policy }
            hub = TerminalHub(connector: FakeHypervisor(), agents: agents, recordings: archive, logger: logger)
            machine = try Self.machine(1, of: session)
        }

        static func machine(_ number: Int, of session: SessionID?) throws -> Machine {
            Machine(
                id: SessionFixtures.machineID(number),
                session: session,
                name: "box",
                specification: try SessionFixtures.specification(),
                fork: SessionFixtures.forks[0],
            )
        }

        func sit(at number: Int = 0) async throws -> TerminalViewer {
            await hub.adopt(machine)
            return try await hub.attach(.init(machine.id, .shell(number)))
        }

        /// Reads a view until it has shown something.
        @discardableResult
        func shown(by viewer: TerminalViewer, until text: String) async throws -> String {
            var shown: [UInt8] = []
            while !String(decoding: shown, as: UTF8.self).contains(text) {
                shown += try #require(await viewer.nextBytes(), "the view ended")
            }
            return String(decoding: shown, as: UTF8.self)
        }

        /// What was recorded, of a session that is sealed.
        func sealed(_ number: Int = 0) async throws -> Cast {
            let all = try await archive.seal(session)
            #expect(all.allSatisfy { $0.state == .sealed })
            return try await cast(number)
        }

        func cast(_ number: Int = 0) async throws -> Cast {
            let name = RecordingName(machine: "box", terminal: "\(number)")
            return try Cast(try await content(.cast, of: name))
        }

        func content(_ piece: RecordingPiece, of name: RecordingName, from offset: Int64 = 0) async throws -> [UInt8] {
            let content = try await archive.content(piece, of: name, in: session, from: offset)
            var bytes: [UInt8] = []
            while let more = try await content.next() { bytes += more }
            #expect(Int64(bytes.count) == content.size - offset)
            return bytes
        }

        /// Lets the disk refuse whatever is written, or take it again.
        func refuse(_ refuses: Bool) {
            guard refuses else { return disk.judge(nil) }
            disk.judge { _, call in
                switch call {
                case .append, .sync, .truncate: .failure
                default: .success
                }
            }
        }

        /// Lets time pass until something holds.
        func passing(_ what: String, until condition: () async throws -> Bool) async throws {
            try await eventually(within: .seconds(50), what) {
                clock.advance(by: .milliseconds(100))
                return try await condition()
            }
        }
    }

    @Test("What people could see is recorded, from a clear screen on; that it is, is told to them and is no part of it")
    func output() async throws {
        let stage = try Stage(.init(.output))
        let viewer = try await stage.sit()
        await stage.hub.type(Array("hello\r".utf8), at: viewer)
        let shown = try await stage.shown(by: viewer, until: "you said hello")
        #expect(shown.contains("this terminal is recorded: what it shows "))
        let cast = try await stage.sealed()
        #expect(cast.text().hasPrefix("\u{1B}cbox$ hello"))
        #expect(cast.text().contains("you said hello"))
        #expect(!cast.text().contains("this terminal is recorded"))
        #expect(cast.events.allSatisfy { $0.kind != "i" }, "what is typed is not recorded unless a policy says so")
    }

    @Test("Whoever comes is told that a terminal is recorded, however late", arguments: [false, true])
    func told(_ withInput: Bool) async throws {
        let stage = try Stage(.init(.output, input: withInput))
        _ = try await stage.sit()
        let late = try await stage.sit()
        var told: TerminalEvent.Recorded?
        while told == nil, let event = await late.next() { if case .recorded(let what) = event { told = what } }
        #expect(told == (withInput ? .input : .output))
    }

    @Test("Where the policy wants nothing recorded nothing is, and nothing is said")
    func none() async throws {
        let stage = try Stage(.init(.none))
        let viewer = try await stage.sit()
        #expect(try await !stage.shown(by: viewer, until: "box$ ").contains("recorded"))
        #expect(try await stage.archive.seal(stage.session) == [])
        #expect(stage.disk.paths == [])
    }

    @Test("A spare is not recorded; once it is a session's, what it showed before is where the recording begins")
    func spare() async throws {
        let stage = try Stage(.init(.output))
        await stage.agents.leavePrompt(at: 0, of: stage.machine.id)
        let spare = try Stage.machine(1, of: nil)
        let probed = TerminalHub(
            connector: FakeHypervisor(),
            agents: FakeAgents(
                shell: FakeShell(prompt: "box$ ") { $0.hasSuffix("echo s$((40+2))g") ? "s42g" : "you said \($0)" }
            ),
            recordings: stage.archive,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        )
        try await probed.waitUntilAnswering(spare, within: .seconds(20))
        #expect(stage.disk.paths == [])
        try await probed.waitUntilAnswering(stage.machine, within: .seconds(20))
        #expect(stage.disk.paths == [], "nobody has looked")
        _ = try await probed.attach(.init(spare.id, .shell(0)))
        let cast = try await stage.sealed()
        #expect(cast.text() == "\u{1B}cbox$ ", "the probing is not part of it")
    }

    @Test("With fresh machines the terminal's recording goes on, with a mark and a clear screen")
    func reset() async throws {
        let stage = try Stage(.init(.output))
        let viewer = try await stage.sit()
        try await stage.shown(by: viewer, until: "box$ ")
        await stage.archive.mark("reset", in: stage.session)
        try await stage.hub.moveTerminals(from: stage.machine.id, to: Stage.machine(2, of: stage.session))
        await stage.hub.type(Array("again\r".utf8), at: viewer)
        try await stage.shown(by: viewer, until: "you said again")
        let cast = try await stage.sealed()
        #expect(cast.markers == ["reset"])
        let fresh = try #require(cast.text().components(separatedBy: "\u{1B}c").last)
        #expect(fresh.contains("you said again"))
        #expect(try await stage.archive.recordings(of: stage.session).map(\.name.stem) == ["0"])
    }

    @Test("Sizes and lost connections are in the recording")
    func marks() async throws {
        let stage = try Stage(.init(.output))
        let viewer = try await stage.sit()
        try await stage.shown(by: viewer, until: "box$ ")
        await stage.hub.resize(viewer, to: WindowSize(columns: 120, rows: 40))
        await stage.agents.dropConnections(of: stage.machine.id)
        await stage.hub.type(Array("back\r".utf8), at: viewer)
        try await stage.shown(by: viewer, until: "you said back")
        let cast = try await stage.sealed()
        #expect(cast.markers == ["reconnected"])
        #expect(cast.events.last { $0.kind == "r" }?.text == "120x40")
    }

    @Test("What is typed is recorded where the policy says so, but no answer to a question for a password")
    func input() async throws {
        let stage = try Stage(.init(.output, input: true))
        let viewer = try await stage.sit()
        #expect(try await stage.shown(by: viewer, until: "box$ ").contains("and what you type"))
        await stage.hub.type(Array("open\r".utf8), at: viewer)
        try await stage.shown(by: viewer, until: "you said open")
        stage.agents.takeSecret(true)
        await stage.hub.type(Array("hush\r".utf8), at: viewer)
        try await stage.shown(by: viewer, until: "you said hush")
        stage.agents.takeSecret(false)
        await stage.hub.type(Array("again\r".utf8), at: viewer)
        try await stage.shown(by: viewer, until: "you said again")
        let cast = try await stage.sealed()
        #expect(cast.events.filter { $0.kind == "i" }.map(\.text).joined() == "open\ragain\r")
        #expect(cast.markers == [RecordingNotice.withheld])
    }

    @Test("While a recording that is required cannot be written nobody can type, and all are told; then they go on")
    func required() async throws {
        let stage = try Stage(.init(.required))
        let viewer = try await stage.sit()
        await stage.hub.type(Array("one\r".utf8), at: viewer)
        try await stage.shown(by: viewer, until: "you said one")
        stage.refuse(true)
        await stage.hub.type(Array("two\r".utf8), at: viewer)
        try await stage.shown(by: viewer, until: "you said two")
        try await stage.passing("nobody was told") {
            await stage.archive.statuses(of: stage.session).values.contains { $0.state != .writing }
        }
        try await stage.shown(by: viewer, until: "what you type is not taken")
        await stage.hub.type(Array("three\r".utf8), at: viewer)
        stage.refuse(false)
        try await stage.passing("it is not written again") {
            await stage.archive.statuses(of: stage.session).values.allSatisfy { $0.state == .writing }
        }
        try await stage.shown(by: viewer, until: "go on")
        await stage.hub.type(Array("four\r".utf8), at: viewer)
        let shown = try await stage.shown(by: viewer, until: "you said four")
        #expect(!shown.contains("three"))
        let cast = try await stage.sealed()
        #expect(cast.text().contains("you said two") && cast.text().contains("you said four"))
        #expect(!cast.text().contains("three"))
    }

    @Test("Where it is required, nobody types a word before it is written")
    func requiredFirst() async throws {
        let stage = try Stage(.init(.required))
        stage.refuse(true)
        let viewer = try await stage.sit()
        await stage.hub.type(Array("early\r".utf8), at: viewer)
        try await stage.shown(by: viewer, until: "what you type is not taken")
        stage.refuse(false)
        try await stage.passing("it is not written") {
            await stage.archive.statuses(of: stage.session).values.allSatisfy { $0.state == .writing }
        }
        await stage.hub.type(Array("late\r".utf8), at: viewer)
        #expect(try await !stage.shown(by: viewer, until: "you said late").contains("early"))
    }

    @Test("Where it is not, people work on while it cannot be written, and are told once, and so is the engine")
    func unrecorded() async throws {
        let stage = try Stage(.init(.output))
        var troubles = await stage.archive.troubles().makeAsyncIterator()
        let viewer = try await stage.sit()
        try await stage.shown(by: viewer, until: "box$ ")
        try await stage.passing("nothing is written") {
            await stage.archive.statuses(of: stage.session).values.allSatisfy { $0.part > 0 }
        }
        for round in 1...2 {
            stage.refuse(true)
            await stage.hub.type(Array("round \(round)\r".utf8), at: viewer)
            try await stage.shown(by: viewer, until: "you said round \(round)")
            try await stage.passing("the recorder does not notice") {
                await stage.archive.statuses(of: stage.session).values.contains { $0.state != .writing }
            }
            if round == 1 { try await stage.shown(by: viewer, until: "not recorded at the moment") }
            stage.refuse(false)
            try await stage.passing("it is not written again") {
                await stage.archive.statuses(of: stage.session).values.allSatisfy { $0.state == .writing }
            }
        }
        let trouble = try #require(await troubles.next())
        #expect(trouble.session == stage.session && trouble.what.hasPrefix("box 0: the test refuses"))
        let cast = try await stage.sealed()
        #expect(cast.text().components(separatedBy: "not recorded at the moment").count == 2, "once")
        #expect(cast.text().contains("you said round 2"))
    }

    @Test("A disk that fails for one terminal stops no other one")
    func others() async throws {
        let stage = try Stage(.init(.required))
        stage.disk.judge { _, call in
            switch call {
            case .append(let path) where path.contains("/0."), .open(let path) where path.contains("/0."): .failure
            default: .success
            }
        }
        let stuck = try await stage.sit(at: 0)
        let viewer = try await stage.sit(at: 1)
        await stage.hub.type(Array("here\r".utf8), at: stuck)
        try await stage.shown(by: stuck, until: "what you type is not taken")
        await stage.hub.type(Array("there\r".utf8), at: viewer)
        try await stage.shown(by: viewer, until: "you said there")
        stage.disk.judge(nil)
    }

    @Test("In a terminal whose required recording is full nobody can type; in another they can")
    func full() async throws {
        let stage = try Stage(.init(.required, limit: ByteCount(bytes: 2048)))
        let viewer = try await stage.sit()
        await stage.hub.type(Array((String(repeating: "x", count: 3000) + "\r").utf8), at: viewer)
        try await stage.shown(by: viewer, until: "you said xxx")
        try await stage.passing("it is not full") {
            await stage.archive.statuses(of: stage.session).values.contains(where: \.isFull)
        }
        await stage.hub.type(Array("more\r".utf8), at: viewer)
        try await stage.shown(by: viewer, until: "use another terminal")
        let other = try await stage.sit(at: 1)
        await stage.hub.type(Array("more\r".utf8), at: other)
        try await stage.shown(by: other, until: "you said more")
    }

    @Test("After a restart the recording is continued, and says so")
    func restart() async throws {
        let stage = try Stage(.init(.output))
        let viewer = try await stage.sit()
        try await stage.shown(by: viewer, until: "box$ ")
        await stage.archive.close(within: .seconds(2))
        #expect(try await stage.archive.unsealed() == [stage.session])
        let again = try await stage.archive.recording(
            of: RecordingLabel(session: stage.session, machine: "box", terminal: .shell(0)),
            size: .usual,
        ) { _ in }
        again?.shown(Array("later".utf8))
        let cast = try await stage.sealed()
        #expect(cast.text().contains("box$ ") && cast.text().hasSuffix("later"))
        #expect(cast.markers.contains { $0.hasPrefix("recording resumed after") })
        #expect(try await stage.archive.unsealed() == [])
    }

    @Test("What a crash has left of a session is sealed, and sealing again is the same")
    func leftovers() async throws {
        let stage = try Stage(.init(.output))
        let viewer = try await stage.sit()
        try await stage.shown(by: viewer, until: "box$ ")
        await stage.archive.close(within: .seconds(2))
        let first = try await stage.archive.seal(stage.session)
        #expect(first.map(\.name.description) == ["box 0"])
        #expect(try await stage.archive.seal(stage.session) == first)
    }

    @Test("A recording can be fetched while it is written and when it is sealed, whole and from any place on")
    func fetched() async throws {
        let stage = try Stage(.init(.output))
        let name = RecordingName(machine: "box", terminal: "0")
        let viewer = try await stage.sit()
        // What is typed while it is not connected is cut off at a line's length.
        try await stage.shown(by: viewer, until: "box$ ")
        for number in 0..<20 {
            await stage.hub.type(Array("\(number) \(String(repeating: "x", count: 9000))\r".utf8), at: viewer)
            try await stage.shown(by: viewer, until: "you said \(number) ")
        }
        try await stage.passing("nothing is written") {
            try await stage.archive.recordings(of: stage.session).contains { $0.size.bytes > 300_000 }
        }
        for isSealed in [false, true] {
            if isSealed { _ = try await stage.archive.seal(stage.session) }
            let whole = try await stage.content(.cast, of: name)
            for offset in [0, 1, 65_535, 65_536, 200_000, whole.count - 1, whole.count] {
                #expect(try await stage.content(.cast, of: name, from: Int64(offset)) == Array(whole[offset...]))
            }
            await #expect(throws: Failure.self) {
                _ = try await stage.content(.cast, of: name, from: Int64(whole.count) + 1)
            }
        }
        #expect(try await stage.content(.signature, of: name).count == 64)
    }

    @Test("One recording that cannot be sealed keeps no other one from it; later it is sealed too")
    func sealingFails() async throws {
        let stage = try Stage(.init(.output))
        for number in 0...1 {
            let viewer = try await stage.sit(at: number)
            try await stage.shown(by: viewer, until: "box$ ")
        }
        stage.disk.judge { _, call in
            if case .rename(let path) = call, path.hasSuffix("/0.seal") { .failure } else { .success }
        }
        await #expect(throws: Failure.self) { try await stage.archive.seal(stage.session) }
        let states = try await stage.archive.recordings(of: stage.session).map(\.state)
        #expect(states.last == .sealed && states.first != .sealed)
        stage.disk.judge(nil)
        #expect(try await stage.archive.seal(stage.session).map(\.state) == [.sealed, .sealed])
    }

    @Test("The end of the service does not wait for a disk that hangs")
    func hanging() async throws {
        let stage = try Stage(.init(.output))
        let viewer = try await stage.sit()
        try await stage.shown(by: viewer, until: "box$ ")
        try await stage.passing("nothing is written") { stage.disk["/recordings/\(stage.session)/box/0.cast"] != nil }
        let gate = DispatchSemaphore(value: 0)
        stage.disk.judge { _, call in
            if case .sync = call { gate.wait() }
            return .success
        }
        let isOver = Mutex(false)
        let closing = Task {
            await stage.archive.close(within: .seconds(2))
            isOver.withLock { $0 = true }
        }
        try await stage.passing("the end waits for the disk") { isOver.withLock { $0 } }
        await closing.value
        stage.disk.judge(nil)
        gate.signal()
    }

    @Test("What is written, what the disk refuses and who looks on is counted, also once it is sealed")
    func figures() async throws {
        let stage = try Stage(.init(.output))
        let viewer = try await stage.sit()
        _ = try await stage.hub.attach(.init(stage.machine.id, .shell(0)), as: .watcher)
        try await stage.shown(by: viewer, until: "box$ ")
        let census = await stage.hub.census()
        #expect(census.terminals == 1 && census.drivers == 1 && census.watchers == 1)
        try await stage.passing("nothing is written") { await stage.archive.figures().added > 0 }
        stage.refuse(true)
        await stage.hub.type(Array("hello\r".utf8), at: viewer)
        try await stage.shown(by: viewer, until: "you said hello")
        try await stage.passing("nothing is stalled") { await stage.archive.figures().stalled == 1 }
        stage.refuse(false)
        try await stage.passing("it is stalled for ever") { await stage.archive.figures().writing == 1 }
        let sealed = try await stage.archive.seal(stage.session)
        let figures = await stage.archive.figures()
        #expect(figures.writing == 0 && figures.stalled == 0 && figures.lost == 0)
        #expect(sealed.map(\.size.bytes) == [figures.added])
    }
}

import Logging
import SessionModel
import TestKit
import Testing

@testable import Terminal

/// Terminals of an agent, as those see them who sit there.
@Suite("Terminals through the agent", .timeLimit(.minutes(1)))
struct ShellTests {
    private let hypervisor = FakeHypervisor(shell: FakeShell { "the console heard \($0)" })
    private let agents = FakeAgents(
        shell: FakeShell(prompt: "box$ ") { $0.hasSuffix("echo s$((40+2))g") ? "s42g" : "you said \($0)" }
    )
    private let hub: TerminalHub
    private let session = SessionFixtures.sessionID(1)
    private let machine: Machine

    init() throws {
        hub = TerminalHub(
            connector: hypervisor,
            agents: agents,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        )
        machine = try Self.machine(of: session)
    }

    private static func machine(of session: SessionID?, isFork: Bool = true) throws -> Machine {
        var generator = SystemRandomNumberGenerator()
        return Machine(
            id: MachineID(using: &generator),
            session: session,
            name: "box",
            specification: MachineSpecification(
                image: try #require(ImageID("debian-13")),
                vcpus: 1,
                cpuPercent: 100,
                memory: .mebibytes(512),
            ),
            fork: isFork ? Fork(SnapshotID(using: &generator)) : nil,
        )
    }

    /// Reads a view until it has shown something.
    @discardableResult
    private func shown(by viewer: TerminalViewer, until text: String) async throws -> String {
        var shown: [UInt8] = []
        while !String(decoding: shown, as: UTF8.self).contains(text) {
            shown += try #require(await viewer.nextBytes(), "the view ended")
        }
        return String(decoding: shown, as: UTF8.self)
    }

    private func sit(at number: Int = 0) async throws -> TerminalViewer {
        try await hub.attach(try await hub.place(at: machine.id, .shell(number)))
    }

    @Test("A fork answers at its first terminal; the prompt that was left there is what people find, not the probe")
    func probe() async throws {
        await agents.leavePrompt(at: 0, of: machine.id)
        try await hub.waitUntilAnswering(machine, within: .seconds(20))
        let viewer = try await sit()
        await hub.type(Array("hello\r".utf8), at: viewer)
        let shown = try await shown(by: viewer, until: "you said hello")
        #expect(shown.hasPrefix("box$ hello") && !shown.contains("42"))
        // Nobody has asked for its console.
        try await hypervisor.start(machine)
        try await hypervisor.withConsole(machine.id) { _ in }
    }

    @Test("A fork whose agent keeps silent is given up in time")
    func silent() async throws {
        await agents.keepSilent()
        let failure = await #expect(throws: Failure.self) {
            try await hub.waitUntilAnswering(machine, within: .milliseconds(200))
        }
        #expect(failure?.code == .guestSilent)
        await hub.forget(machine.id)
    }

    @Test("A cold machine and a template answer at the console, and nobody opens a terminal of their agent")
    func cold() async throws {
        let cold = try Self.machine(of: session, isFork: false)
        try await hypervisor.start(cold)
        await hypervisor.use(FakeShell { _ in "s42g" })
        try await hub.waitUntilAnswering(cold, within: .seconds(20))
        #expect(await agents.sizes(at: 0, of: cold.id).isEmpty)
        await hub.forget(cold.id)
    }

    @Test("An adopted machine costs nothing until somebody attaches")
    func adopted() async throws {
        await hub.adopt(machine)
        #expect(await !agents.isAttached(0, of: machine.id))
        let viewer = try await sit(at: 2)
        try await shown(by: viewer, until: "box$ ")
        #expect(await !agents.isAttached(0, of: machine.id))
        #expect(await agents.isAttached(2, of: machine.id))
    }

    @Test("What is typed while the agent is away is typed once, in order, when it is back; the shell is the same")
    func lost() async throws {
        await hub.adopt(machine)
        let viewer = try await sit()
        try await shown(by: viewer, until: "box$ ")
        await agents.keepSilent()
        await agents.dropConnections(of: machine.id)
        for word in ["one", "two", "three"] { await hub.type(Array("\(word)\r".utf8), at: viewer) }
        await agents.answer()
        let shown = try await shown(by: viewer, until: "you said three")
        for word in ["one", "two", "three"] { #expect(shown.components(of: "you said \(word)") == 1) }
    }

    @Test("When the shell is over a line says so, and the next key starts a new one")
    func over() async throws {
        await hub.adopt(machine)
        let viewer = try await sit()
        try await shown(by: viewer, until: "box$ ")
        await agents.endShell(at: 0, of: machine.id)
        try await shown(by: viewer, until: "the shell has ended")
        #expect(await !agents.isAttached(0, of: machine.id))
        await hub.type(Array("x".utf8), at: viewer)
        try await shown(by: viewer, until: "box$ ")
        await hub.type(Array("again\r".utf8), at: viewer)
        #expect(try await !shown(by: viewer, until: "you said again").contains("xagain"))
    }

    @Test("A window's size reaches the shell, on attaching and later; the last one counts")
    func size() async throws {
        await hub.adopt(machine)
        let size = WindowSize(columns: 120, rows: 40)
        let viewer = try await hub.attach(.init(machine.id, .shell(0)), size: size)
        try await shown(by: viewer, until: "box$ ")
        await hub.resize(viewer, to: .usual)
        #expect(await agents.sizes(at: 0, of: machine.id) == [size, .usual])
    }

    @Test("After a restart the shell is the same, and what runs there is made to draw its screen")
    func restarted() async throws {
        await hub.adopt(machine)
        let viewer = try await sit()
        try await shown(by: viewer, until: "box$ ")
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let next = TerminalHub(connector: hypervisor, agents: agents, logger: logger)
        await next.adopt(machine)
        let again = try await next.attach(.init(machine.id, .shell(0)))
        await next.type(Array("here\r".utf8), at: again)
        try await shown(by: again, until: "you said here")
        let smaller = WindowSize(columns: WindowSize.usual.columns, rows: WindowSize.usual.rows - 1)
        #expect(await agents.sizes(at: 0, of: machine.id).contains(smaller))
        #expect(await agents.sizes(at: 0, of: machine.id).last == .usual)
        await hub.forget(machine.id)
        await next.forget(machine.id)
    }

    @Test("Everybody is moved to the same terminal of the new machine, where a fresh prompt is, and types there")
    func moved() async throws {
        await hub.adopt(machine)
        let viewers = [try await sit(), try await sit(), try await sit(at: 3)]
        for viewer in viewers { try await shown(by: viewer, until: "box$ ") }
        await hub.type(Array("half a li".utf8), at: viewers[0])
        let next = try Self.machine(of: session)
        await agents.leavePrompt(at: 0, of: next.id)
        try await hub.waitUntilAnswering(next, within: .seconds(20))
        await hub.moveTerminals(from: machine.id, to: next)
        for (viewer, word) in zip(viewers, ["a", "b", "c"]) {
            let clear = String(decoding: NoticeText.clear, as: UTF8.self)
            #expect(try await shown(by: viewer, until: "\(clear)box$ ").contains(clear))
            await hub.type(Array("\(word)\r".utf8), at: viewer)
            try await shown(by: viewer, until: "you said \(word)")
        }
        #expect(await agents.isAttached(3, of: next.id))
        // The old one is forgotten, and what is said to the session reaches all of them.
        await #expect(throws: Failure.self) { try await hub.place(at: machine.id) }
        await hub.tell(session, .timeLeft(.seconds(60)))
        for viewer in viewers { try await shown(by: viewer, until: "1 minute left") }
        for viewer in viewers { await hub.detach(viewer) }
        await hub.forget(next.id)
    }

    @Test("Once input is closed nothing is typed, not even at a terminal that is opened later")
    func closedInput() async throws {
        await hub.adopt(machine)
        let viewer = try await sit()
        try await shown(by: viewer, until: "box$ ")
        await hub.closeInput(of: session)
        let late = try await sit(at: 1)
        try await shown(by: late, until: "box$ ")
        for one in [viewer, late] { await hub.type(Array("word\r".utf8), at: one) }
        await hub.forget(machine.id)
        while let bytes = await viewer.nextBytes() {
            #expect(!String(decoding: bytes, as: UTF8.self).contains("word"))
        }
        while let bytes = await late.nextBytes() { #expect(!String(decoding: bytes, as: UTF8.self).contains("word")) }
    }

    @Test("A spare that became a session's hears what is said to the session")
    func claimed() async throws {
        let spare = Machine(
            id: machine.id,
            session: nil,
            name: machine.name,
            specification: machine.specification,
            fork: machine.fork,
        )
        try await hub.waitUntilAnswering(spare, within: .seconds(20))
        await hub.adopt(machine)
        let viewer = try await sit()
        await hub.tell(session, .paused)
        try await shown(by: viewer, until: "the session is paused")
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of text: String) -> Int {
        split(separator: text, omittingEmptySubsequences: false).count - 1
    }
}

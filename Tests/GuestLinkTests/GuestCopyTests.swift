import Foundation
import GuestLink
import Logging
import SessionModel
import TestKit
import Testing

/// What templates and their copies need of the agent, through the port.
@Suite("Templates and copies", .timeLimit(.minutes(1)))
struct GuestCopyTests {
    private let agent: RealAgent
    private let board: AgentSwitchboard
    private let machine: Machine

    init() async throws {
        agent = try RealAgent()
        try await agent.connect().close()
        board = AgentSwitchboard(logger: .silent) { [socket = agent.socket] _ in socket }
        machine = Machine(
            id: SessionFixtures.machineID(1),
            session: nil,
            role: .template,
            name: "box",
            specification: try SessionFixtures.specification(),
        )
    }

    private func contents(of file: String) throws -> String {
        try String(contentsOfFile: agent.root + file, encoding: .utf8)
    }

    /// Reads a terminal until it has shown a text.
    private func shown(at terminal: AgentTerminal, until isThere: (String) -> Bool) async throws -> String {
        var shown: [UInt8] = []
        for try await bytes in terminal.output {
            shown += bytes
            if isThere(String(decoding: shown, as: UTF8.self)) { break }
        }
        return String(decoding: shown, as: UTF8.self)
    }

    @Test("A settled template has its name and a shell with an unread prompt, and nobody is connected")
    func settle() async throws {
        let descriptors = try agent.descriptors()
        let contents = try await board.settle(machine, within: .seconds(40))
        #expect(try self.contents(of: "/etc/hostname") == "box\n")
        #expect(contents.services.count <= 1)
        // The terminal of the shell stays, the connection does not.
        try await eventually("a connection stays") { try agent.descriptors() <= descriptors + 1 }

        let terminal = try await board.openTerminal(0, of: machine.id, size: .usual)
        #expect(!terminal.isNew)
        let prompt = try await shown(at: terminal) { $0.hasSuffix("# ") || $0.hasSuffix("$ ") }
        #expect(!prompt.contains("sleep") && !prompt.contains("42"))
    }

    @Test("A template that does not get there is given up in time, and nobody stays connected")
    func unsettled() async throws {
        let dead = try await FakeAgent { conversation in try await conversation.drain() }
        let board = AgentSwitchboard(logger: .silent) { [socket = dead.socket] _ in socket }
        let start = ContinuousClock.now
        let failure = await #expect(throws: Failure.self) {
            try await board.settle(machine, within: .milliseconds(300))
        }
        #expect(failure?.code == .guestSilent)
        #expect(ContinuousClock.now - start < .seconds(15))
    }

    @Test("An identity is taken as a whole, over and over")
    func identify() async throws {
        let identity = MachineIdentity(
            hostname: "web-1",
            machineID: Array(0..<16),
            entropy: Array(repeating: 7, count: 32),
        )
        for _ in 0..<2 { try await board.identify(identity, in: machine.id, within: .seconds(20)) }
        #expect(try contents(of: "/etc/hostname") == "web-1\n")
        #expect(try contents(of: "/etc/machine-id") == "000102030405060708090a0b0c0d0e0f\n")
    }

    @Test("Every step that fails is named")
    func failedStep() async throws {
        // A folder where its file should be.
        try FileManager.default.createDirectory(
            atPath: agent.root + "/etc/hostname/taken",
            withIntermediateDirectories: true,
        )
        let failure = await #expect(throws: Failure.self) {
            try await board.identify(
                MachineIdentity(hostname: "web-1", entropy: []),
                in: machine.id,
                within: .seconds(20),
            )
        }
        #expect(failure?.code == .guestSilent)
        #expect(failure?.message.contains("hostname") == true)
    }

    @Test("An agent that does not take the identity in time is given up")
    func lateIdentity() async throws {
        let slow = try await FakeAgent { conversation in
            try await conversation.greet()
            try await conversation.drain()
        }
        let board = AgentSwitchboard(logger: .silent) { [socket = slow.socket] _ in socket }
        let failure = await #expect(throws: Failure.self) {
            try await board.identify(MachineIdentity(entropy: [1]), in: machine.id, within: .milliseconds(200))
        }
        #expect(failure?.code == .guestSilent)
    }

    @Test("That a secret is typed is told with what is shown, and its end too")
    func secret() async throws {
        let terminal = try await board.openTerminal(6, of: machine.id, size: .usual)
        _ = try await terminal.write(Array("stty -echo; sleep 0.2; echo on-$((1+1)); read -r word\r".utf8))
        _ = try await shown(at: terminal) { $0.contains("on-2") }
        #expect(terminal.takesSecret())
        _ = try await terminal.write(Array("hush\rstty echo; sleep 0.2; echo $word-$((1+1))\r".utf8))
        #expect(try await !shown(at: terminal) { $0.contains("hush-2") }.contains("hush\r"))
        #expect(!terminal.takesSecret())
        await terminal.close()
    }

    @Test("A terminal is lost with its connection and found again, with what was typed meanwhile exactly once")
    func reopened() async throws {
        let first = try await board.openTerminal(5, of: machine.id, size: WindowSize(columns: 90, rows: 30))
        #expect(first.isNew)
        _ = try await first.write(Array("stty size; word=found\r".utf8))
        _ = try await shown(at: first) { $0.contains("30 90") }
        await board.forget(machine.id)
        await #expect(throws: Failure.self) { _ = try await first.write([0x78]) }

        let second = try await board.openTerminal(5, of: machine.id, size: .usual)
        #expect(!second.isNew)
        _ = try await second.write(Array("echo $((1+1)) $word; stty size\r".utf8))
        #expect(try await shown(at: second) { $0.contains("24 80") }.contains("2 found"))
        _ = try await second.write(Array("exit\r".utf8))
        for try await _ in second.output {}
        #expect(try await second.isShellOver())
    }

    @Test("Files and folders go in and out through the port, and a failure says what went wrong")
    func copies() async throws {
        let folder = agent.root + "/copies"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let put = try await board.start(GuestCopy.put(path: "\(folder)/a", mode: 0o640, user: "root"), in: machine.id)
        try await put.write([UInt8](repeating: 7, count: 300_000))
        await put.finishInput()
        #expect(try await put.end() == .exited(0))
        let get = try await board.start(GuestCopy.get(path: "\(folder)/a"), in: machine.id)
        #expect(try await get.output.reduce(0) { $0 + $1.count } == 300_000)
        #expect(try await get.end() == .exited(0))
        #expect(get.mode == 0o640)

        let pack = try await board.start(
            GuestCopy.pack(directory: agent.root, members: ["copies"], user: "root"),
            in: machine.id,
        )
        let archive = try await pack.output.reduce(into: [UInt8]()) { $0 += $1 }
        try FileManager.default.createDirectory(atPath: agent.root + "/there", withIntermediateDirectories: true)
        let unpack = try await board.start(
            GuestCopy.unpack(directory: agent.root + "/there", user: "root"),
            in: machine.id,
        )
        try await unpack.write(archive)
        await unpack.finishInput()
        #expect(try await unpack.end() == .exited(0))
        #expect(FileManager.default.fileExists(atPath: agent.root + "/there/copies/a"))

        for (copy, code) in [
            (GuestCopy.get(path: "/nonexistent"), FailureCode.notFound), (.get(path: "relative"), .invalidInput),
            (.put(path: "/nonexistent/x", mode: 0o644, user: "root"), .notFound),
        ] {
            let failure = await #expect(throws: Failure.self) { _ = try await board.start(copy, in: machine.id) }
            #expect(failure?.code == code)
        }
        let refused = await #expect(throws: Failure.self) { _ = try await board.connect(to: 1, in: machine.id) }
        #expect(refused?.code == .portClosed)
    }
}

import Foundation
import GuestLink
import Logging
import SessionModel
import Synchronization
import TestKit
import Testing

@Suite("The switchboard", .timeLimit(.minutes(1)))
struct AgentSwitchboardTests {
    private static let machine: MachineID = {
        var generator = SystemRandomNumberGenerator()
        return MachineID(using: &generator)
    }()

    /// A switchboard whose one machine's agent is the given one, once that listens.
    private static func start(_ agent: RealAgent, idle: Duration = .seconds(60)) async throws -> AgentSwitchboard {
        try await agent.connect().close()
        // Not the agent itself, which would live as long as the board still waits for its idleness.
        return AgentSwitchboard(idleLimit: idle, logger: .silent) { [socket = agent.socket] _ in socket }
    }

    /// Runs a program to its end.
    private static func run(
        _ program: GuestProgram,
        input: [UInt8] = [],
        on board: AgentSwitchboard,
    ) async throws -> (end: ProgramEnd, output: String, errors: String) {
        let running = try await board.start(program, in: machine)
        async let output = text(running.output)
        async let errors = text(running.errors)
        try await running.write(input)
        await running.finishInput()
        let (said, complained) = (try await output, try await errors)
        return (try await running.end(), said, complained)
    }

    private static func text(_ bytes: AsyncThrowingStream<[UInt8], any Error>) async throws -> String {
        String(decoding: try await bytes.reduce(into: [UInt8]()) { $0 += $1 }, as: UTF8.self)
    }

    @Test("A program has input, two outputs, a folder, an environment and an end")
    func whole() async throws {
        let agent = try RealAgent()
        let board = try await Self.start(agent)
        let said = try await Self.run(
            GuestProgram(
                ["sh", "-c", "cat; echo $WORD; pwd; echo no >&2; exit 7"],
                environment: ["WORD": "w"],
                directory: "/",
            ),
            input: Array("in\n".utf8),
            on: board,
        )
        #expect(said == (.exited(7), "in\nw\n/\n", "no\n"))
        #expect(try await Self.run(GuestProgram(["sh", "-c", "kill -9 $$"]), on: board).end == .signalled(9))
        let endless = GuestProgram(["sleep", "60"], timeLimit: .milliseconds(50))
        #expect(try await Self.run(endless, on: board).end == .timedOut)
        // It reads nothing of what it is given.
        let deaf = try await Self.run(GuestProgram(["true"]), input: Array(repeating: 65, count: 1 << 20), on: board)
        #expect(deaf.end == .exited(0))
    }

    @Test("Those who work in one guest at once share a connection, and closing a program kills it alone")
    func shared() async throws {
        let agent = try RealAgent()
        let board = try await Self.start(agent)
        let sleeping = try await board.start(GuestProgram(["sleep", "20"]), in: Self.machine)
        let ends = try await withThrowingTaskGroup(of: ProgramEnd.self) { group in
            for _ in 0..<20 { group.addTask { try await Self.run(GuestProgram(["true"]), on: board).end } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ends == Array(repeating: .exited(0), count: 20))
        #expect(try agent.descendants() == ["sleep"])
        await sleeping.close()
        try await eventually("it goes on") { try agent.descendants().isEmpty }
    }

    @Test("After an agent has gone, the next one is reached")
    func restart() async throws {
        var agent = try RealAgent()
        let (sockets, names) = (FileManager.default.temporaryDirectory.path(), UUID().uuidString.prefix(8))
        let link = "\(sockets)/sgl-\(names)"
        defer { try? FileManager.default.removeItem(atPath: link) }  // What stays is in nobody's way.
        let board = AgentSwitchboard(logger: .silent) { _ in link }
        for _ in 0..<2 {
            try await agent.connect().close()
            try? FileManager.default.removeItem(atPath: link)  // There is none the first time.
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: agent.socket)
            #expect(try await Self.run(GuestProgram(["true"]), on: board).end == .exited(0))
            let running = try await board.start(GuestProgram(["sleep", "20"]), in: Self.machine)
            agent = try RealAgent()
            let failure = await #expect(throws: Failure.self) { try await running.end() }
            #expect(failure?.code == .guestSilent)
        }
    }

    @Test("Where there is no port it fails at once, and names no path of the host")
    func none() async throws {
        let board = AgentSwitchboard(logger: .silent) { _ in "/nonexistent/agent.sock" }
        for _ in 0..<2 {
            let failure = await #expect(throws: Failure.self) { try await board.requireAgent(in: Self.machine) }
            #expect(failure?.code == .guestSilent)
            #expect(failure?.message.contains("/nonexistent") == false)
        }
    }

    @Test("A port that is not there is looked for more and more rarely")
    func patience() async throws {
        let attempts = Mutex(0)
        let board = AgentSwitchboard(logger: .silent) { _ in
            attempts.withLock { $0 += 1 }
            return "/nonexistent/agent.sock"
        }
        let start = ContinuousClock.now
        await #expect(throws: Failure.self) { try await board.requireAgent(in: Self.machine) }
        #expect(ContinuousClock.now - start > .seconds(4))
        // 20, 40, … 320 ms, then every half second; every 20 ms it would be ten times as many.
        #expect(attempts.withLock { $0 } <= 16)
    }

    @Test("A guest in which nobody answers is given up within seconds, once for all who wait")
    func silent() async throws {
        let connections = Mutex(0)
        let agent = try await FakeAgent { conversation in
            connections.withLock { $0 += 1 }
            try await conversation.drain()
        }
        let board = AgentSwitchboard(logger: .silent) { [socket = agent.socket] _ in socket }
        let start = ContinuousClock.now
        await withTaskGroup { group in
            for _ in 0..<5 {
                group.addTask {
                    let failure = await #expect(throws: Failure.self) { try await board.requireAgent(in: Self.machine) }
                    #expect(failure?.code == .guestSilent)
                }
            }
        }
        // One after the other they would wait for 25 s.
        #expect(ContinuousClock.now - start < .seconds(20))
        #expect(connections.withLock { $0 } == 1)
    }

    @Test("A connection that nobody uses is closed, one with a program is not")
    func idle() async throws {
        let agent = try RealAgent()
        let board = try await Self.start(agent, idle: .milliseconds(50))
        let quiet = try agent.descriptors()
        let sleeping = try await board.start(GuestProgram(["sleep", "20"]), in: Self.machine)
        // Polled: time has to pass for nothing to happen.
        try await Task.sleep(for: .milliseconds(300))
        #expect(try agent.descendants() == ["sleep"])
        await sleeping.close()
        try await eventually("the connection stays") { try agent.descriptors() <= quiet }
        #expect(try await Self.run(GuestProgram(["true"]), on: board).end == .exited(0))
    }
}

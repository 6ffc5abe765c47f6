import Foundation
import GuestProtocol
import TestKit
import Testing

@testable import GuestLink

@Suite("Beginning anew", .timeLimit(.minutes(1)))
struct ResyncTests {
    @Test(
        "A host that vanished in the middle of a frame does not confuse the next one",
        arguments: [1, 11, 12, 13, 500],
    )
    func vanished(length: Int) async throws {
        let agent = try RealAgent()
        let first = try await agent.connect()
        await first.say(Array(Self.longFrame.prefix(length)))
        await first.close()
        let second = try await agent.connect()
        #expect(try await second.run(GuestCommand(["echo", "back"])).output == Array("back\n".utf8))
        await second.close()
    }

    @Test(
        "An agent left in the middle of a frame, without noticing, is flushed and found again",
        arguments: [1, 12, 500, 65_547],
    )
    func stuck(length: Int) async throws {
        let agent = try RealAgent()
        var patience = GuestConnection.Patience()
        patience.greetingInterval = .milliseconds(100)
        let connection = try await agent.connect(patience: patience)
        await connection.say(Array(Self.longFrame.prefix(length)))
        try await connection.resync(within: .seconds(20))
        #expect(try await connection.run(GuestCommand(["echo", "back"])).output == Array("back\n".utf8))
        await connection.close()
    }

    @Test("An agent that was sent nonsense waits for a hello", arguments: 0..<20 as Range<UInt64>)
    func nonsense(seed: UInt64) async throws {
        let agent = try RealAgent()
        var patience = GuestConnection.Patience()
        patience.greetingInterval = .milliseconds(100)
        let connection = try await agent.connect(patience: patience)
        let terminal = try await connection.openTerminal(
            number: 0,
            user: "root",
            size: TerminalSize(columns: 80, rows: 24),
        )
        #expect(terminal.isNew)
        var random = SystemRandomNumberGenerator()
        let garbage = (0..<Int(1_000 * (seed + 1))).map { _ in UInt8.random(in: 0...255, using: &random) }
        await connection.say(garbage)
        try await connection.resync(within: .seconds(20))
        // The shell has not noticed anything.
        let again = try await connection.openTerminal(
            number: 0,
            user: "root",
            size: TerminalSize(columns: 80, rows: 24),
        )
        #expect(!again.isNew)
        #expect(try agent.status("VmRSS") < 2_048)
        await connection.close()
    }

    @Test("A host that breaks its promises to the agent is not obeyed until it says hello")
    func overrun() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let stream = try await connection.start(GuestCommand(["sleep", "300"]))
        // All that was granted, and then what may have been granted since, and more.
        try await stream.write([UInt8](repeating: 7, count: Int(GuestLimits.initialWindow)))
        let data = Frame(stream: 1, type: .data, channel: 0, payload: [UInt8](repeating: 7, count: 65_536)).bytes
        for _ in 0...GuestLimits.initialWindow / 65_536 { await connection.say(data) }
        try await eventually("the agent has let go of the program") { try agent.children().isEmpty }
        #expect(try agent.status("VmRSS") < 3_072)
        let silence = await #expect(throws: GuestLinkFailure.self) {
            try await connection.ping(within: .milliseconds(200))
        }
        #expect(silence?.code == .silent)
        try await connection.resync()
        _ = try await connection.ping()
        await #expect(throws: GuestLinkFailure.self) { try await stream.outcome() }
        await connection.close()
    }

    @Test("Another hello ends programs and requests with a failure, and what is opened after it works")
    func void() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let stream = try await connection.start(GuestCommand(["sleep", "300"]))
        let reader = Task { try await stream.output.collect(upTo: 10).bytes }
        try await connection.resync()
        let failure = await #expect(throws: GuestLinkFailure.self) { try await reader.value }
        #expect(failure?.code == .void)
        try await eventually("the program is gone") { try agent.children().isEmpty }
        #expect(try await connection.run(GuestCommand(["true"])).end == .exited(0))
        await connection.close()
    }

    private static let longFrame = Frame(
        stream: 99,
        type: .data,
        channel: 0,
        payload: [UInt8](repeating: 0x68, count: 65_536),
    ).bytes
}

extension GuestConnection {
    /// Says something that may be no frame.
    fileprivate func say(_ bytes: [UInt8]) {
        write(bytes)
        flush()
    }
}

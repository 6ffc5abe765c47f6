import GuestLink
import GuestProtocol
import Logging
import SessionModel
import Synchronization
import Testing

@Suite("The clocks of guests", .timeLimit(.minutes(1)))
struct GuestClockTests {
    private static let machine: MachineID = {
        var generator = SystemRandomNumberGenerator()
        return MachineID(using: &generator)
    }()

    /// An agent that takes longer than its clock may be off, each time it is asked for an identity.
    ///
    /// - Parameter answer: What it says to which request, from 1.
    /// - Returns: The agent.
    /// - Throws: When it cannot listen.
    private static func slow(
        _ answer: @escaping @Sendable (Int) -> [GuestReport.Item]
    ) async throws -> FakeAgent {
        try await FakeAgent { conversation in
            try await conversation.greet()
            var asked = 0
            while let frame = try await conversation.next() {
                guard frame.type == .identify else { continue }
                asked += 1
                let request = try IdentifyRequest(payload: frame.payload)
                #expect(request.wallClockNanoseconds > 0)
                #expect(request.hostname == (asked == 1 ? Array("box".utf8) : []))
                // Polled: more time must have passed than its clock may be off.
                try await Task.sleep(for: .milliseconds(150))
                try await conversation.send(
                    Frame(type: .report, GuestReport(request: request.request, items: answer(asked)))
                )
            }
        }
    }

    private static func identify(_ agent: FakeAgent, _ log: LogRecorder) async throws {
        let board = AgentSwitchboard(logger: log.logger) { [socket = agent.socket] _ in socket }
        // Where other tests keep the processors busy, the greeting may take longer than the board is patient.
        while true {
            do {
                try await board.requireAgent(in: machine)
                break
            } catch let failure as Failure where failure.code == .guestSilent {
                try Task.checkCancellation()
            }
        }
        let identity = MachineIdentity(hostname: "box", entropy: [1])
        try await board.identify(identity, in: machine, within: .seconds(40))
    }

    @Test("A guest that never answers soon enough is let go on, and the log says by how much its clock may be late")
    func late() async throws {
        let asked = Mutex(0)
        let agent = try await Self.slow { count in
            asked.withLock { $0 = count }
            return [.init(Array("clock".utf8), .done)]
        }
        let log = LogRecorder()
        try await Self.identify(agent, log)
        #expect(asked.withLock { $0 } == 5)
        #expect(log.lines.count == 1)
        let line = try #require(log.lines.first)
        #expect(line.contains("\(Self.machine)") && line.contains("late.atMost"))
    }

    @Test("A clock that cannot be set again is a failure, as it is the first time", arguments: [1, 2, 5])
    func unset(attempt: Int) async throws {
        let agent = try await Self.slow { count in
            [.init(Array("clock".utf8), count == attempt ? .failed : .done, value: 1)]
        }
        let log = LogRecorder()
        let failure = await #expect(throws: Failure.self) { try await Self.identify(agent, log) }
        #expect(failure?.code == .guestSilent)
        #expect(failure?.message.contains("clock") == true)
        #expect(log.lines == [])
    }

    @Test("One that answers nonsense when it is asked is told apart from one that is silent")
    func nonsense() async throws {
        let agent = try await FakeAgent { conversation in
            try await conversation.greet()
            while let frame = try await conversation.next() {
                guard frame.type == .identify else { continue }
                try await conversation.send(bytes: [UInt8](repeating: 0xFF, count: 4_096))
            }
        }
        let failure = await #expect(throws: Failure.self) { try await Self.identify(agent, LogRecorder()) }
        #expect(failure?.code == .guestSilent)
        #expect(failure?.message == "the guest's agent broke the protocol")
    }
}

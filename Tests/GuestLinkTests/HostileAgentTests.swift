import GuestLink
import GuestProtocol
import SessionModel
import Testing

/// What a guest's root puts in the agent's place must not harm the host.
@Suite("A hostile agent", .timeLimit(.minutes(1)))
struct HostileAgentTests {
    private static let size = TerminalSize(columns: 80, rows: 24)

    @Test("One that never answers is given up in time")
    func silent() async throws {
        let agent = try await FakeAgent { try await $0.drain() }
        var patience = GuestConnection.Patience()
        patience.greetingInterval = .milliseconds(50)
        let failure = await #expect(throws: GuestLinkFailure.self) {
            try await GuestConnection.connect(to: agent.socket, within: .milliseconds(400), patience: patience)
        }
        #expect(failure?.code == .silent)
        #expect(failure?.failure.code == .guestSilent)
    }

    @Test("One that never reads makes nobody wait longer, nor hold more")
    func deaf() async throws {
        let agent = try await FakeAgent { _ in
            // Until the test is over, which cancels the wait.
            let (never, holder) = AsyncStream<Void>.makeStream()
            for await _ in never {}
            holder.finish()
        }
        var patience = GuestConnection.Patience()
        patience.greetingInterval = .milliseconds(1)
        let failure = await #expect(throws: GuestLinkFailure.self) {
            try await GuestConnection.connect(to: agent.socket, within: .milliseconds(300), patience: patience)
        }
        #expect(failure?.code == .silent)
    }

    @Test("One that was started anew says so, and nobody waits for what the last one was doing")
    func restarted() async throws {
        let agent = try await FakeAgent { conversation in
            try await conversation.greet()
            _ = try await conversation.open()
            let nobody = [UInt8](repeating: 0, count: GuestLimits.nonceSize)
            try await conversation.send(FakeAgent.Conversation.acknowledgement(of: nobody))
            try await conversation.drain()
        }
        let connection = try await GuestConnection.connect(to: agent.socket)
        let failure = await #expect(throws: GuestLinkFailure.self) {
            try await connection.run(GuestCommand(["sleep", "1000"]))
        }
        #expect(failure?.code == .gone)
    }

    @Test("One that answers garbage without end is given up")
    func garbage() async throws {
        let agent = try await FakeAgent { conversation in
            while true { try await conversation.send(bytes: [UInt8](repeating: 0x61, count: 65_536)) }
        }
        let failure = await #expect(throws: GuestLinkFailure.self) {
            try await GuestConnection.connect(to: agent.socket, within: .seconds(30))
        }
        #expect(failure?.code == .nonsense)
    }

    @Test("Garbage and stale answers before the right one do no harm")
    func stale() async throws {
        let agent = try await FakeAgent { conversation in
            try await conversation.send(bytes: [UInt8](repeating: 0x68, count: 100_000))
            try await conversation.send(FakeAgent.Conversation.acknowledgement(of: [UInt8](repeating: 9, count: 16)))
            try await conversation.greet()
            while let frame = try await conversation.next() {
                if frame.type == .ping {
                    try await conversation.send(Frame(stream: 0, type: .pong, payload: frame.payload))
                }
            }
        }
        let connection = try await GuestConnection.connect(to: agent.socket)
        _ = try await connection.ping()
        #expect(try await connection.greeting.bootID == nil)
        await connection.close()
    }

    @Test("One of another version is told apart")
    func version() async throws {
        let agent = try await FakeAgent { conversation in
            try await conversation.greet(version: GuestLimits.version + 1)
            try await conversation.drain()
        }
        let failure = await #expect(throws: GuestLinkFailure.self) {
            try await GuestConnection.connect(to: agent.socket)
        }
        #expect(failure?.code == .version)
    }

    @Test("A socket nobody listens at is a failure at once")
    func nobody() async throws {
        let failure = await #expect(throws: GuestLinkFailure.self) {
            try await GuestConnection.connect(to: "/nowhere/port")
        }
        #expect(failure?.code == .unreachable)
    }

    @Test("One that sends beyond its credit is disconnected, and no more than a window is held")
    func overrun() async throws {
        let agent = try await FakeAgent { conversation in
            try await conversation.greet()
            let stream = try await conversation.open()
            let data = Frame(stream: stream, type: .data, channel: 1, payload: [UInt8](repeating: 7, count: 65_536))
            for _ in 0...GuestLimits.initialWindow / 65_536 { try await conversation.send(data) }
            try await conversation.drain()
        }
        let connection = try await GuestConnection.connect(to: agent.socket)
        let stream = try await connection.start(GuestCommand(["anything"]))
        #expect(try await connection.failure().code == .nonsense)
        // What came before is still there, and is a window at most.
        var held = 0
        let failure = await #expect(throws: GuestLinkFailure.self) {
            for try await piece in stream.output { held += piece.count }
        }
        #expect(failure?.code == .nonsense)
        #expect(held == Int(GuestLimits.initialWindow))
    }

    @Test("What cannot come at this point disconnects", arguments: Nonsense.allCases)
    func unexpected(nonsense: Nonsense) async throws {
        let agent = try await FakeAgent { conversation in
            try await conversation.greet()
            let stream = try await conversation.open(.terminal(isNew: true, []))
            for frame in nonsense.frames(stream) { try await conversation.send(frame) }
            try await conversation.drain()
        }
        let connection = try await GuestConnection.connect(to: agent.socket)
        // Whether the opening is heard of before the nonsense is a matter of luck.
        let terminal = try? await connection.openTerminal(number: 0, user: "root", size: Self.size)
        #expect(try await connection.failure().code == .nonsense)
        if let terminal { await #expect(throws: GuestLinkFailure.self) { try await terminal.write([1]) } }
        await #expect(throws: GuestLinkFailure.self) { try await connection.ping() }
    }

    @Test("One that opens something else than was asked for is disconnected")
    func wrongOpening() async throws {
        let agent = try await FakeAgent { conversation in
            try await conversation.greet()
            _ = try await conversation.open(.terminal(isNew: true, []))
            try await conversation.drain()
        }
        let connection = try await GuestConnection.connect(to: agent.socket)
        let failure = await #expect(throws: GuestLinkFailure.self) {
            try await connection.start(GuestCommand(["true"]))
        }
        #expect(failure?.code == .nonsense)
    }

    @Test("One that does not open, answer or grant is waited for no longer than agreed")
    func lazy() async throws {
        let agent = try await FakeAgent { conversation in
            try await conversation.greet()
            try await conversation.drain()
        }
        var patience = GuestConnection.Patience()
        patience.opening = .milliseconds(100)
        patience.request = .milliseconds(100)
        let connection = try await GuestConnection.connect(to: agent.socket, patience: patience)
        let opening = await #expect(throws: GuestLinkFailure.self) {
            try await connection.start(GuestCommand(["true"]))
        }
        #expect(opening?.code == .silent)
        let asking = await #expect(throws: GuestLinkFailure.self) { try await connection.statistics() }
        #expect(asking?.code == .silent)
        let pinging = await #expect(throws: GuestLinkFailure.self) {
            try await connection.ping(within: .milliseconds(100))
        }
        #expect(pinging?.code == .silent)
        await connection.close()
    }

    @Test("Writing waits for credit, and can be cancelled")
    func noCredit() async throws {
        let agent = try await FakeAgent { conversation in
            try await conversation.greet()
            _ = try await conversation.open()
            try await conversation.drain()
        }
        let connection = try await GuestConnection.connect(to: agent.socket)
        let stream = try await connection.start(GuestCommand(["anything"]))
        try await stream.write([UInt8](repeating: 1, count: Int(GuestLimits.initialWindow)))
        let writer = Task { try await stream.write([1]) }
        writer.cancel()
        await #expect(throws: CancellationError.self) { try await writer.value }
        await connection.close()
    }

    @Test("Names and messages of a guest are shown as plain text")
    func escapes() async throws {
        let agent = try await FakeAgent { conversation in
            try await conversation.greet()
            while let frame = try await conversation.next() {
                guard frame.type == .open else { continue }
                let refusal = Refusal(.failed, Array("\u{1B}[2Jhello\n".utf8))
                try await conversation.send(Frame(stream: frame.stream, type: .refused, refusal))
            }
        }
        let connection = try await GuestConnection.connect(to: agent.socket)
        let failure = await #expect(throws: GuestLinkFailure.self) { try await connection.forward(port: 1) }
        #expect(failure?.message == "the guest: ?[2Jhello?")
        await connection.close()
    }

    /// Frames that break the rules after a terminal was opened.
    enum Nonsense: CaseIterable {
        case unknownStream, hello, pong, statistics, report, errors, secondOpening, secondExit, dataAfterExit,
            dataAfterEnd
        case closeFirst, credit, ping, badModes, modesFlood, badOutcome, secondClose

        func frames(_ stream: UInt32) -> [Frame] {
            let exit = Frame(stream: stream, type: .exit, Outcome(.exited))
            let data = Frame(stream: stream, type: .data, channel: 1, payload: [1])
            let end = Frame(stream: stream, type: .endOfFile, channel: 1)
            let close = Frame(stream: stream, type: .close)
            let credit = Frame(stream: stream, type: .credit, payload: [1, 0, 0, 0])
            return switch self {
            case .unknownStream: [Frame(stream: stream + 1, type: .data, channel: 1, payload: [1])]
            case .hello: [Frame(type: .hello, Hello(nonce: [UInt8](repeating: 1, count: 16)))]
            case .pong: [Frame(stream: 0, type: .pong, payload: [UInt8](repeating: 1, count: 8))]
            case .statistics: [Frame(type: .statistics, GuestStatistics(request: 1))]
            case .report: [Frame(type: .report, GuestReport(request: 1))]
            case .errors: [Frame(stream: stream, type: .data, channel: 2, payload: [1])]
            case .secondOpening: [Frame(stream: stream, type: .opened, Opened.plain)]
            case .secondExit: [exit, exit]
            case .dataAfterExit: [exit, data]
            case .dataAfterEnd: [end, data]
            case .closeFirst: [close]
            case .credit: [credit]
            case .ping: [Frame(stream: 0, type: .ping, payload: [UInt8](repeating: 1, count: 8))]
            case .badModes: [Frame(stream: stream, type: .opened, Opened.terminal(isNew: true, []))]
            case .modesFlood:
                [Frame](
                    repeating: Frame(stream: stream, type: .modes, TerminalModes.echo),
                    count: Int(GuestLimits.initialWindow / GuestLimits.modesCost) + 1,
                )
            case .badOutcome: [Frame(stream: stream, type: .exit, payload: [UInt8](repeating: 99, count: 8))]
            case .secondClose: [exit, close, close]
            }
        }
    }
}

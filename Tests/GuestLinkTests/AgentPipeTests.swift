import GuestLink
import Testing

@Suite("Bytes through the agent's pipes", .timeLimit(.minutes(1)))
struct AgentPipeTests {
    /// Bytes of which no two pieces of a frame's length are the same.
    private static let pattern = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 11) }

    @Test(
        "What a program says arrives whole and in order, in whatever pieces it is said",
        arguments: [1_000, 4_096, 8_191, 65_536, 1_000_000],
    )
    func output(piece: Int) async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let file = "\(agent.root)/pattern"
        try await connection.put(bytes: Self.pattern, at: file)
        var command = GuestCommand(["dd", "if=\(file)", "bs=\(piece)", "status=none"])
        command.outputLimit = Self.pattern.count
        // A limit is kept by copying; without one, what is said is moved.
        let limited = try await connection.run(command)
        #expect(limited.output == Self.pattern)
        command.outputLimit = nil
        let moved = try await connection.start(command).output.collect(upTo: 4_000_000)
        #expect(moved.bytes == Self.pattern)
        await connection.close()
    }

    @Test("Both outputs of a program and those of others are told apart")
    func several() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let file = "\(agent.root)/pattern"
        try await connection.put(bytes: Self.pattern, at: file)
        let script = "cat \(file) >&2 & dd if=\(file) bs=3000 status=none; wait"
        let programs = [
            try await connection.start(GuestCommand(["sh", "-c", script])),
            try await connection.start(GuestCommand(["sh", "-c", script])),
        ]
        for program in programs {
            async let output = program.output.collect(upTo: 4_000_000)
            async let errors = program.errors.collect(upTo: 4_000_000)
            let (said, complained) = (try await output.bytes, try await errors.bytes)
            #expect(said == Self.pattern)
            #expect(complained == Self.pattern)
        }
        await connection.close()
    }

    @Test("What a program reads arrives whole and in order, also one that reads slowly")
    func input() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        for command in [["cat"], ["sh", "-c", "head -c 5; sleep 0.2; exec dd bs=777 status=none"]] {
            let program = try await connection.start(GuestCommand(command))
            async let echoed = program.output.collect(upTo: 4_000_000)
            try await program.write(Self.pattern)
            await program.finishInput()
            let bytes = try await echoed.bytes
            #expect(bytes.count == Self.pattern.count)
            #expect(bytes == Self.pattern)
        }
        await connection.close()
    }

    @Test("A program that reads its own output away loses that alone")
    func thief() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let size = 200 * 65_536
        // While it is being said: pieces vanish that the agent has seen already.
        let script = """
            dd if=/dev/zero bs=64K count=200 status=none & dd=$!
            while kill -0 $dd 2>/dev/null; do
                dd if=/proc/self/fd/1 of=/dev/null bs=64K count=4 iflag=nonblock
            done
            wait
            """
        let program = try await connection.start(GuestCommand(["sh", "-c", script]))
        async let heard = program.output.reduce(0) { $0 + $1.count }
        let complaints = String(decoding: try await program.errors.collect(upTo: 10_000_000).bytes, as: UTF8.self)
        let stolen = complaints.split(separator: "\n").filter { $0.contains(" copied") }
            .compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }.reduce(0, +)
        #expect(stolen > 0, "nothing was stolen")
        #expect(try await heard == size - stolen)
        #expect(try await program.outcome().end == .exited(0))
        #expect(try await connection.run(GuestCommand(["echo", "alive"])).output == Array("alive\n".utf8))
        await connection.close()
    }
}

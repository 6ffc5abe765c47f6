import APIClient
import APIContract

/// A guest whose link is measured: its bare port, and the daemon's way into it.
struct LinkStage {
    private static let file = "/dev/shm/link"
    private static let rawFile = "/dev/shm/bare"
    private static let block = 1 << 20

    let client: SandglassClient
    let session: String
    let port: RawPort
    /// How much is moved each time; whole blocks.
    let bytes: Int

    /// Waits until the guest has found the port.
    func prepare() async throws {
        _ = try await client.output(of: "sh", "-c", "until [ -c \(RawPort.path) ]; do sleep 0.1; done", in: session)
    }

    /// Moves the same amount once on each way.
    ///
    /// - Returns: How long each took, in seconds, from the first byte to the last.
    /// - Throws: ``PrivateDaemon/Trouble`` when something does not arrive; what the client throws.
    func move() async throws -> [LinkFindings.Way: Double] {
        // One after the other, the floor beside what is compared with it.
        var times: [LinkFindings.Way: Double] = [:]
        times[.rawIn] = try await rawIn("of=/dev/null bs=1M count=\(blocks)")
        times[.rawIntoPipe] = try await rawIn("bs=128K count=\(blocks * 8)", then: "| cat >/dev/null")
        times[.input] = try await input()
        times[.rawIntoFile] = try await rawIn("of=\(Self.rawFile) bs=128K count=\(blocks * 8)")
        times[.put] = try await put()
        times[.rawOut] = try await rawOut("dd if=/dev/zero of=\(RawPort.path) bs=1M count=\(blocks) conv=nocreat")
        times[.get] = try await get()
        times[.rawFromPipe] = try await rawOut(
            "dd if=/dev/zero bs=1M count=\(blocks) | dd of=\(RawPort.path) bs=128K iflag=fullblock conv=nocreat"
        )
        times[.output] = try await output()
        return times
    }

    // MARK: The bare port

    private func rawOut(_ command: String) async throws -> Double {
        let line = try port.connect()
        return try await run("sh", "-c", "{ \(command); } 2>/dev/null") { outputs, _ in
            let time = try line.skip(bytes)
            try await end(of: outputs)
            return time
        }
    }

    private func rawIn(_ arguments: String, then rest: String = "") async throws -> Double {
        let line = try port.connect()
        let command = "dd if=\(RawPort.path) iflag=fullblock \(arguments) 2>/dev/null \(rest)"
        return try await run("sh", "-c", "echo ready; \(command); echo done") { outputs, _ in
            var outputs = outputs.makeAsyncIterator()
            try await outputs.hear("ready")
            return try await timed {
                for _ in 0..<blocks { try line.write(Self.zeros) }
                try await outputs.hear("done")
            }
        }
    }

    // MARK: Through the daemon

    private func output() async throws -> Double {
        try await run("dd", "if=/dev/zero", "bs=1M", "count=\(blocks)") { outputs, _ in
            try await timeOfOutput(outputs)
        }
    }

    private func input() async throws -> Double {
        try await run("sh", "-c", "echo ready; exec cat >/dev/null") { outputs, input in
            var iterator = outputs.makeAsyncIterator()
            try await iterator.hear("ready")
            return try await timed {
                for _ in 0..<blocks { try await input.write(Self.zeros) }
                try await input.finish()
                try await iterator.hearEnd()
            }
        }
    }

    private func put() async throws -> Double {
        let zeros = AsyncStream { continuation in
            for _ in 0..<blocks { continuation.yield(Self.zeros) }
            continuation.finish()
        }
        return try await timed { try await client.upload(.init(.file, Self.file), in: session, zeros) }
    }

    private func get() async throws -> Double {
        try await client.withCopy(.init(.get, Self.file), in: session) { outputs, _ in
            try await timeOfOutput(outputs)
        }
    }

    // MARK: Keys

    /// Types keys, some through the bare port and some at a terminal in turn, each when the one before has come back.
    ///
    /// - Parameters:
    ///   - rounds: How often the turn comes.
    ///   - keys: How many keys in each.
    /// - Returns: How long each took to come back, in seconds.
    /// - Throws: ``PrivateDaemon/Trouble`` when one does not; what the client throws.
    func echo(rounds: Int, keys: Int) async throws -> (raw: [Double], ours: [Double]) {
        var line = try port.connect()
        let echoer = "exec 3<>\(RawPort.path); echo ready; exec dd bs=4096 <&3 >&3 2>/dev/null"
        return try await run("sh", "-c", echoer) { outputs, _ in
            var outputs = outputs.makeAsyncIterator()
            try await outputs.hear("ready")
            return try await client.withTerminal(
                of: session,
                terminal: "1",
                size: .init(columns: 80, rows: 24),
            ) { screen, keyboard in
                var screen = screen.makeAsyncIterator()
                // The terminal itself echoes then, and no program stands between.
                try await keyboard.type(Array(" printf '%s%s\\n' re ady; exec cat >/dev/null\r".utf8))
                try await screen.see("ready\r\n")
                var (raw, ours): ([Double], [Double]) = ([], [])
                for _ in 0..<rounds {
                    for _ in 0..<keys { raw.append(try Self.echoed(on: &line)) }
                    for _ in 0..<keys {
                        let time = try await timed {
                            try await keyboard.type(Array("x".utf8))
                            try await screen.see("x")
                        }
                        ours.append(time)
                    }
                    try await keyboard.type(Array("\r".utf8))
                    try await screen.see("\n")
                }
                return (raw, ours)
            }
        }
    }

    private static func echoed(on line: inout UnixLine) throws -> Double {
        let start = ContinuousClock.now
        try line.write("x")
        try line.read(within: .seconds(10), waitingFor: "a key through the bare port") { $0.isEmpty ? nil : $0.count }
        return start.duration(to: .now).inSeconds
    }

    // MARK: Parts

    private var blocks: Int { bytes / Self.block }
    private static let zeros = [UInt8](repeating: 0, count: block)

    private func run<R: Sendable>(
        _ arguments: String...,
        body: (ProgramOutputs, ProgramInput) async throws -> R,
    ) async throws -> R {
        try await client.withProgram(.init(arguments: arguments, timeoutSeconds: 300), in: session, body)
    }

    private func timeOfOutput(_ outputs: ProgramOutputs) async throws -> Double {
        var (rest, start) = (bytes, ContinuousClock.now)
        for try await case .output(let piece) in outputs {
            if rest == bytes { start = .now }
            rest -= piece.count
            if rest <= 0 { break }
        }
        guard rest == 0 else { throw PrivateDaemon.Trouble(description: "\(rest) bytes are missing") }
        return start.duration(to: .now).inSeconds
    }

    private func end(of outputs: ProgramOutputs) async throws {
        var outputs = outputs.makeAsyncIterator()
        try await outputs.hearEnd()
    }
}

import Foundation
import GuestLink
import GuestProtocol
import Testing

@Suite("Floods", .serialized, .timeLimit(.minutes(1)))
struct FloodTests {
    @Test("A program that talks without end, unread, holds up neither its guest nor our memory")
    func unread() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let floods = try await (0..<8).asyncMap { _ in try await connection.start(GuestCommand(["cat", "/dev/zero"])) }
        let before = try Self.residentKiB()
        for _ in 0..<20 {
            #expect(try await connection.run(GuestCommand(["echo", "alive"])).output == Array("alive\n".utf8))
        }
        // Eight windows of 512 KiB, and room for what other tests do meanwhile.
        #expect(try Self.residentKiB() - before < 32_768)
        #expect(try agent.status("VmRSS") < 2_048)
        for flood in floods { await flood.close() }
        await connection.close()
    }

    @Test("A flood that is read goes fast, and another stream's answer does not wait for its end")
    func read() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let flood = try await connection.start(GuestCommand(["head", "-c", "100000000", "/dev/zero"]))
        let reader = Task {
            var count = 0
            for try await piece in flood.output { count += piece.count }
            return count
        }
        let start = ContinuousClock.now
        var slowest = Duration.zero
        for _ in 0..<20 { slowest = max(slowest, try await connection.ping()) }
        #expect(try await reader.value == 100_000_000)
        let duration = (ContinuousClock.now - start) / .seconds(1)
        print("flood: \(Int(100 / duration)) MB/s, slowest ping meanwhile \(slowest)")
        #expect(slowest < .seconds(2))
        await connection.close()
    }

    @Test("Beside floods that are read without pause all others are heard", arguments: GreedyHost.Other.allCases)
    func beside(other: GreedyHost.Other) async throws {
        let agent = try RealAgent()
        try await agent.connect().close()
        let bytes = try await GreedyHost(agent).flood(until: other, atMost: 256_000_000)
        // Before it is heard it must be started, and the floods go on meanwhile.
        print("floods: \(bytes / 1_000) KB before \(other) was heard")
    }

    @Test("A program that takes its input bit by bit holds up nobody else")
    func slowReader() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        // Four pages at a time, and the next ones before an agent would think that no more are taken.
        let script = "while (sysread STDIN, $b, 4096) { $n++ % 4 or select undef, undef, undef, 0.0015 }"
        var pings: [Duration] = []
        for _ in 0..<9 {
            let program = try await connection.start(GuestCommand(["perl", "-e", script]))
            try await program.write([UInt8](repeating: 0, count: 500_000))
            pings.append(try await connection.ping())
            await program.close()
        }
        print("slow reader: pings \(pings)")
        // Not the slowest: other tests run beside this one. An agent that waits as long as it is kept busy takes 25 ms.
        #expect(pings.sorted()[2] < .milliseconds(15))
        await connection.close()
    }

    @Test("A program's output comes at least a quarter as fast as a file's contents; what was seen is printed")
    func rates() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let (size, file) = (50_000_000, "\(agent.root)/file")
        func megabytesPerSecond(_ body: () async throws -> Void) async throws -> Double {
            let start = ContinuousClock.now
            try await body()
            return Double(size) / 1e6 / (start.duration(to: .now) / .seconds(1))
        }
        let contents = AsyncThrowingStream<[UInt8], any Error> { continuation in
            for _ in 0..<size / 50_000 { continuation.yield([UInt8](repeating: 1, count: 50_000)) }
            continuation.finish()
        }
        let put = try await megabytesPerSecond { try await connection.put(contents, at: file) }
        let get = try await megabytesPerSecond {
            let download = try await connection.get(file)
            #expect(try await download.contents.reduce(0) { $0 + $1.count } == size)
            try await download.finish()
        }
        var exec = 0.0
        // The best of a few: other tests run beside this one.
        for _ in 0..<4 {
            let once = try await megabytesPerSecond {
                let program = try await connection.start(GuestCommand(["cat", file]))
                #expect(try await program.output.reduce(0) { $0 + $1.count } == size)
            }
            exec = max(exec, once)
        }
        print("rates in MB/s: put \(Int(put)), get \(Int(get)), exec \(Int(exec))")
        #expect(exec > get / 4)
        await connection.close()
    }

    private static func residentKiB() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}

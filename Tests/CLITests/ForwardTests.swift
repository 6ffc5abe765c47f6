import APIContract
import Foundation
import Glibc
import StubService
import Synchronization
import Testing

@Suite("Forwarding", .timeLimit(.minutes(1)))
struct ForwardTests {
    /// A connection to a port of this host.
    private static func visit(_ port: UInt16, saying text: String) throws -> String {
        let visitor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(visitor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        // SAFETY: the address lives until the call returns, and an internet address is a socket address.
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(visitor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
        let bytes = Array(text.utf8)
        #expect(write(visitor, bytes, bytes.count) == bytes.count)
        shutdown(visitor, Int32(SHUT_WR))
        var (said, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        while true {
            let count = read(visitor, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: said, as: UTF8.self) }
            said += buffer[..<count]
        }
    }

    /// Waits for the tool to say at which port it listens.
    private static func port(of tool: ToolRun) async throws -> UInt16 {
        var port: UInt16?
        #expect(
            try await eventually {
                let text = tool.errorText.split(separator: ":").dropFirst().first?.prefix { $0.isNumber }
                port = text.flatMap { UInt16($0) }
                return port != nil
            }
        )
        return try #require(port)
    }

    @Test(
        "Whoever connects here reaches the machine's port, one beside the other; a refused one is told; Ctrl-C ends it"
    )
    func forward() async throws {
        let asked = Mutex<[ProgramMessage.Connect]>([])
        try await StubService.serving(
            { request in
                switch request.target.split(separator: "?").first {
                case "/api/v1/sessions/abcdefghij": .json(Samples.session())
                default: .parts(type: "text/event-stream", AsyncStream { _ in }, isComplete: true)
                }
            },
            terminal: { target, terminal in
                #expect(target == "/api/v1/sessions/abcdefghij/forward")
                var said: [UInt8] = []
                try await terminal.readProgram { message in
                    switch message {
                    case .connect(let request): asked.withLock { $0.append(request) }
                    case .bytes(let bytes): said += bytes
                    case .endOfInput:
                        guard said != Array("nobody".utf8) else {
                            let problem = Problem(title: "", status: 409, detail: "nobody listens", code: "wrongState")
                            try await terminal.tell(.init(problem: problem))
                            return false
                        }
                        try await terminal.say(Array("heard ".utf8) + said, on: .output)
                        try await terminal.tell(.init(ended: .init(status: 0)))
                        try await terminal.close()
                    case .run, .copy, .close: break
                    }
                    return true
                }
            },
        ) { service in
            let tool = try ToolRun(
                ["session", "forward", "abcdefghij", "0:80", "--machine", "box"],
                environment: ["SANDGLASS_SOCKET": service.socket],
            )
            let port = try await Self.port(of: tool)
            for word in ["one", "two"] { #expect(try Self.visit(port, saying: word) == "heard \(word)") }
            #expect(try Self.visit(port, saying: "nobody").isEmpty)
            #expect(try await eventually { tool.errorText.contains("nobody listens") })
            #expect(asked.withLock { $0 } == Array(repeating: .init(port: 80, machine: "box"), count: 3))
            kill(tool.pid, SIGINT)
            #expect(await tool.status() == 130)
        }
    }

    @Test("Wrong ports are told", arguments: ["80", "80:", "x:80", "80:0", "70000:80"])
    func usage(_ ports: String) async throws {
        let run = try await ToolRun.run(["session", "forward", "abcdefghij", ports], socket: "/nonexistent/x.sock")
        #expect(run.status == 64)
    }
}

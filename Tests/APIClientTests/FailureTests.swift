import APIContract
import Foundation
import Glibc
import StubService
import Testing

@testable import APIClient

@Suite("Calls that fail")
struct FailureTests {
    @Test("What the service refuses is thrown as its problem", .timeLimit(.minutes(1)))
    func problem() async throws {
        try await StubService.serving({ _ in .problem("policyRefused", status: 403, "at most an hour") }) { service in
            let problem = await #expect(throws: Problem.self) {
                try await SandglassClient.connected(to: service.socket) { try await $0.endSession("abcdefghij") }
            }
            #expect(problem?.code == "policyRefused")
            #expect(problem?.detail == "at most an hour")
            #expect(problem?.status == 403)
        }
    }

    @Test("Where no socket is, the failure says which one and how to start the daemon", .timeLimit(.minutes(1)))
    func noSocket() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/none-\(UUID().uuidString)/x.sock"
        let failure = await #expect(throws: ConnectionFailure.self) {
            try await SandglassClient.connected(to: path) { try await $0.host() }
        }
        #expect(failure?.code == .noDaemon)
        #expect(failure?.message.contains(path) == true)
        #expect(failure?.message.contains("sandglassd") == true)
    }

    @Test("A terminal of a service that is not there fails like every other call", .timeLimit(.minutes(1)))
    func noSocketForTerminal() async throws {
        let failure = await #expect(throws: ConnectionFailure.self) {
            try await SandglassClient.connected(to: "/nonexistent/x.sock") { client in
                try await client.withTerminal(of: "abcdefghij", size: nil) { _, _ in }
            }
        }
        #expect(failure?.code == .noDaemon)
    }

    @Test("A socket that nobody serves any more is a daemon that does not answer", .timeLimit(.minutes(1)))
    func deadSocket() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/dead-\(UUID().uuidString.prefix(8))"
        try Data().write(to: URL(fileURLWithPath: path))
        defer { unlink(path) }
        let failure = await #expect(throws: ConnectionFailure.self) {
            try await SandglassClient.connected(to: path) { try await $0.host() }
        }
        #expect(failure?.code == .noDaemon)
    }

    @Test(
        "Each error of the system gets its own kind",
        arguments: [
            (ENOENT, ConnectionFailure.Code.noDaemon), (ECONNREFUSED, .noDaemon), (EACCES, .notPermitted),
            (EPERM, .notPermitted),
            (ECONNRESET, .lost), (EPIPE, .lost), (EIO, .lost),
        ],
    )
    func systemErrors(_ errno: Int32, _ code: ConnectionFailure.Code) throws {
        let address = try ServiceAddress(socket: "/run/x.sock")
        let failure = address.explained(errno: errno, CancellationError())
        #expect(failure.code == code)
        #expect(failure.message.contains("/run/x.sock"))
    }

    @Test(
        "A path no socket can have is refused before anything is tried",
        arguments: ["", String(repeating: "x", count: 108)],
    )
    func impossiblePath(_ path: String) throws {
        #expect(throws: ConnectionFailure.self) { try ServiceAddress(socket: path) }
    }

    @Test("A service that says nothing is given up on in time", .timeLimit(.minutes(1)))
    func silence() async throws {
        try await StubService.serving({ _ in .silence }) { service in
            let failure = await #expect(throws: ConnectionFailure.self) {
                try await SandglassClient.connected(to: service.socket, timeLimit: .milliseconds(200)) {
                    try await $0.host()
                }
            }
            #expect(failure?.code == .timedOut)
        }
    }

    @Test("A terminal that is never granted is given up on in time", .timeLimit(.minutes(1)))
    func silentTerminal() async throws {
        try await StubService.serving({ _ in .silence }) { service in
            let failure = await #expect(throws: ConnectionFailure.self) {
                try await SandglassClient.connected(to: service.socket, timeLimit: .milliseconds(200)) { client in
                    try await client.withTerminal(of: "abcdefghij", size: nil) { _, _ in }
                }
            }
            #expect(failure?.code == .timedOut)
        }
    }

    @Test("A service that hangs up is a lost connection", .timeLimit(.minutes(1)))
    func hangUp() async throws {
        try await StubService.serving({ _ in .hangUp }) { service in
            let failure = await #expect(throws: ConnectionFailure.self) {
                try await SandglassClient.connected(to: service.socket) { try await $0.host() }
            }
            #expect(failure?.code == .lost)
            let terminal = await #expect(throws: ConnectionFailure.self) {
                try await SandglassClient.connected(to: service.socket) { client in
                    try await client.withTerminal(of: "abcdefghij", size: nil) { _, _ in }
                }
            }
            #expect(terminal?.code == .lost)
        }
    }

    @Test("An answer of another make is said to be one", .timeLimit(.minutes(1)), arguments: [200, 500])
    func strangeAnswer(_ status: Int) async throws {
        let answer = StubAnswer.whole(status: status, type: "text/html", body: Array("<p>hello</p>".utf8))
        try await StubService.serving({ _ in answer }) { service in
            let failure = await #expect(throws: ConnectionFailure.self) {
                try await SandglassClient.connected(to: service.socket) { try await $0.host() }
            }
            #expect(failure?.code == .unexpectedAnswer)
        }
    }

    @Test("A cancelled call ends as cancelled and leaves no connection behind", .timeLimit(.minutes(1)))
    func cancelled() async throws {
        let (began, signal) = AsyncStream<Void>.makeStream()
        try await StubService.serving({ _ in
            signal.yield()
            return .silence
        }) { service in
            let call = Task { try await SandglassClient.connected(to: service.socket) { try await $0.host() } }
            for await _ in began { break }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
    }
}

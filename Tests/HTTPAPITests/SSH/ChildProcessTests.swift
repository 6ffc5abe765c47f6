import Foundation
import Glibc
import SessionModel
import Synchronization
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Programs beside the daemon", .timeLimit(.minutes(1)))
struct ChildProcessTests {
    @Test(
        "It ends as the program does, and every line that it says is heard",
        arguments: [
            ("echo a; echo b >&2; exit 3", Int32(3)), ("echo a; echo b; kill -9 $$", 137),
            ("echo a; printf 'b\\r\\n'", 0),
        ],
    )
    func ends(_ script: String, _ status: Int32) async throws {
        let lines = Mutex<[String]>([])
        let ended = try await ChildProcess.run(["/bin/sh", "-c", script]) { line in lines.withLock { $0.append(line) } }
        #expect(ended == status)
        // What was said last may be heard after the end.
        try await eventually("not all was heard") { lines.withLock { $0 } == ["a", "b"] }
    }

    @Test("It begins with no signal blocked or ignored, nothing to read, and none of this process's variables")
    func clean() async throws {
        let lines = Mutex<[String]>([])
        let script =
            "grep -E '^Sig(Blk|Ign)' /proc/self/status; cat; env | grep -c SANDGLASS; echo end"
        _ = try await ChildProcess.run(["/bin/sh", "-c", script]) { line in lines.withLock { $0.append(line) } }
        try await eventually("it was not heard") { lines.withLock { $0.last } == "end" }
        let said = lines.withLock { $0 }
        // Signals 32 and 33 are the C library's own.
        #expect(said.filter { $0.hasPrefix("Sig") } == ["SigBlk:\t0000000000000000", "SigIgn:\t0000000180000000"])
        #expect(said.dropLast().last == "0")
    }

    @Test("Whoever waits no longer ends it, also before it was started")
    func cancelled() async throws {
        let heard = Mutex<pid_t>(0)
        let running = Task {
            try await ChildProcess.run(["/bin/sh", "-c", "echo $$; exec sleep 600"]) { line in
                heard.withLock { $0 = pid_t(line) ?? 0 }
            }
        }
        try await eventually("it was not started") { heard.withLock { $0 } != 0 }
        running.cancel()
        #expect(try await running.value == 128 + SIGTERM)
        let never = Task { try await ChildProcess.run(["/bin/sleep", "600"]) { _ in } }
        never.cancel()
        switch await never.result {
        case .success(let status): #expect(status == 128 + SIGTERM)
        case .failure(let error): #expect(error is CancellationError)
        }
    }

    @Test("What is not there cannot be started")
    func absent() async {
        let failure = await #expect(throws: Failure.self) { try await ChildProcess.run(["/nowhere/x"]) { _ in } }
        #expect(failure?.code == .hostTool)
    }
}

@Suite("What keeps sshd from leading to sessions", .enabled(if: geteuid() == 0))
struct SSHObstacleTests {
    @Test("Nothing does where all is as it must be; whatever is not is told with what to do")
    func all() throws {
        let folder = "/run/sandglass-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: "\(folder)/bin", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // What stays is in nobody's way.
        for path in [folder, "\(folder)/bin"] { try #require(chmod(path, 0o755) == 0) }
        let tool = "\(folder)/bin/sandglass"
        try Data().write(to: URL(filePath: tool))
        try #require(chmod(tool, 0o755) == 0)
        func obstacles(program: String = "/bin/sh", user: String, tool: String) -> [String] {
            SSHInstance.obstacles(program: program, user: user, tool: tool).map(\.what)
        }
        // Debian's `sync` is the one user without rights whose shell is a program.
        #expect(obstacles(user: "sync", tool: tool) == [])
        #expect(
            obstacles(program: "\(folder)/sshd", user: "sync", tool: tool) == ["there is no sshd at \(folder)/sshd"]
        )
        #expect(obstacles(user: "nobody-here", tool: tool) == ["there is no user nobody-here"])
        #expect(obstacles(user: "root", tool: tool) == ["user root is root"])
        #expect(obstacles(user: "daemon", tool: tool) == ["user daemon has no shell but /usr/sbin/nologin"])
        #expect(obstacles(user: "sync", tool: "\(folder)/none") == ["there is no program \(folder)/none"])
        #expect(obstacles(user: "sync", tool: "\(folder)/a b").count == 1)
        for (path, mode, text) in [
            (tool, mode_t(0o775), "others than root may change \(tool)"), ("\(folder)/bin", 0o777, "others than root"),
            (folder, 0o700, "nobody but root gets through \(folder)"),
            (tool, 0o700, "nobody but root gets through \(tool)"),
        ] {
            try #require(chmod(path, mode) == 0)
            #expect(obstacles(user: "sync", tool: tool).first?.hasPrefix(text) == true, "\(path) \(mode)")
            try #require(chmod(path, 0o755) == 0)
        }
        try #require(chown("\(folder)/bin", 1, 1) == 0)
        #expect(
            obstacles(user: "sync", tool: tool).first?.hasPrefix("others than root may change \(folder)/bin") == true
        )
    }
}

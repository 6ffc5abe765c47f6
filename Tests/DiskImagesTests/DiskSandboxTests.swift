import Foundation
import Glibc
import SessionModel
import TestKit
import Testing

@testable import DiskImages

@Suite(.enabled(if: geteuid() == 0)) struct DiskSandboxTests {
    @Test("The disk tool in the sandbox cannot read the host's secrets")
    func secrets() async throws {
        try await StateFolder.with { folder in
            let secret = ["qemu-img", "info", "--image-opts", "driver=raw,file.driver=file,file.filename=/etc/shadow"]
            try TestDisks.run(secret)
            let refusal = try #require(await failure { _ = try await run(secret, folder) })
            #expect("\(refusal)".contains("No such file"))
            // Nor anything else of the host but its programs.
            let visible = try await run(["find", "/", "-xdev", "-maxdepth", "2", "-not", "-path", "/usr/*"], folder)
            let names = Set(visible.split(separator: "\n").map(String.init))
            let expected: Set = [
                "/", "/dev", "/old", "/proc", "/usr", "/work", "/work/source", "/work/target", "/dev/null",
            ]
            #expect(names.subtracting(["/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32"]) == expected)
            #expect(try await run(["ls", "-A", "/old"], folder).isEmpty)
        }
    }

    @Test("The disk tool in the sandbox cannot reach a server on the host", .timeLimit(.minutes(1)))
    func network() async throws {
        try await StateFolder.with { folder in
            try TestDisks.makeSparse("\(folder.scratch)/served", mebibytes: 1)
            let port = 20000 + Int(getpid() % 20000)
            let server = try TestDisks.Program(
                ["qemu-nbd", "-t", "-f", "raw", "-b", "127.0.0.1", "-p", "\(port)", "\(folder.scratch)/served"],
                output: "\(folder.scratch)/output",
            )
            defer { server.stop() }
            let client = ["qemu-img", "info", "nbd://127.0.0.1:\(port)"]
            let clock = ContinuousClock()
            let deadline = clock.now + .seconds(20)
            var isServed = false
            while !isServed, server.isRunning, clock.now < deadline {
                // It fails until the server listens.
                isServed = (try? TestDisks.run(client)) != nil
                await Task.yield()
            }
            try #require(isServed)
            let refusal = try #require(await failure { _ = try await run(client, folder) })
            #expect("\(refusal)".contains("Network is unreachable") || "\(refusal)".contains("refused"))
        }
    }

    @Test("The disk tool in the sandbox has no privileges and cannot gain any")
    func privileges() async throws {
        try await StateFolder.with { folder in
            #expect(try await run(["id", "-u"], folder) == "65534\n")
            #expect(try await run(["id", "-G"], folder) == "65534\n")
            let dump = try await run(["setpriv", "--dump"], folder)
            #expect(dump.contains("no_new_privs: 1"))
            #expect(dump.contains("Capability bounding set: [none]"))
            let mounting = await failure { _ = try await run(["mount", "-t", "tmpfs", "none", "/work"], folder) }
            #expect(mounting?.code == .hostTool)
        }
    }

    @Test("The disk tool in the sandbox can write the file it was given and no other")
    func writing() async throws {
        try await StateFolder.with { folder in
            _ = try await run(["sh", "-c", "echo new >target"], folder)
            #expect(try String(contentsOfFile: "\(folder.scratch)/target", encoding: .utf8) == "new\n")
            for path in ["source", "other", "/usr/other", "/dev/other", "/old/other"] {
                #expect(
                    await failure { _ = try await run(["sh", "-c", "echo new >\(path)"], folder) }?.code == .hostTool
                )
            }
            #expect(try String(contentsOfFile: "\(folder.scratch)/source", encoding: .utf8) == "old\n")
        }
    }

    @Test("The disk tool in the sandbox is held to its limits", .timeLimit(.minutes(1)))
    func limits() async throws {
        try await StateFolder.with { folder in
            let large = ["dd", "if=/work/source", "of=target", "bs=1", "seek=3M", "conv=notrunc"]
            #expect(await failure { _ = try await run(large, folder) } == nil)
            #expect(await failure { _ = try await run(large, folder, file: .mebibytes(2)) } != nil)
            let busy = ["sh", "-c", "while :; do :; done"]
            #expect(await failure { _ = try await run(busy, folder, time: .seconds(1)) }?.code == .hostTool)
            let greedy = ["python3", "-c", "bytearray(1 << 29)"]
            #expect(await failure { _ = try await run(greedy, folder, space: .gibibytes(1)) } == nil)
            #expect(await failure { _ = try await run(greedy, folder, space: .mebibytes(256)) }?.code == .hostTool)
        }
    }

    @Test("A file that was put in the place of the inspected one is not opened")
    func exchanged() async throws {
        try await StateFolder.with { folder in
            let sandbox = try sandbox(folder)
            let path = "\(folder.scratch)/source"
            let stamp = try OpenFile(reading: path).stamp()
            try TestDisks.run(["sh", "-c", "echo other >new; mv new source"], in: folder.scratch)
            let tool = try sandbox.tool("cat", ["cat", "source"], source: path, stamp: stamp)
            let refusal = await failure {
                try await DiskSandbox.explaining("the file is to blame") { _ = try await tool.output() }
            }
            #expect(refusal?.code == .hostUnfit)
        }
    }

    @Test("Cancelling ends everything in the sandbox and leaves no mount", .timeLimit(.minutes(1)))
    func cancelled() async throws {
        try await StateFolder.with { folder in
            let (begun, signal) = AsyncStream.makeStream(of: Void.self)
            let tool = try tool(["sh", "-c", "echo on; sleep 1000 & sleep 1000", folder.scratch], folder)
            let attempt = Task { try await tool.follow { _ in signal.yield() } }
            for await _ in begun { break }
            attempt.cancel()
            await #expect(throws: CancellationError.self) { try await attempt.value }
            let mounts = try String(contentsOfFile: "/proc/mounts", encoding: .utf8)
            #expect(!mounts.contains(folder.scratch))
            // The whole process namespace goes with its first process; the kernel takes a moment.
            let clock = ContinuousClock()
            let deadline = clock.now + .seconds(10)
            while try isLeft(folder), clock.now < deadline { await Task.yield() }
            #expect(try !isLeft(folder))
        }
    }

    /// Whether a process still has the test's folder among its arguments.
    private func isLeft(_ folder: StateFolder) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { name in
            guard Int(name) != nil, let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
                return false
            }
            return String(decoding: line, as: UTF8.self).contains(folder.scratch)
        }
    }

    private func sandbox(
        _ folder: StateFolder,
        file: ByteCount = .mebibytes(64),
        time: Duration = .seconds(60),
        space: ByteCount = .gibibytes(2),
    ) throws -> DiskSandbox {
        try TestDisks.run(
            ["sh", "-c", "mkdir -p point; echo old >source; rm -f target; : >target"],
            in: folder.scratch,
        )
        return DiskSandbox(
            mountPoint: "\(folder.scratch)/point",
            userID: 65534,
            largestFile: file,
            processorTime: time,
            addressSpace: space,
        )
    }

    private func tool(
        _ command: [String],
        _ folder: StateFolder,
        file: ByteCount = .mebibytes(64),
        time: Duration = .seconds(60),
        space: ByteCount = .gibibytes(2),
    ) throws -> HostTool {
        let sandbox = try sandbox(folder, file: file, time: time, space: space)
        let source = "\(folder.scratch)/source"
        let stamp = try OpenFile(reading: source).stamp()
        return try sandbox.tool("it", command, source: source, stamp: stamp, target: "\(folder.scratch)/target")
    }

    private func run(
        _ command: [String],
        _ folder: StateFolder,
        file: ByteCount = .mebibytes(64),
        time: Duration = .seconds(60),
        space: ByteCount = .gibibytes(2),
    ) async throws -> String {
        try await tool(command, folder, file: file, time: time, space: space).output()
    }
}

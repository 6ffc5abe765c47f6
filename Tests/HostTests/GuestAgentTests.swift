import APIClient
import APIContract
import Benchmarks
import Foundation
import GuestLink
import GuestProtocol
import Logging
import SessionModel
import Testing

/// The agent of the shipped image, in a real guest, over its real port.
@Suite("The guest agent in a real guest", .serialized, .inTurn, .timeLimit(.minutes(5)))
struct GuestAgentTests {
    @Test("It answers, works as whom it is told, is small, comes back when killed, gives an identity and runs programs")
    func works() async throws {
        let daemon = try TestDaemon()
        try await daemon.serving { client in
            let session = try await daemon.readySession(client)
            let port = "\(try daemon.emulator(session).home)/own/agent.sock"
            let agent = try await GuestConnection.connect(to: port)
            do {
                try await programs(agent)
                try await files(agent)
                try await residence(agent)
                try await identity(agent)
            } catch {
                await agent.close()
                throw error
            }
            // The shell at a terminal outlives an agent that somebody kills.
            let terminal = try await agent.openTerminal(number: 1, user: "student", size: Self.size)
            try await ask("kept=over-the-kill; echo set-$((6 * 7))", until: "set-42", at: terminal)
            let before = try await agent.greeting.instance
            // The next one says that it is new, which ends what we asked the last one for.
            let failure = await #expect(throws: GuestLinkFailure.self) {
                try await agent.run(GuestCommand(["pkill", "-KILL", "-x", "sandglass-guest"]))
            }
            #expect(failure?.code == .gone)
            let again = try await GuestConnection.connect(to: port)
            #expect(try await again.greeting.instance != before)
            let same = try await again.openTerminal(number: 1, user: "student", size: Self.size)
            #expect(!same.isNew, "the shell did not outlive its agent")
            try await ask("echo still-$kept", until: "still-over-the-kill", at: same)
            await again.close()
            try await settling(port)
            // The port is free again, so the daemon can have it.
            try await execution(session.id, client)
            try await uploads(session.id, client)
        }
    }

    /// It is brought into the state in which a template is frozen.
    private func settling(_ port: String) async throws {
        let board = AgentSwitchboard(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { _ in port }
        var generator = SystemRandomNumberGenerator()
        let template = Machine(
            id: MachineID(using: &generator),
            session: nil,
            role: .template,
            name: "settled",
            specification: MachineSpecification(
                image: try #require(ImageID("debian-13")),
                vcpus: 1,
                cpuPercent: 100,
                memory: .mebibytes(512),
            ),
        )
        #expect(try await board.settle(template, within: .seconds(120)) == SnapshotContents())
        let terminal = try await board.openTerminal(0, of: template.id, size: .usual)
        #expect(!terminal.isNew)
        let start = ContinuousClock.now
        var prompt = ""
        for try await bytes in terminal.output {
            prompt += String(decoding: bytes, as: UTF8.self)
            // It is marked where it ends.
            if ["", "\u{1B}]133;B\u{07}"].contains(where: { prompt.hasSuffix("$ \($0)") }) { break }
        }
        #expect(prompt.contains("student@settled"), "\(prompt)")
        // It was there before anybody asked.
        #expect(start.duration(to: .now) < .seconds(1))
        var fresh = [UInt8](repeating: 0, count: 32)
        for index in fresh.indices { fresh[index] = .random(in: 0...255) }
        let identity = MachineIdentity(hostname: "copy", entropy: fresh)
        try await board.identify(identity, in: template.id, within: .seconds(20))
        let date = try await board.start(GuestProgram(["date", "+%s%N"]), in: template.id)
        var said = ""
        for try await bytes in date.output { said += String(decoding: bytes, as: UTF8.self) }
        let nanoseconds = try #require(Double(said.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(abs(nanoseconds / 1e9 - Date().timeIntervalSince1970) < 2)
        await board.forget(template.id)
    }

    /// The same through the daemon.
    private func execution(_ session: String, _ client: SandglassClient) async throws {
        let script = "id -un; pwd; echo $WORD; cat; echo complaint >&2; exit 7"
        let request = ProgramMessage.Request(
            arguments: ["sh", "-c", script],
            user: "student",
            directory: "/tmp",
            environment: ["WORD": "élan"],
            timeoutSeconds: 60,
        )
        let said = try await run(request, input: Array("typed".utf8), session, client)
        #expect(said.output == "student\n/tmp\nélan\ntyped")
        #expect(said.errors == "complaint\n")
        #expect(said.end?.status == 7)
        let endless = ProgramMessage.Request(arguments: ["sleep", "1000"], timeoutSeconds: 0.3)
        #expect(try await run(endless, session, client).end?.timedOut == true)
        // Who goes away kills the program.
        try await client.withProgram(.init(arguments: ["sleep", "4242"]), in: session) { _, input in
            let look = ProgramMessage.Request(arguments: ["pgrep", "-f", "sleep 4242"])
            try await eventually("it was not started", within: .seconds(30)) {
                try await run(look, session, client).end?.status == 0
            }
        }
        try await eventually("it goes on", within: .seconds(30)) {
            try await run(.init(arguments: ["pgrep", "-f", "sleep 4242"]), session, client).end?.status == 1
        }
        let lines = try await client.events(of: session).events.filter { $0.kind == "exec" }
        #expect(lines.first?.text == "uid:0: sh")
    }

    /// A file and an archive get into the guest byte by byte; what there is no room for leaves nothing and is told.
    private func uploads(_ session: String, _ client: SandglassClient) async throws {
        let sent = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        func pieces(_ bytes: [UInt8], times: Int = 1) -> AsyncStream<[UInt8]> {
            AsyncStream { continuation in
                for _ in 0..<times { continuation.yield(bytes) }
                continuation.finish()
            }
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "uploads-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // What stays is in nobody's way.
        try Data(sent).write(to: folder.appending(path: "packed"))
        let digest = try HostProgram.run("/usr/bin/sha256sum", folder.appending(path: "packed").path()).prefix(64)
        let request = UploadRequest(.file, "/home/student/sent", mode: 0o640, user: "student")
        try await client.upload(request, in: session, pieces(sent))
        let command = "stat -c '%a %U %s' /home/student/sent; sha256sum < /home/student/sent"
        let found = try await client.output(of: "sh", "-c", command, in: session)
        #expect(found == "640 student 3000000\n\(digest)  -\n")

        try HostProgram.run("/usr/bin/tar", "-C", folder.path(), "-cf", "\(folder.path())/tar", "packed")
        let archive = try Data(contentsOf: folder.appending(path: "tar"))
        try await client.upload(.init(.archive, "/srv"), in: session, pieces(Array(archive)))
        let unpacked = try await client.output(of: "sh", "-c", "sha256sum < /srv/packed", in: session)
        #expect(unpacked == "\(digest)  -\n")

        let problem = await #expect(throws: Problem.self) {
            try await client.upload(.init(.file, "/dev/shm/large"), in: session, pieces(sent, times: 400))
        }
        #expect(problem?.detail.hasSuffix("cannot write /dev/shm/large: No space left on device") == true)
        #expect(try await client.output(of: "ls", "-A", "/dev/shm", in: session).isEmpty)
    }

    private func run(
        _ request: ProgramMessage.Request,
        input: [UInt8] = [],
        _ session: String,
        _ client: SandglassClient,
    ) async throws -> (end: ProgramMessage.End?, output: String, errors: String) {
        try await client.withProgram(request, in: session) { outputs, writer in
            try await writer.write(input)
            try await writer.finish()
            var (output, errors, end) = ([UInt8](), [UInt8](), ProgramMessage.End?.none)
            for try await said in outputs {
                switch said {
                case .output(let bytes): output += bytes
                case .errors(let bytes): errors += bytes
                case .ended(let how): end = how
                }
            }
            return (end, String(decoding: output, as: UTF8.self), String(decoding: errors, as: UTF8.self))
        }
    }

    private static let size = TerminalSize(columns: 80, rows: 24)

    /// Types a line and reads until its answer is shown.
    private func ask(_ line: String, until answer: String, at terminal: GuestTerminal) async throws {
        try await terminal.write(Array("\(line)\r".utf8))
        var shown: [UInt8] = []
        for try await case .output(let bytes) in terminal.events {
            shown += bytes
            if String(decoding: shown, as: UTF8.self).contains(answer) { return }
        }
        Issue.record("\"\(line)\" was not answered; it showed: \(String(decoding: shown, as: UTF8.self))")
    }

    private func output(_ agent: GuestConnection, _ command: GuestCommand) async throws -> String {
        let result = try await agent.run(command)
        #expect(result.end == .exited(0), "\(command.arguments): \(String(decoding: result.errors, as: UTF8.self))")
        return String(decoding: result.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func programs(_ agent: GuestConnection) async throws {
        #expect(try await output(agent, GuestCommand(["id", "-un"])) == "root")
        var command = GuestCommand(["sh", "-c", "id -un; pwd; echo $WORD"])
        command.user = "student"
        command.environment = ["WORD": "élan"]
        #expect(try await output(agent, command) == "student\n/home/student\nélan")
        var endless = GuestCommand(["sleep", "1000"])
        endless.timeLimit = .milliseconds(300)
        #expect(try await agent.run(endless).end == .timedOut)
    }

    private func files(_ agent: GuestConnection) async throws {
        let text = Array("hello\n".utf8)
        try await agent.put(bytes: text, at: "/home/student/hello", mode: 0o600, user: "student")
        let status = try await output(agent, GuestCommand(["stat", "-c", "%a %U %s", "/home/student/hello"]))
        #expect(status == "600 student 6")
        let download = try await agent.get("/home/student/hello")
        #expect(try await download.contents.collect(upTo: 100).bytes == text)
        try await download.finish()
        #expect(try await agent.freeze(atMost: .seconds(5)).failures == [])
        #expect(try await agent.thaw().failures == [])
        let figures = try await agent.statistics()
        #expect(figures.processors == 1)
        #expect(figures.memoryTotal > 400 << 20 && figures.diskTotal > 3 << 30)
    }

    /// At most 2 MB of memory, 1 MB of disk.
    private func residence(_ agent: GuestConnection) async throws {
        let status = try await output(
            agent,
            GuestCommand(["sh", "-c", "grep VmRSS /proc/$(pidof sandglass-guest)/status | tr -dc 0-9"]),
        )
        let resident = try #require(Int(status), "\(status)")
        #expect(resident <= 2_000, "the agent takes \(resident) kB of memory")
        let size = try await output(agent, GuestCommand(["stat", "-c", "%s", "/usr/lib/sandglass/sandglass-guest"]))
        #expect(try #require(Int(size)) <= 1_000_000)
    }

    private func identity(_ agent: GuestConnection) async throws {
        var identity = GuestIdentity()
        identity.hostname = "renamed"
        identity.machineID = (0..<16).map { UInt8($0) }
        identity.entropy = (0..<64).map { _ in UInt8.random(in: 0...255) }
        identity.wallClockNanoseconds = 1_900_000_000 * 1_000_000_000
        #expect(try await agent.identify(identity).failures == [])
        #expect(try await output(agent, GuestCommand(["hostname"])) == "renamed")
        let machine = try await output(agent, GuestCommand(["cat", "/etc/machine-id"]))
        #expect(machine == "000102030405060708090a0b0c0d0e0f")
        let clock = try #require(Int(try await output(agent, GuestCommand(["date", "+%s"]))))
        #expect((1_900_000_000..<1_900_000_010).contains(clock), "the guest's clock says \(clock)")
    }
}

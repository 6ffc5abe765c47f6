import APIContract
import Foundation
import Logging
import SessionModel
import StubService
import Terminal
import TestKit
import Testing

@Suite("Recordings, exported and verified", .timeLimit(.minutes(1)))
struct RecordingTests {
    /// A folder with a sealed recording of some lines, and the key.
    private final class Evidence {
        let folder = FileManager.default.temporaryDirectory.path + "/evidence-\(UUID().uuidString.prefix(8))"
        let head: String

        init() async throws {
            let key = try SigningKey.loadOrMake(at: "\(folder)/service")
            let label = try RecordingLabel(
                session: SessionFixtures.sessionID(1),
                machine: "box",
                terminal: TerminalName.shell(0),
            )
            let recorder = Recorder(
                label,
                in: "\(folder)/box",
                size: .usual,
                limit: .mebibytes(1),
                clock: ManualClock(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            )
            for word in ["one", "two", "three"] {
                recorder.output(Array(word.utf8))
                try await recorder.sync()
            }
            head = try await recorder.seal(with: key).head
            try key.publicKey.pem.write(toFile: "\(folder)/key.pem", atomically: true, encoding: .utf8)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }  // What stays is in nobody's way.

        /// Expands the recording and replaces something in it.
        func alter(_ what: String, to other: String) throws {
            let packed = "\(folder)/box/0.cast.gz"
            let unpacked = Process()
            unpacked.executableURL = URL(filePath: "/usr/bin/gzip")
            unpacked.arguments = ["-d", packed]
            try unpacked.run()
            unpacked.waitUntilExit()
            let text = try String(contentsOfFile: "\(folder)/box/0.cast", encoding: .utf8)
            try text.replacing(what, with: other).write(
                toFile: "\(folder)/box/0.cast",
                atomically: true,
                encoding: .utf8,
            )
        }
    }

    @Test(
        "What is intact is said to be, in a folder and by a file, with no service",
        arguments: ["", "/box", "/box/0.seal"],
    )
    func intact(_ place: String) async throws {
        let evidence = try await Evidence()
        let run = try await ToolRun.run(["recording", "verify", evidence.folder + place], socket: "/nowhere")
        #expect(run.status == 0)
        #expect(run.output.contains("box/0: intact: session \(SessionFixtures.sessionID(1)), box 0, "))
        #expect(run.output.contains("head \(evidence.head)"))
    }

    @Test("What was altered is damaged, and the first line that is wrong is named")
    func damaged() async throws {
        let evidence = try await Evidence()
        try evidence.alter("two", to: "2wo")
        let run = try await ToolRun.run(["recording", "verify", evidence.folder], socket: "/nowhere")
        #expect(run.status == 1)
        #expect(run.output.contains("box/0: DAMAGED: line 2 is not what was written"))
        let json = try await ToolRun.run(["recording", "verify", evidence.folder, "--json"], socket: "/nowhere")
        #expect(json.status == 1)
        #expect(json.output.contains(#""damage" : "castAltered""#) && json.output.contains(#""line" : 2"#))
    }

    @Test("Another key than the one that sealed is no proof")
    func otherKey() async throws {
        let (evidence, other) = (try await Evidence(), try await Evidence())
        let run = try await ToolRun.run(
            ["recording", "verify", evidence.folder, "--key", "\(other.folder)/key.pem"],
            socket: "/nowhere",
        )
        #expect(run.status == 1)
        #expect(run.output.contains("DAMAGED: the seal names key"))
    }

    @Test("Where there is no recording, or no key, that is said")
    func missing() async throws {
        let evidence = try await Evidence()
        #expect(try await ToolRun.run(["recording", "verify", "/nowhere"], socket: "/nowhere").status == 3)
        try FileManager.default.removeItem(atPath: "\(evidence.folder)/key.pem")
        let run = try await ToolRun.run(["recording", "verify", evidence.folder], socket: "/nowhere")
        #expect(run.status == 64 && run.errors.contains("--key"))
    }

    @Test("An exported session has all that verifying it takes")
    func exported() async throws {
        let evidence = try await Evidence()
        let folder = "\(evidence.folder)/out"
        let list = RecordingList(recordings: [
            RecordingResource(machine: "box", name: "0", state: "sealed", bytes: 100, lines: 4, head: evidence.head)
        ])
        try await StubService.serving({ [from = evidence.folder] request in
            let parts = request.target.split(separator: "/").map(String.init)
            switch parts.last {
            case "recordings": return .json(list)
            case "key":
                return .whole(status: 200, type: "application/octet-stream", body: Self.content("\(from)/key.pem"))
            case let file?:
                return .whole(
                    status: 200,
                    type: "application/octet-stream",
                    body: Self.content("\(from)/box/0.\(file)"),
                )
            case nil: return .json(list)
            }
        }) { service in
            let shown = try await ToolRun.run(["session", "recordings", "abcdefghij"], socket: service.socket)
            #expect(shown.status == 0 && shown.output.contains(evidence.head))
            let run = try await ToolRun.run(
                ["recording", "export", "abcdefghij", "--to", folder],
                socket: service.socket,
            )
            #expect(run.status == 0, "\(run.errors)")
        }
        let run = try await ToolRun.run(["recording", "verify", folder], socket: "/nowhere")
        #expect(run.status == 0, "\(run.output) \(run.errors)")
    }

    @Test("What recordings show is read as text, with no service")
    func transcript() async throws {
        let evidence = try await Evidence()
        let run = try await ToolRun.run(["recording", "transcript", evidence.folder, "--times"], socket: "/nowhere")
        #expect(run.status == 0 && run.output == "   0:00  onetwothree\n")
        let commands = try await ToolRun.run(["recording", "commands", evidence.folder], socket: "/nowhere")
        #expect(commands.status == 0 && commands.output.isEmpty && commands.errors.contains("no commands"))
        let json = try await ToolRun.run(["recording", "transcript", evidence.folder, "--json"], socket: "/nowhere")
        #expect(json.output == "{\"at\":0,\"text\":\"onetwothree\"}\n")
        #expect(try await ToolRun.run(["recording", "transcript", "/nowhere"], socket: "/nowhere").status == 3)
        try Data("{}\n".utf8).write(to: URL(filePath: "\(evidence.folder)/5.cast"))
        let broken = try await ToolRun.run(
            ["recording", "transcript", "\(evidence.folder)/5.cast"],
            socket: "/nowhere",
        )
        #expect(broken.status == 8 && broken.errors.contains("line 0 is not the first one of a recording"))
    }

    @Test("What a session's terminals showed, and what was run, is shown for those that are chosen")
    func session() async throws {
        let list = RecordingList(recordings: [
            RecordingResource(machine: "box", name: "0", state: "recording", bytes: 1),
            RecordingResource(machine: "box", name: "0.2", state: "recording", bytes: 1),
            RecordingResource(machine: "app", name: "console", state: "sealed", bytes: 1),
        ])
        let commands = CommandList(
            commands: [
                CommandResource(at: 1.5, text: "for i in 1\ndo", isCut: true, seconds: 0.5, status: 1),
                CommandResource(at: 65, text: "evil \u{1B}[2J"),
            ],
            isCut: true,
        )
        try await StubService.serving({ request in
            if request.target.hasSuffix("/transcript") {
                let place = request.target.split(separator: "/").suffix(3).prefix(2).joined(separator: " ")
                let body = "{\"at\":61.5,\"text\":\"\(place)\"}\n{\"at\":62,\"text\":\"\\u001b[2J\"}\n"
                return .whole(status: 200, type: "application/x-ndjson", body: Array(body.utf8))
            }
            return request.target.hasSuffix("/commands") ? .json(commands) : .json(list)
        }) { service in
            func run(_ arguments: String...) async throws -> (status: Int32, output: String, errors: String) {
                try await ToolRun.run(["session"] + arguments, socket: service.socket)
            }
            let all = try await run("transcript", "abcdefghij")
            #expect(
                all.output == """
                    == box, terminal 0 ==
                    box 0
                    \u{FFFD}[2J
                    == box, terminal 0.2 ==
                    box 0.2
                    \u{FFFD}[2J
                    == app, terminal console ==
                    app console
                    \u{FFFD}[2J

                    """
            )
            let one = try await run("transcript", "abcdefghij", "--machine", "app", "--times")
            #expect(one.output == "   1:01  app console\n   1:02  \u{FFFD}[2J\n")
            let told = try await run("commands", "abcdefghij", "--terminal", "console")
            #expect(told.output.contains("0:01  0.50 s       1  for i in 1 ↵ do …\n"))
            #expect(told.output.contains("evil \u{FFFD}[2J\n"))
            #expect(told.errors.contains("the guest's word") && told.errors.contains("There were more."))
            #expect(try await run("commands", "abcdefghij", "--json").status == 64)
            #expect(try await run("transcript", "abcdefghij", "--terminal", "7").status == 3)
        }
    }

    private static func content(_ path: String) -> [UInt8] {
        FileManager.default.contents(atPath: path).map { Array($0) } ?? []
    }
}

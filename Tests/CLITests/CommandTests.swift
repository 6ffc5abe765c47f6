import APIContract
import Foundation
import Glibc
import StubService
import Synchronization
import Testing

@testable import sandglass

@Suite("Commands")
struct CommandTests {
    /// A command that prints what the service answers.
    struct Printing: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let answer: StubAnswer
        let isSame: @Sendable (Data) throws -> Bool
        var testDescription: String { arguments.joined(separator: " ") }

        init(_ arguments: String, _ value: some Codable & Equatable & Sendable) {
            self.arguments = arguments.split(separator: " ").map(String.init)
            answer = .json(value)
            isSame = { data in
                func same<Value: Codable & Equatable>(_ value: Value) throws -> Bool {
                    try JSONDecoder().decode(Value.self, from: data) == value
                }
                return try same(value)
            }
        }

        static let all: [Printing] = [
            Printing("doctor", Samples.fitHost),
            Printing("session list", SessionList(sessions: [Samples.session()], next: "c")),
            Printing("session show abcdefghij", Samples.session()),
            Printing("session extend abcdefghij --minutes 5", Samples.session()),
            Printing("session pause abcdefghij", Samples.session(state: "paused")),
            Printing("session resume abcdefghij", Samples.session()),
            Printing("session reset abcdefghij --no-wait", Samples.session(resetting: true)),
            Printing("session end abcdefghij", Samples.session(state: "finishing", reason: "stopped")),
            Printing("session events abcdefghij", EventList(events: Samples.start)),
            Printing("lab list", LabList(labs: [Samples.lab], problems: ["x"])),
            Printing("lab show first-steps", Samples.lab),
            Printing("policy list", PolicyList(policies: [Samples.policy], problems: [])),
            Printing("policy show practice", Samples.policy),
            Printing("image list", ImageList(images: [Samples.image()], problems: [])),
            Printing("image show debian-13", Samples.image()),
            Printing("image gc", ImageGarbageResponse(removed: ["half an image"])),
            Printing(
                "warm list",
                WarmList(machines: [Samples.warmMachine()], snapshots: [Samples.snapshot()], problems: ["x"]),
            ),
            Printing("warm show abcdefghijkl", Samples.snapshot()),
            Printing("warm gc", WarmGarbageResponse(removed: ["an old snapshot"])),
            Printing("person list", PersonList(people: [Samples.person()], next: "p-a")),
            Printing("person show", Samples.person()),
            Printing("person create anna --name A --role author", Samples.person()),
            Printing("person change p-abcdefghijklmnop --name A", Samples.person()),
            Printing("person password-link me", Samples.link),
            Printing("token list", TokenList(tokens: [Samples.token()])),
            Printing("token issue --name ci --for 12h", Samples.issuedToken),
            Printing("audit", AuditList(entries: [Samples.auditEntry], next: 8)),
            Printing("whoami", Samples.me),
        ]
    }

    @Test(
        "With --json a command prints exactly what the service answers",
        .timeLimit(.minutes(1)),
        arguments: Printing.all,
    )
    func json(_ printing: Printing) async throws {
        try await StubService.serving({ _ in printing.answer }) { service in
            let (status, output, errors) = try await ToolRun.run(
                printing.arguments + ["--json"],
                socket: service.socket,
            )
            #expect(status == 0)
            #expect(try printing.isSame(Data(output.utf8)))
            #expect(errors.isEmpty)
        }
    }

    @Test("Without --json a command prints lines for people", .timeLimit(.minutes(1)), arguments: Printing.all)
    func people(_ printing: Printing) async throws {
        try await StubService.serving({ _ in printing.answer }) { service in
            let (status, output, _) = try await ToolRun.run(printing.arguments, socket: service.socket)
            #expect(status == 0)
            #expect(!output.isEmpty)
            #expect(!output.contains("\u{1B}"))
            #expect(!output.contains("Optional("))
        }
    }

    @Test(
        "What the service refuses is said, and the exit code tells the kind",
        .timeLimit(.minutes(1)),
        arguments: [
            ("notFound", 3), ("policyRefused", 4), ("noCapacity", 5), ("wrongState", 6), ("hypervisor", 8),
            ("invalidInput", 64),
        ] as [(String, Int32)],
    )
    func refused(_ code: String, _ status: Int32) async throws {
        try await StubService.serving({ _ in .problem(code, "not like this") }) { service in
            let run = try await ToolRun.run(["session", "end", "abcdefghij"], socket: service.socket)
            #expect(run.status == status)
            #expect(run.output.isEmpty)
            #expect(run.errors == "sandglass: not like this\n")
        }
    }

    @Test("With --json errors are JSON too, beside the results", .timeLimit(.minutes(1)))
    func errorsForPrograms() async throws {
        struct Report: Decodable, Equatable {
            let code: String
            let detail: String
            let exit: Int32
        }
        func report(_ run: (status: Int32, output: String, errors: String)) throws -> Report {
            #expect(run.output.isEmpty)
            let report = try JSONDecoder().decode(Report.self, from: Data(run.errors.utf8))
            #expect(report.exit == run.status)
            return report
        }
        try await StubService.serving({ _ in .problem("inUse", "a session stands on it") }) { service in
            let run = try await ToolRun.run(["image", "rm", "debian-13", "--json"], socket: service.socket)
            #expect(try report(run) == Report(code: "inUse", detail: "a session stands on it", exit: 6))
        }
        let lost = try await ToolRun.run(["lab", "list", "--json"], socket: "/nonexistent/x.sock")
        #expect(try report(lost).code == "noDaemon")
    }

    @Test("A removed image is named for programs", .timeLimit(.minutes(1)))
    func remove() async throws {
        try await StubService.serving({ _ in .whole(status: 204, type: "text/plain", body: []) }) { service in
            let run = try await ToolRun.run(["image", "rm", "old", "--json"], socket: service.socket)
            let answer = try JSONDecoder().decode(ImageGarbageResponse.self, from: Data(run.output.utf8))
            #expect(answer.removed == ["old"])
        }
    }

    @Test(
        "A definition is looked through without a daemon",
        .timeLimit(.minutes(1)),
        arguments: [(0, "can be used"), (1, "<stdin>:2:1: nonsense")] as [(Int32, String)],
    )
    func checkWithoutDaemon(_ status: Int32, _ says: String) async throws {
        let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path()
        let shipped = try String(contentsOfFile: checkout + "policies/practice.yaml", encoding: .utf8)
        let text = status == 0 ? shipped : "id: practise\nnonsense: 1\n"
        let run = try await ToolRun.run(
            ["policy", "check", "-"],
            socket: "/nonexistent/x.sock",
            environment: ["SANDGLASS_DEFINITIONS_DIR": checkout],
            input: text,
        )
        #expect(run.status == status, "\(run.errors)")
        #expect(run.output.contains(says))
        #expect(run.errors.isEmpty)
    }

    @Test("Where no daemon answers, the message says which socket and how to start it", .timeLimit(.minutes(1)))
    func noDaemon() async throws {
        let run = try await ToolRun.run(["session", "list"], socket: "/nonexistent/x.sock")
        #expect(run.status == 7)
        #expect(run.errors.contains("/nonexistent/x.sock"))
        #expect(run.errors.contains("sandglassd"))
    }

    @Test(
        "Wrong arguments are told apart from refusals",
        .timeLimit(.minutes(1)),
        arguments: [
            ["session", "show"], ["session", "extend", "abcdefghij", "--minutes", "0"], ["nonsense"],
            ["up", "--minutes", "-3"],
            ["up", "--override-isolation", ""], ["up", "--cohort", ""], ["warm", "build"], ["warm", "build", ""],
            ["warm", "show", ""], ["session", "attach", "abcdefghij", "--detach-key", "d"],
            ["completions", "tcsh"], ["person", "create", "anna", "--name", "A"], ["person", "change", "anna"],
            ["person", "show", ""], ["whoami", "--server", "https://a.test", "--socket", "/x"],
            ["whoami", "--server", "http://a.test"], ["whoami", "--token-file", "/x"], ["whoami", "--ca", "/x"],
            ["whoami", "--server", "https://a.test", "--ca", "/nonexistent/x"], ["token", "issue", "--name", "a"],
            ["token", "issue", "--name", "a", "--for", "soon"],
            ["token", "issue", "--name", "a", "--for", "1d", "--scope", "writeLabs", "--no-scopes"],
            ["token", "issue", "--name", "a", "--for", "1d", "--quiet", "--json"], ["token", "revoke", ""],
        ],
    )
    func usage(_ arguments: [String]) async throws {
        #expect(try await ToolRun.run(arguments, socket: "/nonexistent/x.sock").status == 64)
    }

    @Test("A host that cannot run sessions is exit code 1", .timeLimit(.minutes(1)))
    func unfit() async throws {
        var report = Samples.fitHost
        report.fit = false
        try await StubService.serving({ [report] _ in .json(report) }) { service in
            let run = try await ToolRun.run(["doctor"], socket: service.socket)
            #expect(run.status == 1)
            #expect(run.output.contains("Sessions cannot run on this host."))
            #expect(run.errors.isEmpty)
        }
    }

    @Test("A file that cannot be used is exit code 1, with every finding", .timeLimit(.minutes(1)))
    func check() async throws {
        let request = Mutex<CheckDefinitionRequest?>(nil)
        let finding = "<stdin>:3:5: time.limt: unknown key; did you mean time.limit?"
        try await StubService.serving({ asked in
            do {
                let body = try asked.decoded(as: CheckDefinitionRequest.self)
                request.withLock { $0 = body }
            } catch {
                Issue.record(error)
            }
            return .json(CheckDefinitionResponse(valid: false, findings: [finding]))
        }) { service in
            let run = try await ToolRun.run(["policy", "check", "-"], socket: service.socket, input: "id: x\n")
            #expect(run.status == 1)
            #expect(run.output == finding + "\n")
        }
        #expect(request.withLock { $0 } == CheckDefinitionRequest(kind: "policy", file: "<stdin>", text: "id: x\n"))
    }

    @Test(
        "The beginning of an id is enough when no other begins like it",
        .timeLimit(.minutes(1)),
        arguments: [
            ("abd", 0, "GET /api/v1/sessions/abdddddddd"), ("ab", 64, nil), ("x", 3, nil),
            ("zzz", 0, "GET /api/v1/sessions/zzzzzzzzzz"),
        ] as [(String, Int32, String?)],
    )
    func beginning(_ beginning: String, _ status: Int32, _ line: String?) async throws {
        let asked = Mutex<[String]>([])
        try await StubService.serving({ request in
            asked.withLock { $0.append(request.line) }
            if request.target.hasSuffix("/sessions?limit=500") {
                return .json(
                    SessionList(sessions: [Samples.session("abcccccccc"), Samples.session("abdddddddd")], next: "2")
                )
            }
            if request.target.contains("cursor=2") {
                return .json(SessionList(sessions: [Samples.session("zzzzzzzzzz")], next: nil))
            }
            return .json(Samples.session())
        }) { service in
            let run = try await ToolRun.run(["session", "show", beginning], socket: service.socket)
            #expect(run.status == status)
        }
        if let line { #expect(asked.withLock { $0.last } == line) }
    }

    @Test("A timeline is followed as one object per line", .timeLimit(.minutes(1)))
    func follow() async throws {
        let events = Samples.start + [Samples.event(8, "tornDown", after: 20_000)]
        try await StubService.serving({ _ in .events(events) }) { service in
            let arguments = ["session", "events", "abcdefghij", "--follow", "--json"]
            let run = try await ToolRun.run(arguments, socket: service.socket)
            #expect(run.status == 0)
            let lines = try run.output.split(separator: "\n")
                .map { try JSONDecoder().decode(EventResource.self, from: Data($0.utf8)) }
            #expect(lines == events)
        }
    }

    @Test("Nobody reading the output ends the tool quietly", .timeLimit(.minutes(1)))
    func closedOutput() async throws {
        let (parts, sender) = AsyncStream<String>.makeStream()
        try await StubService.serving({ _ in .parts(type: "text/event-stream", parts, isComplete: true) }) { service in
            var ends: [Int32] = [0, 0]
            try #require(Glibc.pipe(&ends) == 0)
            close(ends[0])
            let tool = try ToolRun(
                ["session", "events", "abcdefghij", "--follow"],
                environment: ["SANDGLASS_SOCKET": service.socket],
                terminal: ends[1],
            )
            sender.yield("data: {\"sequence\":1,\"at\":\"x\",\"kind\":\"requested\",\"text\":\"\"}\n\n")
            #expect(await tool.status() == 141)
            close(ends[1])
        }
    }

    @Test("Work on an image says its steps and its result", .timeLimit(.minutes(1)))
    func build() async throws {
        let reports = [
            ImageProgressResource(step: "bootstrapping"), ImageProgressResource(step: "bootstrapping", fraction: 0.5),
            ImageProgressResource(step: "writing"), ImageProgressResource(image: Samples.image()),
        ]
        try await StubService.serving({ _ in .lines(reports) }) { service in
            let run = try await ToolRun.run(["image", "build", "debian-13"], socket: service.socket)
            #expect(run.status == 0)
            #expect(run.output == "The image debian-13 is ready.\n")
            #expect(run.errors == "bootstrapping\nwriting\n")
            let json = try await ToolRun.run(["image", "build", "debian-13", "--json"], socket: service.socket)
            let lines = try json.output.split(separator: "\n")
                .map { try JSONDecoder().decode(ImageProgressResource.self, from: Data($0.utf8)) }
            #expect(lines == reports)
            #expect(json.errors.isEmpty)
        }
    }

    @Test("An import gives the file's absolute path and only what was asked for", .timeLimit(.minutes(1)))
    func importImage() async throws {
        let got = Mutex<ImportImageRequest?>(nil)
        try await StubService.serving({ request in
            do {
                let body = try request.decoded(as: ImportImageRequest.self)
                got.withLock { $0 = body }
            } catch {
                Issue.record(error)
            }
            return .lines([ImageProgressResource(image: Samples.image("a", health: "unusable: graphics"))])
        }) { service in
            let arguments = ["image", "import", "a", "x/../disk.vmdk", "--disk-bus", "sata", "--cloud-seed"]
            let run = try await ToolRun.run(arguments, socket: service.socket)
            #expect(run.status == 0)
            #expect(run.output.contains("unusable: graphics"))
        }
        let path = FileManager.default.currentDirectoryPath + "/disk.vmdk"
        #expect(got.withLock { $0 } == ImportImageRequest(path: path, diskBus: "sata", cloudSeed: true))
    }

    @Test("An image that differs from its digests is exit code 1", .timeLimit(.minutes(1)))
    func verify() async throws {
        let damaged = ImageProgressResource(image: Samples.image(health: "unusable: it differs"))
        try await StubService.serving({ _ in .lines([damaged]) }) { service in
            let run = try await ToolRun.run(["image", "verify", "debian-13"], socket: service.socket)
            #expect(run.status == 1)
            #expect(run.errors.contains("unusable: it differs"))
        }
    }

    @Test("Names are offered to the shell", .timeLimit(.minutes(1)))
    func completions() async throws {
        let script = try await ToolRun.run(["completions", "bash"], socket: "/nonexistent/x.sock")
        #expect(script.status == 0)
        #expect(script.output.contains("_sandglass"))
        for shell in ["zsh", "fish"] {
            #expect(try await ToolRun.run(["completions", shell], socket: "/nonexistent/x.sock").status == 0)
        }
    }
}

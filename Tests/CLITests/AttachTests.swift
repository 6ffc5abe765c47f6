import APIContract
import Glibc
import StubService
import Synchronization
import Testing

@testable import sandglass

@Suite("Attaching")
struct AttachTests {
    /// What a machine shows that leaves every mode switched on.
    private static let modes = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?2004h\u{1B}[?1000h"
    private static let size = TerminalMessage.WindowSize(columns: 100, rows: 30)

    /// A way out of a terminal.
    struct Exit: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let status: Int32
        let says: String
        /// What is typed to leave.
        var typed: String?
        /// The signal that the tool gets.
        var signal: Int32?

        static let all =
            [
                Exit(testDescription: "detach key", status: 0, says: "the machine keeps running", typed: "\u{07}d"),
                Exit(testDescription: "session over", status: 0, says: "the time is over", typed: "e"),
                Exit(testDescription: "machine crashed", status: 8, says: "the machine crashed", typed: "k"),
                Exit(testDescription: "nonsense from the daemon", status: 8, says: "does not understand", typed: "n"),
            ]
            + [
                SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGUSR1, SIGUSR2, SIGALRM,
                SIGXCPU,
            ].map { Exit(testDescription: "signal \($0)", status: 128 + $0, says: "", signal: $0) }
    }

    @Test("The terminal is as before in every way out", .timeLimit(.minutes(1)), arguments: Exit.all)
    func restored(_ exit: Exit) async throws {
        try await serving { service in
            let terminal = try PseudoTerminal(Self.size)
            let before = terminal.settings
            let tool = try ToolRun(
                ["session", "attach", "abcdefghij"],
                environment: ["SANDGLASS_SOCKET": service.socket],
                terminal: terminal.program,
            )
            try #require(await eventually { terminal.isRaw && terminal.shown.contains("welcome") })
            if let typed = exit.typed { terminal.type(typed) }
            if let signal = exit.signal { kill(tool.pid, signal) }
            #expect(await tool.status() == exit.status)
            #expect(terminal.settings == before)
            #expect(try await Self.undone(terminal))
            #expect(try await eventually { terminal.shown.contains(exit.says) })
        }
    }

    @Test(
        "The terminal that was named is asked for",
        .timeLimit(.minutes(1)),
        arguments: [
            ([], nil), (["--terminal", "3"], "terminal=3"), (["--console"], "terminal=console"),
        ] as [([String], String?)],
    )
    func choice(_ arguments: [String], _ asked: String?) async throws {
        let targets = Mutex<[String]>([])
        try await StubService.serving(
            { _ in .json(Samples.session()) },
            terminal: { target, terminal in
                targets.withLock { $0.append(target) }
                try await terminal.tell(TerminalMessage.FromServer(ended: "stopped"))
                try await terminal.close()
            },
        ) { service in
            let run = try await ToolRun.run(["session", "attach", "abcdefghij"] + arguments, socket: service.socket)
            #expect(run.status == 0)
        }
        let query = targets.withLock { $0 }.first?.split(separator: "?").dropFirst().first.map(String.init)
        #expect(query == asked)
    }

    @Test(
        "Terminals that are none are told",
        .timeLimit(.minutes(1)),
        arguments: [["--terminal", "16"], ["--terminal", "-1"], ["--terminal", "1", "--console"]],
    )
    func noTerminal(_ arguments: [String]) async throws {
        let run = try await ToolRun.run(
            ["session", "attach", "abcdefghij"] + arguments,
            socket: "/nonexistent/x.sock",
        )
        #expect(run.status == 64)
    }

    @Test(
        "A program is told that the connection was lost; nothing that it would be shown later goes on from there",
        .timeLimit(.minutes(1)),
        arguments: ["c", "x"],
    )
    func lostByProgram(_ typed: String) async throws {
        try await serving { service in
            let run = try await ToolRun.run(["session", "attach", "abcdefghij"], socket: service.socket, input: typed)
            #expect(run.status == 9)
            #expect(run.errors.contains("session attach abcdefghij"))
        }
    }

    @Test(
        "Whoever sits at a terminal comes back by themselves; what was typed meanwhile arrives once",
        .timeLimit(.minutes(1)),
        arguments: [true, false],
    )
    func comesBack(_ saysGoodBye: Bool) async throws {
        let heard = Mutex<[UInt8]>([])
        let names = Mutex<Set<String>>([])
        let visits = Mutex(0)
        let isBack = Mutex(false)
        try await StubService.serving(
            { _ in .json(Samples.session()) },
            terminal: { target, terminal in
                let name = try #require(target.split(separator: "&").first { $0.hasPrefix("client=") })
                _ = names.withLock { $0.insert(String(name)) }
                let visit = visits.withLock { visits in
                    visits += 1
                    return visits
                }
                // The second finds a service that does not serve yet.
                if visit == 2 || !isBack.withLock({ $0 }) && visit > 2 { return try await terminal.hangUp() }
                try await terminal.tell(.init(typed: Int64(heard.withLock { $0.count }), isFresh: visit == 1))
                try await terminal.show("visit \(visit)\r\n")
                try await terminal.read { message in
                    guard case .bytes(let bytes) = message else { return true }
                    heard.withLock { $0 += bytes }
                    // That these have come is told to nobody.
                    guard bytes.contains(UInt8(ascii: "!")) else { return true }
                    if saysGoodBye { try await terminal.close() } else { try await terminal.hangUp() }
                    return false
                }
            },
            tellsTyped: false,
        ) { service in
            let terminal = try PseudoTerminal(Self.size)
            let tool = try Self.attach(service, terminal)
            try #require(await eventually { terminal.isRaw && terminal.shown.contains("visit 1") })
            terminal.type("one!")
            try #require(await eventually { terminal.shown.contains("Connection lost; reconnecting") })
            terminal.type("two")
            try #require(await eventually { visits.withLock { $0 } >= 2 })
            #expect(terminal.isRaw)
            isBack.withLock { $0 = true }
            #expect(try await eventually { heard.withLock { $0 } == Array("one!two".utf8) })
            terminal.type("three")
            #expect(try await eventually { heard.withLock { $0 } == Array("one!twothree".utf8) })
            terminal.type("\u{07}d")
            #expect(await tool.status() == 0)
            #expect(names.withLock { $0.count } == 1)
        }
    }

    @Test("Whoever waits for the service can leave, and who may not come back is told", .timeLimit(.minutes(1)))
    func leavesMeanwhile() async throws {
        let visits = Mutex(0)
        try await StubService.serving(
            { _ in .json(Samples.session()) },
            terminal: { _, terminal in
                visits.withLock { $0 += 1 }
                if visits.withLock({ $0 }) == 1 { try await terminal.show("welcome") }
                try await terminal.hangUp()
            },
        ) { service in
            let terminal = try PseudoTerminal(Self.size)
            let before = terminal.settings
            let tool = try Self.attach(service, terminal)
            try #require(await eventually { visits.withLock { $0 } >= 3 })
            terminal.type("\u{07}d")
            #expect(await tool.status() == 0)
            #expect(terminal.settings == before)
        }
    }

    @Test("Keys reach the machine unchanged, the keys of control included", .timeLimit(.minutes(1)))
    func keys() async throws {
        let typed = "ls\r\u{03}\u{1A}\u{1C}\u{11}\u{13}\u{7F}é\u{1B}[A"
        let got = Mutex<[UInt8]>([])
        try await serving(hear: { bytes in got.withLock { $0 += bytes } }) { service in
            let terminal = try PseudoTerminal(Self.size)
            let tool = try Self.attach(service, terminal)
            try #require(await eventually { terminal.isRaw && terminal.shown.contains("welcome") })
            terminal.type(typed)
            #expect(try await eventually { got.withLock { $0 } == Array(typed.utf8) })
            terminal.type("\u{07}d")
            #expect(await tool.status() == 0)
        }
    }

    @Test("The beginning of the detach key is passed on when nothing follows", .timeLimit(.minutes(1)))
    func halfKey() async throws {
        let got = Mutex<[UInt8]>([])
        try await serving(hear: { bytes in got.withLock { $0 += bytes } }) { service in
            let terminal = try PseudoTerminal(Self.size)
            let tool = try Self.attach(service, terminal)
            try #require(await eventually { terminal.isRaw && terminal.shown.contains("welcome") })
            terminal.type("\u{07}")
            #expect(try await eventually { got.withLock { $0 } == [7] })
            terminal.type("d\u{07}")
            #expect(try await eventually { got.withLock { $0 } == [7, 100, 7] })
            terminal.type("\u{07}\u{07}d")
            #expect(await tool.status() == 0)
            #expect(got.withLock { $0 } == [7, 100, 7, 7])
        }
    }

    @Test("The detach key can be another, or none", .timeLimit(.minutes(1)), arguments: [true, false])
    func otherKey(_ isOption: Bool) async throws {
        try await serving { service in
            let terminal = try PseudoTerminal(Self.size)
            let tool = try ToolRun(
                ["session", "attach", "abcdefghij"] + (isOption ? ["--detach-key", "ctrl-t"] : []),
                environment: [
                    "SANDGLASS_SOCKET": service.socket, "SANDGLASS_DETACH_KEY": isOption ? "none" : "ctrl-t",
                ],
                terminal: terminal.program,
            )
            try #require(await eventually { terminal.isRaw && terminal.shown.contains("welcome") })
            #expect(terminal.shown.contains("Leave with Ctrl-T"))
            terminal.type("\u{14}")
            #expect(await tool.status() == 0)
        }
    }

    @Test("The window's size is told on attaching and when it changes", .timeLimit(.minutes(1)))
    func resize() async throws {
        try await serving { service in
            let terminal = try PseudoTerminal(Self.size)
            let tool = try Self.attach(service, terminal)
            try #require(await eventually { terminal.isRaw && terminal.shown.contains("columns=100&rows=30") })
            terminal.resize(.init(columns: 81, rows: 25))
            // The terminal is not the tool's controlling one here, so the system does not tell it.
            try #require(
                await eventually {
                    kill(tool.pid, SIGWINCH)
                    return terminal.shown.contains("<81x25>")
                }
            )
            terminal.type("\u{07}d")
            #expect(await tool.status() == 0)
        }
    }

    @Test("A stopped tool gives the terminal back and takes it again when it goes on", .timeLimit(.minutes(1)))
    func stopped() async throws {
        try await serving { service in
            let terminal = try PseudoTerminal(Self.size)
            let before = terminal.settings
            let tool = try Self.attach(service, terminal)
            try #require(await eventually { terminal.isRaw && terminal.shown.contains("welcome") })
            let raw = terminal.settings
            kill(tool.pid, SIGTSTP)
            #expect(try await eventually { terminal.settings == before })
            kill(tool.pid, SIGCONT)
            #expect(try await eventually { terminal.settings == raw })
            terminal.type("\u{07}d")
            #expect(await tool.status() == 0)
            #expect(terminal.settings == before)
        }
    }

    @Test(
        "A pipe's bytes are typed, its end does not end the stay, and the detach key is no key",
        .timeLimit(.minutes(1)),
    )
    func pipe() async throws {
        let got = Mutex<[UInt8]>([])
        try await serving(hear: { bytes in got.withLock { $0 += bytes } }) { service in
            let (status, output, errors) = try await ToolRun.run(
                ["session", "attach", "abcdefghij"],
                socket: service.socket,
                input: "uname\n\u{07}d\ne",
            )
            #expect(status == 0)
            #expect(got.withLock { $0 } == Array("uname\n\u{07}d\ne".utf8))
            #expect(output.contains("welcome"))
            #expect(errors.contains("The session is over: the time is over."))
        }
    }

    @Test("Much output arrives whole", .timeLimit(.minutes(1)))
    func much() async throws {
        let line = String(repeating: "0123456789abcdef", count: 64)
        let count = 4000
        try await StubService.serving(
            { _ in .json(Samples.session()) },
            terminal: { _, terminal in
                for _ in 0..<count { try await terminal.show(line) }
                try await terminal.tell(.init(ended: "submitted"))
                try await terminal.close()
            },
        ) { service in
            let (status, output, _) = try await ToolRun.run(
                ["session", "attach", "abcdefghij"],
                socket: service.socket,
            )
            #expect(status == 0)
            #expect(output.utf8.count == count * line.utf8.count)
            #expect(output == String(repeating: line, count: count))
        }
    }

    @Test("A connection that ends because the session is over says so", .timeLimit(.minutes(1)))
    func overWithoutWord() async throws {
        let isOver = Mutex(false)
        try await StubService.serving(
            { _ in
                isOver.withLock { $0 }
                    ? .json(Samples.session(state: "tornDown", reason: "stopped", remaining: nil))
                    : .json(Samples.session())
            },
            terminal: { _, terminal in
                isOver.withLock { $0 = true }
                try await terminal.hangUp()
            },
        ) { service in
            let (status, _, errors) = try await ToolRun.run(
                ["session", "attach", "abcdefghij"],
                socket: service.socket,
            )
            #expect(status == 0)
            #expect(errors.contains("The session is over: ended on request."))
        }
    }

    // MARK: -

    private static func attach(_ service: StubService, _ terminal: PseudoTerminal) throws -> ToolRun {
        try ToolRun(
            ["session", "attach", "abcdefghij"],
            environment: ["SANDGLASS_SOCKET": service.socket],
            terminal: terminal.program,
        )
    }

    /// Whether what was shown leaves no mode switched on.
    private static func undone(_ terminal: PseudoTerminal) async throws -> Bool {
        try await eventually {
            var tracker = ScreenModeTracker()
            tracker.take(Array(terminal.shown.utf8))
            return tracker.modes == []
        }
    }

    /// Serves a session whose machine switches modes on and ends in the way that a letter names.
    private func serving(
        hear: @escaping @Sendable ([UInt8]) -> Void = { _ in },
        _ body: (StubService) async throws -> Void,
    ) async throws {
        try await StubService.serving(
            { _ in .json(Samples.session()) },
            terminal: { target, terminal in
                try await terminal.tell(.init(remainingSeconds: 2292))
                try await terminal.show(Self.modes + "welcome to \(target)\r\n")
                try await terminal.read { message in
                    switch message {
                    case .bytes(let bytes):
                        hear(bytes)
                        return try await Self.react(to: bytes.last, terminal)
                    case .resize(let size):
                        try await terminal.show("<\(size.columns)x\(size.rows)>")
                        return true
                    case .close:
                        return false
                    }
                }
            },
            body,
        )
    }

    private static func react(to key: UInt8?, _ terminal: StubTerminal) async throws -> Bool {
        switch key {
        case UInt8(ascii: "e"), UInt8(ascii: "k"):
            try await terminal.tell(.init(ended: key == UInt8(ascii: "e") ? "expired" : "guestCrashed"))
            try await terminal.close()
            return false
        case UInt8(ascii: "c"):
            try await terminal.close()
            return false
        case UInt8(ascii: "x"):
            try await terminal.hangUp()
            return false
        case UInt8(ascii: "n"):
            try await terminal.tellNonsense()
            return true
        default:
            return true
        }
    }
}

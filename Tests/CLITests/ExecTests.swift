import APIContract
import Glibc
import StubService
import Synchronization
import Testing

@Suite("Programs", .timeLimit(.minutes(1)))
struct ExecTests {
    /// Runs the tool against a service whose program does as it is told.
    private static func exec(
        _ arguments: [String],
        input: String = "",
        _ program: @escaping @Sendable (StubTerminal) async throws -> Void,
    ) async throws -> (status: Int32, output: String, errors: String) {
        try await StubService.serving(
            { _ in .problem("internal", status: 500, "nobody asked for this") },
            terminal: { target, terminal in
                #expect(target == "/api/v1/sessions/abcdefghij/exec")
                try await program(terminal)
            },
        ) { service in
            try await ToolRun.run(["session", "exec", "abcdefghij"] + arguments, socket: service.socket, input: input)
        }
    }

    @Test("A pipe's bytes reach the program to the last, its outputs come out apart, its status is the tool's")
    func pipe() async throws {
        let text = String(repeating: "0123456789", count: 6_000)
        let asked = Mutex<[ProgramMessage.Request]>([])
        let arguments = [
            "--machine", "box", "--user", "student", "--directory", "/srv", "--env", "A=b=c", "--env", "E=",
            "--timeout", "1.5s", "--", "tee", "--json", "-n",
        ]
        let run = try await Self.exec(arguments, input: text) { terminal in
            try await terminal.readProgram { message in
                switch message {
                case .run(let request): asked.withLock { $0.append(request) }
                case .bytes(let bytes): try await terminal.say(String(decoding: bytes, as: UTF8.self), on: .output)
                case .endOfInput:
                    try await terminal.say("done", on: .errors)
                    try await terminal.tell(.init(ended: .init(status: 3)))
                    try await terminal.close()
                case .copy, .connect, .close: break
                }
                return true
            }
        }
        #expect(run.status == 3)
        #expect(run.output == text)
        #expect(run.errors == "done")
        let request = ProgramMessage.Request(
            arguments: ["tee", "--json", "-n"],
            machine: "box",
            user: "student",
            directory: "/srv",
            environment: ["A": "b=c", "E": ""],
            timeoutSeconds: 1.5,
        )
        #expect(asked.withLock { $0 } == [request])
    }

    @Test(
        "A signal and the time limit have their exit codes",
        arguments: [(.init(signal: 15), 143), (.init(timedOut: true), 124), (.init(status: 0), 0)]
            as [(ProgramMessage.End, Int32)],
    )
    func ends(_ end: ProgramMessage.End, _ status: Int32) async throws {
        // Nobody reads the input, as a program need not.
        let run = try await Self.exec(["--", "sleep", "1"], input: String(repeating: "x", count: 60_000)) { terminal in
            try await terminal.tell(.init(ended: end))
            try await terminal.close()
        }
        #expect(run.status == status)
        #expect(run.errors.isEmpty)
    }

    @Test("Why it cannot be run is said, and a lost connection has a code of its own")
    func refused() async throws {
        let silent = Problem(title: "", status: 504, detail: "no agent answers", code: "guestSilent")
        let run = try await Self.exec(["--", "true"]) { terminal in
            try await terminal.tell(.init(problem: silent))
            try await terminal.close()
        }
        #expect(run.status == 8)
        #expect(run.errors == "sandglass: no agent answers\n")
        #expect(try await Self.exec(["--", "true"]) { try await $0.hangUp() }.status == 9)
    }

    @Test("A signal ends the tool and closes the connection, which is what ends the program")
    func interrupted() async throws {
        let heard = Mutex(false)
        let isOver = Mutex(false)
        try await StubService.serving(
            { _ in .silence },
            terminal: { _, terminal in
                defer { isOver.withLock { $0 = true } }
                try await terminal.readProgram { _ in
                    heard.withLock { $0 = true }
                    return true
                }
            },
        ) { service in
            let tool = try ToolRun(
                ["session", "exec", "abcdefghij", "--", "sleep", "9"],
                environment: ["SANDGLASS_SOCKET": service.socket],
            )
            #expect(try await eventually { heard.withLock { $0 } })
            kill(tool.pid, SIGINT)
            #expect(await tool.status() == 130)
            #expect(try await eventually { isOver.withLock { $0 } })
        }
    }

    @Test(
        "Wrong arguments are told",
        arguments: [
            [], ["true"], ["--"], ["--env", "=x", "--", "true"], ["--env", "x", "--", "true"],
            ["--timeout", "5", "--", "true"], ["--timeout", "-1s", "--", "true"],
        ],
    )
    func usage(_ arguments: [String]) async throws {
        let run = try await ToolRun.run(["session", "exec", "abcdefghij"] + arguments, socket: "/nonexistent/x.sock")
        #expect(run.status == 64)
    }
}

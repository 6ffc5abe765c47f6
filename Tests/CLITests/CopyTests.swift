import APIContract
import Foundation
import Glibc
import StubService
import Synchronization
import Testing

@testable import sandglass

@Suite("Copying", .timeLimit(.minutes(1)))
struct CopyTests {
    /// What a machine was asked for and given.
    private final class Machine: Sendable {
        let asked = Mutex<[ProgramMessage.Copy]>([])
        let uploads = Mutex<[StubRequest]>([])
    }

    /// Runs the tool in a folder of its own against a machine that has `contents` in whatever it is asked for.
    private static func copy(
        _ arguments: [String],
        in folder: URL,
        input: String = "",
        contents: [UInt8] = [],
        end: ProgramMessage.FromServer = .init(ended: .init(status: 0, mode: 0o750)),
        refusal: StubAnswer? = nil,
    ) async throws -> (status: Int32, output: String, errors: String, machine: Machine) {
        let machine = Machine()
        let run = try await StubService.serving(
            { request in
                machine.uploads.withLock { $0.append(request) }
                return refusal ?? .whole(status: 204, type: "application/json", body: [])
            },
            terminal: { target, terminal in
                #expect(target == "/api/v1/sessions/abcdefghij/copy")
                try await terminal.readProgram { message in
                    switch message {
                    case .copy(let request): machine.asked.withLock { $0.append(request) }
                    case .endOfInput:
                        if !contents.isEmpty { try await terminal.say(contents, on: .output) }
                        try await terminal.tell(end)
                        try await terminal.close()
                    case .bytes, .run, .connect, .close: break
                    }
                    return true
                }
            },
        ) { service in
            try await ToolRun.run(["session", "cp"] + arguments, socket: service.socket, input: input)
        }
        return (run.status, run.output, run.errors, machine)
    }

    private static func inFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cp-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // What stays is in nobody's way.
        try await body(folder)
    }

    @Test("A file goes into a machine whole, with its permissions, under its own name in a folder")
    func put() async throws {
        try await Self.inFolder { folder in
            let text = [UInt8](repeating: 0x61, count: 200_000)
            let file = folder.appending(path: "notes.txt")
            try Data(text).write(to: file)
            chmod(file.path, 0o640)
            let run = try await Self.copy(
                [file.path, "abcdefghij:/srv/", "--user", "student", "--machine", "box"],
                in: folder,
            )
            #expect(run.status == 0 && run.errors.isEmpty)
            let sent = run.machine.uploads.withLock { $0 }
            let query = "path=%2Fsrv%2Fnotes.txt&mode=640&user=student&machine=box"
            #expect(sent.map(\.line) == ["PUT /api/v1/sessions/abcdefghij/files?\(query)"])
            #expect(sent.first?.body == text)

            let piped = try await Self.copy(["-", "abcdefghij:/srv/x"], in: folder, input: "typed")
            #expect(piped.status == 0)
            #expect(piped.machine.uploads.withLock { $0.map(\.body) } == [Array("typed".utf8)])
        }
    }

    @Test("What cannot be read here is not taken for its end: no file comes of it", arguments: ["cp", "exec"])
    func unreadable(_ command: String) async throws {
        try await Self.inFolder { folder in
            let requests = Mutex<[String]>([])
            let run = try await StubService.serving(
                { request in
                    requests.withLock { $0.append(request.line) }
                    return .whole(status: 204, type: "application/json", body: [])
                },
                terminal: { _, terminal in try await terminal.readProgram { _ in true } },
            ) { service in
                let arguments = command == "cp" ? ["cp", "-", "abcdefghij:/x"] : ["exec", "abcdefghij", "--", "cat"]
                // A folder can be opened and not read.
                return try await ToolRun.run(["session"] + arguments, socket: service.socket, inputFrom: folder.path)
            }
            #expect(run.status == 8 && run.errors.contains("cannot be read"), "\(run.errors)")
            #expect(requests.withLock { $0.isEmpty }, "half a file was taken for a whole one")
        }
    }

    @Test("What a machine does not take is told, with the exit status of the reason")
    func notTaken() async throws {
        try await Self.inFolder { folder in
            let run = try await Self.copy(
                ["-", "abcdefghij:/x"],
                in: folder,
                refusal: .problem("notFound", status: 404, "no such folder"),
            )
            #expect(run.status == 3 && run.errors.contains("no such folder"))
        }
    }

    @Test("A file comes out under its name with its permissions, or to standard output")
    func get() async throws {
        try await Self.inFolder { folder in
            let run = try await Self.copy(
                ["abcdefghij:/var/log/syslog", folder.path],
                in: folder,
                contents: Array("lines\n".utf8),
            )
            #expect(run.status == 0 && run.errors.isEmpty)
            #expect(run.machine.asked.withLock { $0 } == [.init(.get, "/var/log/syslog")])
            let file = folder.appending(path: "syslog").path
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "lines\n")
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o750)

            let shown = try await Self.copy(["abcdefghij:/etc/hosts", "-"], in: folder, contents: Array("hosts".utf8))
            #expect(shown.output == "hosts")
        }
    }

    @Test(
        "What does not come whole leaves what was there, and nothing beside it",
        arguments: [
            (.init(problem: Problem(title: "", status: 404, detail: "no such file", code: "notFound")), 3),
            (.init(ended: .init(status: 2)), 8),
        ] as [(ProgramMessage.FromServer, Int32)],
    )
    func broken(_ end: ProgramMessage.FromServer, _ status: Int32) async throws {
        try await Self.inFolder { folder in
            let file = folder.appending(path: "hosts")
            try Data("old".utf8).write(to: file)
            let run = try await Self.copy(
                ["abcdefghij:/etc/hosts", file.path],
                in: folder,
                contents: Array("half".utf8),
                end: end,
            )
            #expect(run.status == status)
            #expect(try String(contentsOfFile: file.path, encoding: .utf8) == "old")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["hosts"])
        }
    }

    @Test("A folder goes in and comes out as an archive of itself")
    func folders() async throws {
        try await Self.inFolder { folder in
            let project = folder.appending(path: "project/src")
            try FileManager.default.createDirectory(at: project, withIntermediateDirectories: true)
            try Data("code".utf8).write(to: project.appending(path: "main"))
            let into = try await Self.copy(
                ["-r", folder.appending(path: "project").path, "abcdefghij:/srv"],
                in: folder,
            )
            #expect(into.status == 0 && into.errors.isEmpty)
            let sent = into.machine.uploads.withLock { $0 }
            #expect(sent.map(\.line) == ["PUT /api/v1/sessions/abcdefghij/archives?path=%2Fsrv&user=root"])
            let archive = sent.first?.body ?? []
            try #require(!archive.isEmpty)

            let copies = folder.appending(path: "copies")
            try FileManager.default.createDirectory(at: copies, withIntermediateDirectories: true)
            let out = try await Self.copy(
                ["--recursive", "abcdefghij:/srv/project/", copies.path],
                in: folder,
                contents: archive,
            )
            #expect(out.status == 0 && out.errors.isEmpty)
            #expect(out.machine.asked.withLock { $0 } == [.init(.pack, "/srv", members: ["project"], user: "root")])
            let copy = copies.appending(path: "project/src/main").path
            #expect(try String(contentsOfFile: copy, encoding: .utf8) == "code")

            let missing = try await Self.copy(["-r", "\(folder.path)/nothing", "abcdefghij:/srv"], in: folder)
            #expect(missing.status == 8)
            let asFile = try await Self.copy([folder.path, "abcdefghij:/srv/x"], in: folder)
            #expect(asFile.status == 64 && asFile.errors.contains("-r"))
        }
    }

    @Test(
        "Wrong arguments are told",
        arguments: [
            ["a"], ["a", "b"], ["abcd:/a", "efgh:/b"], ["a", "abcd:b"], ["-r", "-", "abcd:/b"], ["abcd:", "-"],
        ],
    )
    func usage(_ arguments: [String]) async throws {
        let run = try await ToolRun.run(["session", "cp"] + arguments, socket: "/nonexistent/x.sock")
        #expect(run.status == 64)
    }

    @Test("A path with a colon behind a slash is one of this host's")
    func places() {
        #expect(CopyPlace(argument: "k3v9:/a:b") == .session("k3v9", path: "/a:b"))
        #expect(CopyPlace(argument: "./a:b") == .here("./a:b"))
        #expect(CopyPlace(argument: "-") == .pipe)
        #expect(GuestPath.parts(of: "/a/b/") == ("/a", "b"))
        #expect(GuestPath.parts(of: "/a") == ("/", "a"))
        #expect(GuestPath.parts(of: "/") == ("/", "."))
    }
}

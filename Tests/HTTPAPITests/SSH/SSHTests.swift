import APIContract
import Foundation
import Glibc
import Logging
import SessionEngine
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("By SSH, with the host's own programs", .timeLimit(.minutes(5)), .enabled(if: geteuid() == 0), .serialized)
struct SSHTests {
    @Test(
        "Whoever has a key is at the terminal that everybody sees, in a window of its size, until the session is over"
    )
    func terminal() async throws {
        try await Self.serving { served, stage in
            let session = try await served.readySession()
            _ = try await served.commands.addKey(stage.key("mine"), to: session.id, by: ServedAPI.me)
            let window = try SSHWindow(stage.arguments([]), columns: 91, rows: 31)
            // Whose key it is need not be who has added it.
            try await window.shown("Session (its page shows the name): ")
            #expect(!window.text.contains("first-steps"))
            window.type("zzzz\r")
            try await window.shown("this key opens no session")
            window.type("\(session.id.description.prefix(5))\r")
            try await window.shown("first-steps · \(session.id)")
            try await window.shown("agent$ ")
            window.type("hello\r")
            try await window.shown("you said hello")
            #expect(try await served.state(of: session.id) == .running)
            let machine = try #require(session.machines.first).id
            #expect(await served.agents.sizes(at: 0, of: machine).last == WindowSize(columns: 91, rows: 31))
            window.resize(columns: 101, rows: 41)
            try await eventually("the machine was not told of the window's size") {
                await served.agents.sizes(at: 0, of: machine).last == WindowSize(columns: 101, rows: 41)
            }
            // Whoever comes another way sees the same.
            try await RawConnection.connected(to: served.socket) { connection in
                let path = "/api/v1/sessions/\(session.id)/watch"
                try #require(try await connection.offerWebSocket(path) == 101)
                try await connection.shown("you said hello")
            }
            window.type("\u{7}d")
            #expect(await window.status() == 0)
            #expect(window.text.contains("You left"))

            let again = try SSHWindow(stage.arguments([]), columns: 80, rows: 24)
            try await again.shown("you said hello")
            _ = try await served.commands.end(session.id, by: ServedAPI.me)
            try await again.shown("The session is over")
            #expect(await again.status() == 0)
        }
    }

    @Test("A command runs in the machine, with its streams apart and its status, and nothing else runs it")
    func programs() async throws {
        try await Self.serving { served, stage in
            let session = try await served.readySession()
            try await stage.admit(to: session.id, of: served)
            var generator = SeededGenerator(seed: 3)
            let block = (0..<(1 << 16)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let bytes = Data(repeatElement(block, count: 48).joined())
            let echoed = try await stage.ssh([], ["cat", "/etc/hostname"], input: bytes)
            #expect(echoed.status == 0 && echoed.output == bytes && echoed.errors.isEmpty, "\(echoed.errors)")
            let failed = try await stage.ssh([], ["fail"])
            #expect(failed.status == 3 && failed.output.isEmpty && failed.errors == "oops")
            // Nothing that the client brings along gets anywhere.
            let brought = try await stage.ssh(
                ["-A", "-X", "-o", "SetEnv=LD_PRELOAD=/nowhere SANDGLASS_SOCKET=/nowhere"],
                ["fail", "; cat /etc/passwd", "$(id)"],
            )
            #expect(brought.status == 3 && brought.errors == "oops", "\(brought.errors)")
            let copied = try await stage.ssh(["-s"], ["sftp"])
            #expect(copied.status == 0, "\(copied.errors)")
            let started = await served.agents.started
            #expect(
                started.map { $0.arguments.last } == [
                    "cat /etc/hostname", "fail", "fail ; cat /etc/passwd $(id)", started.last?.arguments.last,
                ]
            )
            #expect(started.last?.arguments.last?.contains("/sftp-server") == true)
            #expect(started.allSatisfy { $0.user == nil && $0.environment.isEmpty })
            let lines = await served.store.timeline(of: session.id, after: 0)
            #expect(lines.count { $0.kind == "exec" && $0.text == "\(ServedAPI.person): sh" } == 4)
            let entry = try #require(try await served.people.entries(before: nil, limit: 1).entries.first)
            #expect(entry.action == "session.exec" && entry.origin == Origin(.ssh, address: "127.0.0.1"))
        }
    }

    @Test("Without a terminal a session is named by what a client sets, the first time; else nothing runs anywhere")
    func named() async throws {
        try await Self.serving { served, stage in
            let (session, other) = (
                try await served.readySession(), try await served.readySession(of: ServedAPI.stranger),
            )
            let key = try stage.key("mine")
            _ = try await served.commands.addKey(key, to: session.id, by: ServedAPI.me)
            _ = try await served.commands.addKey(key, to: other.id, by: ServedAPI.stranger)
            let unnamed = try await stage.ssh([], ["fail"])
            #expect(unnamed.errors.contains("say which session"), "\(unnamed.errors)")
            let wrong = try await stage.ssh(["-o", "SetEnv=SANDGLASS_SESSION=zzzzzzzzzz"], ["fail"])
            #expect(wrong.errors.contains("this key opens no session"), "\(wrong.errors)")
            #expect(await served.agents.started.isEmpty)
            let named = ["-o", "SetEnv=SANDGLASS_SESSION=\(session.id)"]
            #expect(try await stage.ssh(named, ["fail"]).status == 3)
            #expect(try await stage.ssh([], ["fail"]).status == 3)
            #expect(try await served.state(of: session.id) == .running)
            #expect(try await served.state(of: other.id) == .ready)
        }
    }

    @Test(
        "With each sshd that there is: programs follow each other in one connection, in which nothing runs it is closed, and wrong keys keep nobody out"
    )
    func versions() async throws {
        for version in try await SSHStage.versions() {
            try await Self.serving(version, unusedSeconds: 10) { served, stage in
                let session = try await served.readySession()
                try await stage.admit(to: session.id, of: served)
                let shared = [
                    "-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o", "ControlPath=\(stage.folder)/shared",
                ]
                for _ in 0..<3 { #expect(try await stage.ssh(shared, ["fail"]).status == 3, "\(version)") }
                #expect(FileManager.default.fileExists(atPath: "\(stage.folder)/shared"), "\(version)")
                try await eventually("the connection in which nothing runs is not closed") {
                    !FileManager.default.fileExists(atPath: "\(stage.folder)/shared")
                }
                let idle = try await stage.ssh(["-N"])
                #expect(idle.status == 255, "\(version): \(idle.errors)")
                for _ in 0..<12 {
                    let stranger = try await stage.ssh([], ["fail"], with: "other")
                    #expect(
                        stranger.errors.contains("Permission denied (publickey)"),
                        "\(version): \(stranger.errors)",
                    )
                }
                let mine = try await stage.ssh([], ["fail"])
                #expect(mine.status == 3, "\(version): \(mine.errors)")
            }
        }
    }

    @Test("Nobody gets anywhere without a key that opens a session, nor anywhere but there with one")
    func refused() async throws {
        try await Self.serving { served, stage in
            let session = try await served.readySession()
            try await stage.admit(to: session.id, of: served)
            #expect(try await stage.ssh([], ["fail"]).status == 3)
            let strangers = [
                try await stage.ssh([], ["fail"], with: "other"), try await stage.ssh([], ["fail"], as: "root"),
                try await stage.ssh([], ["fail"], as: "nobody"),
                try await stage.ssh(["-o", "PreferredAuthentications=password,keyboard-interactive"], ["fail"]),
            ]
            for outcome in strangers {
                #expect(outcome.status == 255 && outcome.errors.contains("Permission denied (publickey)"))
            }
            let target = "127.0.0.1:\(stage.port)"
            let forwards = [
                ["-W", target], ["-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:\(target)"],
                ["-N", "-o", "ExitOnForwardFailure=yes", "-w", "0:0"],
                ["-N", "-o", "ExitOnForwardFailure=yes", "-R", "/run/x.sock:\(served.socket)"],
            ]
            for (options, answer) in zip(forwards, Self.refusals) {
                let outcome = try await stage.ssh(["-v", "-o", "ServerAliveInterval=1"] + options)
                #expect(outcome.status == 255 && outcome.output.isEmpty, "\(options)")
                // Whose connection was dropped was refused nothing.
                #expect(outcome.errors.contains("Authenticated to 127.0.0.1"), "\(options)")
                #expect(outcome.errors.contains(answer), "\(options): \(outcome.errors)")
            }
            let local = try freePort()
            // The one socket that sshd's user may open.
            let door = stage.instance.gate.socket
            for option in [["-L", "\(local):\(target)"], ["-L", "\(local):\(door)"], ["-D", "\(local)"]] {
                try await Self.refuses(option, at: local, target: stage.port, stage)
            }

            _ = try await served.commands.end(session.id, by: ServedAPI.me)
            try await eventually("the key outlives its session") {
                await served.store.keys(of: session.id).isEmpty
            }
            #expect(try await stage.ssh([], ["fail"]).errors.contains("Permission denied (publickey)"))
        }
    }

    @Test("A ticket lets in one connection; sshd's user comes to no other socket, and nobody else to sshd's")
    func tickets() async throws {
        try await Self.serving { served, stage in
            let session = try await served.readySession()
            let key = try stage.key("mine")
            _ = try await served.commands.addKey(key, to: session.id, by: ServedAPI.me)
            let socket = stage.instance.gate.socket
            let question = ["ssh-keys", "--socket", socket, key.type, key.base64]
            let line = try await Self.tool(question, stage).text
            let part = try #require(line.split(separator: " -- ").last?.split(separator: "\"").first)
            let order = ["SSH_ORIGINAL_COMMAND": "fail", "SANDGLASS_SESSION": session.id.description]
            let entry = ["ssh-entry", "--socket", socket, "--", String(part)]
            let first = try await Self.tool(entry, stage, order)
            #expect(first.status == 3 && first.errors == "oops", "\(first.errors)")
            let second = try await Self.tool(entry, stage, order)
            #expect(second.status == 4 && second.errors.contains("this ticket is of no use"), "\(second.errors)")

            let trespass = try await Self.tool(["session", "list", "--socket", served.socket], stage)
            #expect(trespass.status == 7, "\(trespass.errors)")
            let chief = try await HostProgram.run(stage.instance.gate.tool, question, in: "/")
            #expect(chief.status == 4 && chief.output.isEmpty && chief.errors.contains("for sshd alone"))
        }
    }

    @Test("sshd is started again when it ends, and ends with the daemon; its keys stay what they were")
    func supervised() async throws {
        let left = Box<[pid_t]>([])
        let folder = Box("")
        try await Self.serving { served, stage in
            folder.set(stage.folder)
            let session = try await served.readySession()
            try await stage.admit(to: session.id, of: served)
            #expect(try await stage.ssh([], ["fail"]).status == 3)
            let found = stage.processes()
            #expect(found.count == 1)
            for process in found { kill(process, SIGKILL) }
            try await eventually("sshd was not started again") {
                let next = stage.processes()
                return !next.isEmpty && Set(next).isDisjoint(with: found)
            }
            try await eventually("nobody can come any more") { try await stage.ssh([], ["fail"]).status == 3 }
            let before = try stage.hostKeys()
            _ = try await stage.instance.prepare(host: "sandglass.test")
            #expect(try stage.hostKeys() == before)
            left.set(stage.processes())
        }
        #expect(!left.value.isEmpty)
        try await eventually("sshd runs on") { left.value.allSatisfy { kill($0, 0) != 0 } }
    }

    @Test("Where sshd cannot listen nobody is told that it does, and it is said why")
    func portTaken() async throws {
        try await Self.serving { served, stage in
            // A second one at the same port, with a place of its own.
            let place = SSHPlace(.init(user: "sandglass", host: "sandglass.test", port: stage.port, hostKeys: []))
            let server = SSHServer(
                stage.instance,
                at: place,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            )
            let running = Task { try await server.run() }
            try await eventually("it does not say why") { place.trouble?.contains("Cannot bind any address") == true }
            #expect(place.open == nil && served.place.open != nil)
            running.cancel()
            _ = await running.result
        }
    }

    // MARK: Tools

    /// Serves the API and SSH while `body` runs.
    private static func serving(
        _ version: String? = nil,
        unusedSeconds: Int = 60,
        _ body: @escaping (ServedAPI, SSHStage) async throws -> Void,
    ) async throws {
        try await ServedAPI.serving { served in
            let stage = try await SSHStage(
                socket: (served.socket as NSString).deletingLastPathComponent + "/ssh.sock",
                version: version,
                unusedSeconds: unusedSeconds,
            )
            defer { stage.remove() }
            let place = try await stage.instance.prepare(host: "sandglass.test")
            #expect(place.command == "ssh -p \(stage.port) sandglass@sandglass.test")
            #expect(place.hostKeys.map(\.type) == ["ssh-ed25519", "ecdsa-sha2-nistp256"])
            try stage.trust()
            try await served.servingSSH(stage.instance, runningSSHD: true) {
                try await eventually("sshd does not listen") {
                    // Whoever has no key is refused once somebody listens.
                    try await stage.ssh([], [], with: "other").errors.contains("Permission denied")
                }
                #expect(served.place.open != nil)
                try await body(served, stage)
            }
        }
    }

    /// What `ssh` says of each way through that it is not given.
    private static let refusals = [
        "administratively prohibited", "Server has disabled port forwarding",
        "unnel", "Server has disabled streamlocal forwarding",
    ]

    /// Runs the command as sshd's user, under a parent of its own as a connection has one.
    private static func tool(
        _ arguments: [String],
        _ stage: SSHStage,
        _ environment: [String: String] = [:],
    ) async throws -> HostProgram.Outcome {
        let user = "\(SSHStage.userID)"
        return try await HostProgram.run(
            "/usr/bin/setpriv",
            ["--reuid", user, "--regid", "65534", "--clear-groups", "/bin/sh", "-c", "\"$@\"; exit $?", "sh"]
                + [stage.instance.gate.tool] + arguments,
            in: "/",
            environment: environment,
        )
    }

    /// Asks for a way through, and makes sure that nothing comes of it.
    private static func refuses(_ option: [String], at local: Int, target: Int, _ stage: SSHStage) async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/ssh")
        process.arguments = stage.arguments(["-v", "-N"] + option)
        process.standardInput = FileHandle.nullDevice
        let words = "\(stage.folder)/forward"
        try Data().write(to: URL(filePath: words))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: words))
        try process.run()
        defer { kill(process.processIdentifier, SIGKILL) }
        let socks: [UInt8] = [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, UInt8(target >> 8), UInt8(target & 0xFF)]
        try await eventually("ssh does not listen") {
            let question = option[0] == "-D" ? socks : Array("GET / HTTP/1.1\r\n\r\n".utf8)
            // Not yet is what is waited for.
            guard let answer = try? await said(at: local, to: question) else { return false }
            #expect(!answer.contains("SSH-2.0") && !answer.contains("HTTP/1.1"), "\(option): \(answer)")
            return true
        }
        // Whose connection was dropped was refused nothing.
        try await eventually("nobody says that it was refused") {
            String(decoding: try Data(contentsOf: URL(filePath: words)), as: UTF8.self).contains("open failed")
        }
        #expect(process.isRunning, "\(option)")
    }

    /// What comes from a port until it is closed.
    private static func said(at port: Int, to words: [UInt8]) async throws -> String {
        try await RawConnection.connected(toPort: port, isPlain: true) { connection in
            try await connection.send(words)
            return await connection.rest()
        }
    }
}

extension SSHStage {
    /// The private halves of the keys that the instance shows.
    fileprivate func hostKeys() throws -> [Data] {
        try ["ed25519", "ecdsa"].map { try Data(contentsOf: URL(filePath: "\(folder)/ssh/\($0)_key")) }
    }
}

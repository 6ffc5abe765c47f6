import Foundation
import GuestLink
import TestKit
import Testing

@Suite("Programs", .timeLimit(.minutes(1)))
struct AgentProgramTests {
    @Test("Arguments, environment, folder and both outputs are the program's own")
    func everything() async throws {
        let (agent, connection) = try await start()
        var command = GuestCommand(["sh", "-c", "echo \"$1|$GREETING|$HOME|$PWD\"; echo oops >&2; exit 3", "x", "a b"])
        command.environment = ["GREETING": "good day", "HOME": "/elsewhere"]
        command.directory = "/usr/bin"
        let result = try await connection.run(command)
        #expect(result.end == .exited(3))
        #expect(String(decoding: result.output, as: UTF8.self) == "a b|good day|/elsewhere|/usr/bin\n")
        #expect(String(decoding: result.errors, as: UTF8.self) == "oops\n")
        await connection.close()
        withExtendedLifetime(agent) {}
    }

    @Test("What a program reads is what it was given, to the last byte")
    func input() async throws {
        let (agent, connection) = try await start()
        let input = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var command = GuestCommand(["cat"])
        command.outputLimit = 4_000_000
        let result = try await connection.run(command, input: input)
        #expect(result.output == input)
        #expect(result.end == .exited(0))
        await connection.close()
        withExtendedLifetime(agent) {}
    }

    @Test("A program that does not read its input ends all the same")
    func unreadInput() async throws {
        let (agent, connection) = try await start()
        let input = [UInt8](repeating: 65, count: 2_000_000)
        #expect(try await connection.run(GuestCommand(["true"]), input: input).end == .exited(0))
        #expect(try await connection.run(GuestCommand(["head", "-c", "1"]), input: input).output == [65])
        await connection.close()
        withExtendedLifetime(agent) {}
    }

    @Test("A program runs as who it should, with all groups and none of the agent's")
    func user() async throws {
        let (agent, connection) = try await start()
        var command = GuestCommand([
            "sh", "-c", "id -un; id -g; cat /proc/self/oom_score_adj; umask; grep SigBlk /proc/self/status",
        ])
        command.user = "nobody"
        let result = try await connection.run(command)
        let lines = String(decoding: result.output, as: UTF8.self).split(separator: "\n")
        #expect(lines == ["nobody", "65534", "0", "0022", "SigBlk:\t0000000000000000"])
        await connection.close()
        withExtendedLifetime(agent) {}
    }

    @Test("A program gets three descriptors and no more")
    func descriptors() async throws {
        let (agent, connection) = try await start()
        let other = try await connection.start(GuestCommand(["sleep", "60"]))
        let result = try await connection.run(GuestCommand(["sh", "-c", "ls /proc/$$/fd; :"]))
        #expect(String(decoding: result.output, as: UTF8.self) == "0\n1\n2\n")
        await other.close()
        await connection.close()
        withExtendedLifetime(agent) {}
    }

    @Test("A signal is told from a status")
    func signal() async throws {
        let (agent, connection) = try await start()
        #expect(try await connection.run(GuestCommand(["sh", "-c", "kill -TERM $$"])).end == .signalled(15))
        await connection.close()
        withExtendedLifetime(agent) {}
    }

    @Test("At the time limit the whole group is killed")
    func timeLimit() async throws {
        let (agent, connection) = try await start()
        var command = GuestCommand(["sh", "-c", "sleep 300 & echo $!; wait"])
        command.timeLimit = .milliseconds(300)
        let result = try await connection.run(command)
        #expect(result.end == .timedOut)
        let child = try #require(
            Int32(String(decoding: result.output, as: UTF8.self).trimmingCharacters(in: .newlines))
        )
        try await eventually("the grandchild is gone") { Self.isGone(child) }
        await connection.close()
        withExtendedLifetime(agent) {}
    }

    @Test("Whoever closes a program's stream, or loses the connection, ends the program", arguments: [true, false])
    func abandoned(byClosing: Bool) async throws {
        let (agent, connection) = try await start()
        let stream = try await connection.start(GuestCommand(["sleep", "300"]))
        #expect(try agent.children().count == 1)
        if byClosing { await stream.close() } else { await connection.close() }
        try await eventually("the program is gone") { try agent.children().isEmpty }
        await connection.close()
    }

    @Test("Dropping a program's stream ends the program")
    func dropped() async throws {
        let (agent, connection) = try await start()
        _ = try await connection.start(GuestCommand(["sleep", "300"]))
        try await eventually("the program is gone") { try agent.children().isEmpty }
        await connection.close()
    }

    @Test("Output over the limit is dropped and reported, and does not stop the program")
    func outputLimit() async throws {
        let (agent, connection) = try await start()
        var command = GuestCommand(["sh", "-c", "head -c 5000000 /dev/zero; echo few >&2"])
        command.outputLimit = 1_000
        let result = try await connection.run(command)
        #expect(result.output.count == 1_000)
        #expect(result.isOutputCut && !result.areErrorsCut)
        #expect(result.errors == Array("few\n".utf8))
        #expect(result.end == .exited(0))
        await connection.close()
        withExtendedLifetime(agent) {}
    }

    @Test("What a program leaves running does not hold up its result")
    func background() async throws {
        let (agent, connection) = try await start()
        let result = try await connection.run(GuestCommand(["sh", "-c", "sleep 300 & echo $!"]))
        #expect(result.end == .exited(0))
        let child = try #require(
            Int32(String(decoding: result.output, as: UTF8.self).trimmingCharacters(in: .newlines))
        )
        kill(child, SIGKILL)
        await connection.close()
        withExtendedLifetime(agent) {}
    }

    @Test(
        "What cannot be run is refused with the reason",
        arguments: [
            (["no-such-program"], "root", nil, .notFound), (["true"], "no-such-user", nil, .notFound),
            (["true"], "root", "/no/such/folder", .notFound), (["/etc/passwd"], "root", nil, .refused),
            ([], "root", nil, .invalid),
            (["a\0b"], "root", nil, .invalid),
        ] as [([String], String, String?, GuestLinkFailure.Code)],
    )
    func refused(arguments: [String], user: String, folder: String?, code: GuestLinkFailure.Code) async throws {
        let (agent, connection) = try await start()
        var command = GuestCommand(arguments)
        command.user = user
        command.directory = folder
        let failure = await #expect(throws: GuestLinkFailure.self) { try await connection.run(command) }
        #expect(failure?.code == code)
        #expect(try await connection.run(GuestCommand(["true"])).end == .exited(0))
        await connection.close()
        withExtendedLifetime(agent) {}
    }

    @Test("Thirty programs at once each get their own answer, and leave nothing behind")
    func concurrent() async throws {
        let (agent, connection) = try await start()
        let before = try agent.descriptors()
        try await withThrowingTaskGroup { group in
            for number in 0..<30 {
                group.addTask {
                    let result = try await connection.run(
                        GuestCommand(["sh", "-c", "seq \(number) 3000; exit \(number)"])
                    )
                    #expect(result.end == .exited(Int32(number)))
                    let expected = (number...3_000).map { "\($0)\n" }.joined()
                    #expect(String(decoding: result.output, as: UTF8.self) == expected)
                }
            }
            try await group.waitForAll()
        }
        try await eventually("all descriptors are closed") { try agent.descriptors() == before }
        #expect(try agent.children().isEmpty)
        await connection.close()
    }

    private func start() async throws -> (RealAgent, GuestConnection) {
        let agent = try RealAgent()
        return (agent, try await agent.connect())
    }

    private static func isGone(_ process: Int32) -> Bool {
        // No such file, or nobody has asked how it ended: either way it does nothing any more.
        let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        return state?.contains(") Z ") != false
    }
}

import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("Programs in guests", .timeLimit(.minutes(1)))
struct ProgramTests {
    private static let cat = GuestProgram(["cat", "--password=secret"], environment: ["TOKEN": "secret"])

    private static func code(_ body: () async throws -> Void) async -> FailureCode? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? Failure)?.code
        }
    }

    @Test("A program enters its session; the record names who and what, and no argument")
    func recorded() async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            let program = try await commands.run(Self.cat, on: nil, of: session.id, by: Harness.person)
            #expect(try await harness.state(of: session.id).kind == .running)
            try await program.write(Array("hello".utf8))
            await program.finishInput()
            var said: [UInt8] = []
            for try await piece in program.output { said += piece }
            #expect(said == Array("hello".utf8))
            #expect(try await program.end() == .exited(0))
            _ = try await commands.run(Self.cat, on: "box", of: session.id, by: Harness.chief)
            let lines = await harness.store.timeline(of: session.id, after: 0).filter { $0.kind == "exec" }
            #expect(lines.map(\.text) == ["uid:1000: cat", "uid:0: cat"])
            #expect(await harness.agents.started == [Self.cat, Self.cat])
        }
    }

    @Test("Where nobody may work unrecorded a program is refused, unless who asks may choose limits")
    func unrecorded() async throws {
        let harness = try Harness { $0.recording = .init(.required) }
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            let code = await Self.code {
                _ = try await commands.run(Self.cat, on: nil, of: session.id, by: Harness.person)
            }
            #expect(code == .policyRefused)
            #expect(try await harness.state(of: session.id).kind == .ready)
            #expect(await harness.agents.started == [])
            // As somebody who comes with a key that an operator has added.
            let byKey = Principal(
                person: Harness.chief.person,
                roles: Harness.chief.roles,
                scopes: [.superviseSessions],
            )
            let refusal = await Self.code { _ = try await commands.run(Self.cat, on: nil, of: session.id, by: byKey) }
            #expect(refusal == .policyRefused)
            #expect(await harness.agents.started == [])
            _ = try await commands.run(Self.cat, on: nil, of: session.id, by: Harness.chief)
            #expect(await harness.agents.started == [Self.cat])
        }
    }

    @Test("A stranger is told that there is no such session")
    func stranger() async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            let code = await Self.code {
                _ = try await commands.run(Self.cat, on: nil, of: session.id, by: Harness.stranger)
            }
            #expect(code == .notFound)
            #expect(await harness.agents.started == [])
        }
    }

    @Test("What cannot be run starts no deadline and leaves no line")
    func refused() async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            var (nul, endless, nameless) = (Self.cat, Self.cat, Self.cat)
            nul.arguments.append("a\0b")
            endless.timeLimit = .zero
            nameless.environment = ["": "x"]
            for program in [GuestProgram([]), GuestProgram([""]), nul, endless, nameless] {
                let code = await Self.code {
                    _ = try await commands.run(program, on: nil, of: session.id, by: Harness.person)
                }
                #expect(code == .invalidInput)
            }
            let elsewhere = await Self.code {
                _ = try await commands.run(Self.cat, on: "attic", of: session.id, by: Harness.person)
            }
            #expect(elsewhere == .notFound)
            await harness.agents.keepSilent()
            let silent = await Self.code {
                _ = try await commands.run(Self.cat, on: nil, of: session.id, by: Harness.person)
            }
            #expect(silent == .guestSilent)
            #expect(try await harness.state(of: session.id).kind == .ready)
            #expect(try await harness.kinds(of: session.id).last == "ready")
        }
    }

    @Test("Nothing runs before a session is ready or after its end, and what runs takes no input after it")
    func wrongState() async throws {
        let harness = try Harness()
        await harness.door.keepSilent()
        try await harness.withDaemon { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.preparing, of: session.id)
            let run = { try await commands.run(Self.cat, on: nil, of: session.id, by: Harness.person) }
            #expect(await Self.code { _ = try await run() } == .wrongState)
            await harness.door.answer()
            try await harness.waitFor(.ready, of: session.id)
            let program = try await run()
            _ = try await commands.end(session.id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: session.id)
            #expect(await Self.code { _ = try await run() } == .wrongState)
            #expect(await Self.code { try await program.write([0x78]) } == .wrongState)
        }
    }

    @Test("What cannot be recorded is not run")
    func unwritableRecord() async throws {
        let harness = try Harness()
        let life = KillSwitch()
        try await harness.withDaemon(life) { commands in
            let session = try await commands.create(harness.request(), by: Harness.person)
            try await harness.waitFor(.ready, of: session.id)
            _ = try await commands.enter(session.id, by: Harness.person)
            life.refuse(["append"])
            let code = await Self.code {
                _ = try await commands.run(Self.cat, on: nil, of: session.id, by: Harness.person)
            }
            #expect(code == .storage)
            #expect(await harness.agents.started == [])
        }
    }
}

import SessionEngine
import SessionModel
import TestKit
import Testing

@Suite("Files that outlive a session", .timeLimit(.minutes(1)))
struct CollectionTests {
    private func harness() throws -> Harness {
        try Harness(lab: { $0.collect = [LabCollection(machine: "box", paths: ["/root", "/srv/gone", "/var/big"])] })
    }

    /// A session that was submitted, and is torn down.
    private func over(_ harness: Harness, _ commands: SessionCommands, submitting: Bool = true) async throws -> Session
    {
        let session = try await commands.create(harness.request(), by: Harness.person)
        try await harness.waitFor(.ready, of: session.id, advancing: .milliseconds(200))
        _ = try await commands.enter(session.id, by: Harness.person)
        _ =
            submitting
            ? try await commands.submit(session.id, by: Harness.person)
            : try await commands.end(session.id, by: Harness.person)
        try await harness.waitFor(.tornDown, of: session.id, advancing: .milliseconds(100))
        return session
    }

    private func lines(_ harness: Harness, of session: Session) async -> [String] {
        await harness.store.timeline(of: session.id, after: 0)
            .filter { ["collected", "failed"].contains($0.kind) }.map { "\($0.kind): \($0.text)" }
    }

    /// What is said of the three paths: one that is there, one that is not, and one.
    private static let measured = "1200 3\n-\n90000000 1\n"

    @Test("What is there and not too large is packed in a grader, and the timeline says what and what not")
    func collected() async throws {
        let harness = try harness()
        await harness.agents.speak { $0.contains("SANDGLASS_PATHS") ? Self.measured : nil }
        await harness.agents.pack([[1, 2], [3]])
        try await harness.withDaemon { commands in
            let session = try await over(harness, commands)
            #expect(
                await lines(harness, of: session) == [
                    "collected: box: /root, 3 bytes; /srv/gone is not there; /var/big is left out, with 85 MiB it would be too much"
                ]
            )
            let tar = await harness.agents.started.last { $0.name == "tar" }
            #expect(tar?.arguments.suffix(2) == ["--", "./root"] && tar?.directory == "/mnt/disk")
            #expect(try await commands.collected(of: session.id, for: Harness.person).map(\.machine) == ["box"])
            #expect(try await commands.collected("box", of: session.id, 10, at: 0, for: Harness.person) == [1, 2, 3])
            await #expect(throws: Failure.self) {
                _ = try await commands.collected("../box", of: session.id, 10, at: 0, for: Harness.person)
            }
            #expect(try await harness.leftovers() == [])
        }
    }

    @Test(
        "However large files say they are, and however many there are, nothing breaks",
        arguments: [
            "9223372036854775060 1", "9223372036854775807 9223372036854775807", "99999999999999999999999 1", "1 40000",
            "!",
            "! !", "-9 1e400", "nan nan",
        ],
    )
    func enormous(_ said: String) async throws {
        let harness = try Harness(lab: { $0.collect = [LabCollection(machine: "box", paths: ["/root", "/srv"])] })
        await harness.agents.speak { $0.contains("SANDGLASS_PATHS") ? "1 1\n\(said)\n" : nil }
        try await harness.withDaemon { commands in
            let lines = await lines(harness, of: try await over(harness, commands))
            #expect(lines.count == 1 && lines[0].hasPrefix("collected: box: /root, 0 bytes; /srv "), "\(lines)")
        }
    }

    @Test("An archive that grows beyond what was measured, or that tar cannot make, is not kept, and the session ends")
    func tooMuch() async throws {
        for (pieces, end, why) in [
            (Array(repeating: [UInt8](repeating: 0, count: 1 << 20), count: 65), ProgramEnd.exited(0), "more files"),
            ([[1]], .exited(2), "tar ended with status 2"), ([], .timedOut, "took longer than 5m"),
        ] {
            let harness = try harness()
            await harness.agents.speak { $0.contains("SANDGLASS_PATHS") ? Self.measured : nil }
            await harness.agents.pack(pieces, ending: end)
            try await harness.withDaemon { commands in
                let session = try await over(harness, commands)
                let lines = await lines(harness, of: session)
                #expect(lines.count == 1 && lines[0].hasPrefix("failed: no files of box are kept: "), "\(lines)")
                #expect(lines.first?.contains(why) == true, "\(lines)")
                #expect(try await commands.collected(of: session.id, for: Harness.person) == [])
            }
        }
    }

    @Test("Of a disk that was not at rest it is said that something may be missing")
    func unrest() async throws {
        let harness = try harness()
        await harness.agents.speak { $0.contains("SANDGLASS_PATHS") ? Self.measured : nil }
        await harness.agents.fail(.freeze, times: 3, with: Failure(.guestSilent, "no agent answers"))
        try await harness.withDaemon { commands in
            let lines = await lines(harness, of: try await over(harness, commands))
            #expect(lines.first?.contains("what was written last may be missing: ") == true, "\(lines)")
        }
    }

    @Test("A disk that cannot be read is said, and holds up nothing")
    func unreadable() async throws {
        let harness = try harness()
        await harness.agents.answerScripts { _, script in .exited(script.contains("SANDGLASS_PATHS") ? 3 : 0) }
        try await harness.withDaemon { commands in
            let session = try await over(harness, commands)
            #expect(
                await lines(harness, of: session) == [
                    "failed: no files of box are kept: the disk cannot be read: it broke"
                ]
            )
            #expect(try await commands.collected(of: session.id, for: Harness.person) == [])
        }
    }

    @Test("Of a session that is not graded nothing is collected")
    func stopped() async throws {
        let harness = try harness()
        try await harness.withDaemon { commands in
            let session = try await over(harness, commands, submitting: false)
            #expect(await lines(harness, of: session) == [])
        }
    }
}

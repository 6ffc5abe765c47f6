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

    @Test("What is there and not too large is packed in a grader, and the timeline says what and what not")
    func collected() async throws {
        let harness = try harness()
        await harness.agents.speak { $0.contains("SANDGLASS_PATHS") ? "1200\n-\n90000000\n" : nil }
        try await harness.withDaemon { commands in
            let session = try await over(harness, commands)
            #expect(
                await lines(harness, of: session) == [
                    "collected: box: /root, 0 bytes; /srv/gone is not there; /var/big is left out, with 85 MiB it would be too much"
                ]
            )
            let copies = await harness.agents.copies
            #expect(copies == [.pack(directory: "/mnt/disk", members: ["./root"], user: "root")])
            let archives = try await commands.collected(of: session.id, for: Harness.person)
            #expect(archives.map(\.machine) == ["box"])
            await #expect(throws: Failure.self) {
                _ = try await commands.collected("../box", of: session.id, 10, at: 0, for: Harness.person)
            }
            #expect(try await harness.leftovers() == [])
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

import SessionEngine
import SessionModel
import TestKit
import Testing

/// What becomes of what sessions have left.
@Suite(.timeLimit(.minutes(1)))
struct RetentionTests {
    /// A policy's days for recordings, files and disks, the days that have passed, and what is still there.
    struct Row: Sendable, CustomTestStringConvertible {
        let days: (recordings: Int, files: Int, disks: Int)
        let passed: Int
        let left: Set<String>

        var testDescription: String { "\(days) after \(passed) days: \(left.sorted())" }
    }

    private static let rows = [
        Row(days: (90, 90, 90), passed: 0, left: ["recordings", "files", "disks"]),
        Row(days: (90, 90, 90), passed: 89, left: ["recordings", "files", "disks"]),
        Row(days: (90, 90, 90), passed: 91, left: []),
        Row(days: (1, 90, 400), passed: 2, left: ["files", "disks"]),
        Row(days: (90, 1, 90), passed: 2, left: ["recordings", "disks"]),
        Row(days: (90, 90, 1), passed: 2, left: ["recordings", "files"]),
        Row(days: (400, 30, 30), passed: 100, left: ["recordings"]),
    ]

    private func harness(_ days: (recordings: Int, files: Int, disks: Int)) throws -> Harness {
        try Harness {
            $0.keep = Policy.Keep(disk: true)
            $0.retention = Policy.Retention(
                recordings: Days(days.recordings),
                files: Days(days.files),
                disks: Days(days.disks),
            )
        }
    }

    /// A session that is over and has left some of everything.
    private func over(_ harness: Harness) async throws -> SessionID {
        try await harness.withDaemon { commands in
            let id = try await commands.create(harness.request(), by: Harness.person).id
            try await harness.waitFor(.ready, of: id)
            _ = try await commands.enter(id, by: Harness.person)
            await harness.recordings.begin(RecordingName(machine: "box", terminal: "0"), of: id)
            _ = try await harness.collections.keep("box", of: id) { try $0([1]) }
            _ = try await commands.submit(id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: id)
            return id
        }
    }

    private func left(of id: SessionID, in harness: Harness) async throws -> Set<String> {
        var left: Set<String> = []
        if try await harness.recordings.sessions().contains(id) { left.insert("recordings") }
        if try await harness.collections.sessions().contains(id) { left.insert("files") }
        if try await harness.disks.sessionsWithKeptDisks().contains(id) { left.insert("disks") }
        return left
    }

    private func removals(of id: SessionID, in harness: Harness) async -> Set<String> {
        Set(await harness.store.timeline(of: id, after: 0).filter { $0.kind == "removed" }.map(\.text))
    }

    @Test("What a session has left is removed so many days after its end, each by its own rule", arguments: Self.rows)
    func removed(_ row: Row) async throws {
        let harness = try harness(row.days)
        let id = try await over(harness)
        // The daemon is away meanwhile: the days go on.
        harness.clock.suspend(for: .seconds(row.passed * 86_400))
        try await harness.withDaemon { _ in
            try await harness.eventually("it is not removed") { try await left(of: id, in: harness) == row.left }
            try await harness.eventually("it is not told") {
                await removals(of: id, in: harness).count == 3 - row.left.count
            }
        }
        #expect(try await left(of: id, in: harness) == row.left)
        let audited = try await harness.people.entries(before: nil, limit: 500).entries
        let gone = Set(["recordings", "files", "disks"]).subtracting(row.left)
        #expect(Set(audited.map(\.action)) == Set(gone.map { "retention.\($0)" }))
        #expect(audited.allSatisfy { $0.object == id.description && $0.origin == .service && $0.actor == nil })
    }

    @Test("While the service runs it looks once a day, and says what it has removed")
    func daily() async throws {
        let harness = try harness((2, 90, 90))
        let id = try await over(harness)
        try await harness.withDaemon { _ in
            try await harness.eventually("it is not removed", advancing: .seconds(3600)) {
                try await left(of: id, in: harness) == ["files", "disks"]
            }
            try await harness.eventually("it is not told") {
                await removals(of: id, in: harness) == ["recordings, 2d after the end"]
            }
        }
    }

    @Test("A session that goes on loses nothing, however old it is")
    func alive() async throws {
        let harness = try harness((1, 1, 1))
        let id = try await harness.withDaemon { commands in
            let id = try await commands.create(harness.request(), by: Harness.person).id
            try await harness.waitFor(.ready, of: id)
            await harness.recordings.begin(RecordingName(machine: "box", terminal: "0"), of: id)
            return id
        }
        harness.clock.step(wall: .seconds(400 * 86_400))
        try await harness.withDaemon { _ in
            try await harness.lookAround()
            #expect(try await left(of: id, in: harness) == ["recordings"])
        }
    }

    @Test("What cannot be removed is left, keeps nothing else from being removed, and goes at a later look")
    func fault() async throws {
        let harness = try harness((1, 1, 1))
        let id = try await over(harness)
        await harness.disks.fail(.removeKeptDisks, .beforeEffect)
        await harness.recordings.refuse(Failure(.storage, "the disk refuses"))
        harness.clock.suspend(for: .seconds(2 * 86_400))
        try await harness.withDaemon { _ in
            try await harness.eventually("the files stay") {
                try await left(of: id, in: harness) == ["recordings", "disks"]
            }
            await harness.recordings.refuse(nil)
            try await harness.eventually("it stays for good", advancing: .seconds(3600)) {
                try await left(of: id, in: harness) == []
            }
            try await harness.eventually("it is not told") { await removals(of: id, in: harness).count == 3 }
        }
    }

    @Test("What is of a session that nobody knows is left")
    func unknown() async throws {
        let harness = try harness((1, 1, 1))
        let id = SessionFixtures.sessionID(1)
        await harness.recordings.begin(RecordingName(machine: "box", terminal: "0"), of: id)
        try await harness.withDaemon { _ in
            try await harness.lookAround()
            #expect(try await left(of: id, in: harness) == ["recordings"])
        }
    }
}

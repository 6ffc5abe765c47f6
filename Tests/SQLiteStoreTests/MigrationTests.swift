import Foundation
import GRDB
import SessionModel
import TestKit
import Testing

@testable import SQLiteStore

@Suite("Databases of every version before are taken over", .timeLimit(.minutes(1)))
struct MigrationTests {
    @Test("A database of the first version opens, and everything in it is read as it was meant")
    func oldest() async throws {
        let folder = try TemporaryFolder()
        try FirstVersion.restore(to: folder)
        try await folder.withStore { store in
            let expected = try FirstVersion.sessions()
            let (open, unreadable) = try await store.openSessions()
            #expect(unreadable.isEmpty)
            #expect(open == Array(expected.dropLast()))
            for session in expected { #expect(try await store.session(session.id) == session) }
            let page = try await store.sessions(SessionFilter(), after: nil, limit: 500)
            #expect(page.sessions.map(\.id) == expected.reversed().map(\.id))

            let lines = try await store.timeline(of: expected[4].id, after: 0)
            #expect(lines.map(\.sequence) == [5, 10, 11, 12])
            #expect(lines.map(\.kind) == ["requested", "entered", "step", "overridden"])
            #expect(lines.map(\.text) == ["", "time limit 1h", "boot", "no KVM here – déjà vu"])
            #expect(lines.map(\.milliseconds) == [nil, 3_600_000, 14_500, nil])
            #expect(lines.last?.at == Timestamp(milliseconds: 1_700_000_000_009))
            #expect(lines.last?.serviceTime == ServiceInstant(milliseconds: 9))

            let spare = try FirstVersion.spare()
            #expect(try await store.unowned() == [spare])
            #expect(try await store.steps(of: spare.id) == [.reserve: .done, .overlay: .begun, .boot: .undone])
            #expect(try await store.lastHeartbeat() == FirstVersion.heartbeat)
            let dangling = try await store.pool.read { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check").count }
            #expect(dangling == 0)

            let next = try SessionFixtures.session(500)
            try await store.create(next, records: [.requested], at: SessionFixtures.time())
            let added = try await store.timeline(of: next.id, after: 0)
            #expect(added.map(\.sequence) == [13], "a sequence was given twice or skipped")
        }
    }

    @Test("What came with the second version has its default in a session and a machine of the first")
    func defaults() async throws {
        let folder = try TemporaryFolder()
        try FirstVersion.restore(to: folder)
        try await folder.withStore { store in
            for session in try FirstVersion.sessions() {
                let stored = try await store.session(session.id)
                #expect(stored.cohort == nil)
                #expect(stored.policy.sharing == .lab)
                #expect(stored.policy.time.pause == .stops)
                #expect(stored.machines.allSatisfy { $0.role == .member && $0.fork == nil })
            }
            let (running, paused) = try (FirstVersion.sessions()[3].id, FirstVersion.sessions()[5].id)
            let states = [try await store.session(running), try await store.session(paused)].map(\.lifecycle.state)
            guard case .running(let time) = states[0], case .paused(let kept) = states[1] else {
                Issue.record("the fixture has other states: \(states)")
                return
            }
            #expect(!time.isResetting)
            #expect(kept.deadline == nil)
            #expect(try await store.unowned().map(\.role) == [.spare])
        }
    }

    @Test("A migrated database can do what only the second version can")
    func exchange() async throws {
        let folder = try TemporaryFolder()
        try FirstVersion.restore(to: folder)
        try await folder.withStore { store in
            let (session, spare) = (try FirstVersion.sessions()[4], try FirstVersion.spare())
            let old = try #require(session.machines.first)
            let new = try await store.exchange(old.id, for: spare, in: session.id, at: SessionFixtures.time())
            #expect(new.userID == spare.userID)
            #expect(try await store.session(session.id).machines.first == new)
            #expect(try await store.steps(of: spare.id).count == 3)
        }
    }

    @Test("A migrated database has exactly the schema of a new one")
    func sameSchema() async throws {
        let (migrated, new) = (try TemporaryFolder(), try TemporaryFolder())
        try FirstVersion.restore(to: migrated)
        let (found, expected) = (try await schema(migrated), try await schema(new))
        #expect(found == expected)
        #expect(found.count > 10)
    }

    private func schema(_ folder: TemporaryFolder) async throws -> [String] {
        try await folder.withStore { store in
            try await store.pool.read { database in
                try String.fetchAll(database, sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").sorted()
            }
        }
    }
}

/// What the fixture `v1.sql` holds, written out: it does not change when the fixtures of other tests do.
enum FirstVersion {
    /// Makes the old database.
    static func restore(to folder: TemporaryFolder, beside file: String = #filePath) throws {
        let path = URL(fileURLWithPath: file).deletingLastPathComponent().path + "/Fixtures/v1.sql"
        let sql = try String(contentsOfFile: path, encoding: .utf8)
        let database = try DatabaseQueue(path: folder.database)
        try database.writeWithoutTransaction { try $0.execute(sql: sql) }
        try database.close()
    }

    /// One session in every state, the one that is torn down last; with 0, 1, 2, 0, 1, 2 … machines.
    static func sessions() throws -> [Session] {
        let states: [SessionState] = [
            .requested(queued: true),
            .preparing,
            .ready(enterBy: ServiceInstant(milliseconds: 900_001)),
            .running(RunningTime(deadline: ServiceInstant(milliseconds: 3_600_000))),
            .running(
                RunningTime(
                    deadline: ServiceInstant(milliseconds: 4_500_000),
                    idleBy: ServiceInstant(milliseconds: 600_000),
                    extended: .seconds(900),
                    warned: [.seconds(600), .seconds(60)],
                )
            ),
            .paused(
                PausedTime(
                    remaining: .milliseconds(1_234_567),
                    extended: .zero,
                    warned: [.seconds(600)],
                    keepUntil: ServiceInstant(milliseconds: 86_400_000),
                )
            ),
            .finishing(.submitted), .ended(.guestCrashed), .tornDown(.expired),
        ]
        return try zip("abcdefghi", states).enumerated().map { number, named in
            let (letter, state) = named
            let id = try #require(SessionID("fixtureaa\(letter)"))
            return Session(
                id: id,
                person: PersonID("uid:100\(number % 2)"),
                lab: LabID(unchecked: "first-steps"),
                labVersion: 1 + number,
                policy: policy,
                createdAt: Timestamp(milliseconds: 1_700_000_000_000 + Int64(number)),
                isolationOverride: number == 4 ? "no KVM here – déjà vu" : nil,
                acceleration: [nil, .kvm, .tcg][number % 3],
                lifecycle: SessionMachine(state: state, time: policy.time),
                machines: try ["main", "second"].prefix(number % 3).enumerated().map { index, name in
                    Machine(
                        id: try machineID(number * 10 + index),
                        session: id,
                        name: name,
                        specification: try specification(bare: index == 1),
                        userID: number == 4 ? 70_001 : nil,
                    )
                },
                generation: Int64(number * number),
            )
        }
    }

    /// A machine that no session owns.
    static func spare() throws -> Machine {
        Machine(
            id: try machineID(900),
            session: nil,
            name: "spare",
            specification: try specification(bare: false),
            userID: 70_000,
        )
    }

    /// The last heartbeat.
    static let heartbeat = Heartbeat(
        at: ServiceInstant(milliseconds: 45_000),
        reading: ClockReading(
            wall: Timestamp(milliseconds: 1_700_000_045_000),
            monotonic: .nanoseconds(123_456_798),
            sinceBoot: .seconds(86_400) + .nanoseconds(9),
            bootID: "0f7c2a4e-5a55-4d0a-9f1b-0b6a6a1d7c11",
        ),
    )

    private static let policy = Policy(
        id: PolicyID(unchecked: "practice"),
        title: LocalizedText(["en": "Practice", "fr": "Entraînement"]),
        time: Policy.TimeLimits(
            limit: .seconds(3600),
            enter: .seconds(901),
            ready: .milliseconds(180_500),
            extendStep: .seconds(900),
            extendMax: .seconds(1800),
            idle: .seconds(600),
            warn: [.seconds(600), .seconds(60)],
        ),
        resources: Policy.ResourceLimits(
            vcpus: 2,
            cpuPercent: 150,
            memory: .mebibytes(512),
            disk: .gibibytes(8),
            readRate: .mebibytes(50),
            writeRate: nil,
            readIOPS: 500,
            writeIOPS: nil,
        ),
        network: .none,
        isolation: .hardware,
        concurrency: Policy.Concurrency(perPerson: 2, host: 10),
        keep: Policy.Keep(disk: true),
    )

    private static func machineID(_ number: Int) throws -> MachineID {
        let digits = String(1_000 + number).dropFirst()
        return try #require(MachineID("6f9619ff-8b86-4011-b42d-00c04fc96\(digits)"))
    }

    private static func specification(bare: Bool) throws -> MachineSpecification {
        let shape = MachineShape(name: "any", image: ImageID(unchecked: "debian-13"), memory: .mebibytes(384))
        var specification = try MachineSpecification(shape: shape, policy: policy)
        if bare {
            specification.disk = nil
            specification.readRate = nil
        }
        return specification
    }
}

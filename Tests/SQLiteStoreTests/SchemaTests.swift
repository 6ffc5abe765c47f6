import Foundation
import GRDB
import SessionModel
import TestKit
import Testing

@testable import SQLiteStore

@Suite("The schema holds its rules by itself", .timeLimit(.minutes(1)))
struct SchemaTests {
    @Test(
        "An impossible session cannot be stored",
        arguments: [
            "deadline = NULL", "deadline = 1, state = 'ready'", "enterBy = 1", "state = 'ended'", "state = 'asleep'",
            "state = 'paused'", "endReason = 'expired'", "queued = 0", "keepUntil = 1", "remainingMs = 1",
            "extendedMs = NULL", "extendedMs = -1", "warnedJSON = NULL", "warnedJSON = '{}'", "warnedJSON = 'x'",
            "state = 'preparing', deadline = NULL, extendedMs = NULL, warnedJSON = NULL", "generation = -1",
            "generation = NULL", "id = 'short'", "id = 'AAAAAAAAAA'", "acceleration = 'magic'", "labVersion = 0",
            "policy = 'exam'", "policyJSON = 'x'", "timeJSON = '[]'", "createdAt = 'yesterday'", "person = ''",
            "resetting = NULL", "resetting = 2", "pausedDeadline = 1", "cohort = ''",
        ],
    )
    func impossibleSession(change: String) async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let session = try SessionFixtures.session(1, state: SessionFixtures.states[5])
            try await store.create(session, records: [.requested], at: SessionFixtures.time())
            await #expect(throws: DatabaseError.self) {
                try await store.pool.write { try $0.execute(sql: "UPDATE session SET \(change)") }
            }
            #expect(try await store.session(session.id) == session)
        }
    }

    @Test(
        "Machines, lines, steps and heartbeats cannot break their rules either",
        arguments: [
            "UPDATE machine SET session = 'aaaaaaaaaa'", "UPDATE machine SET userID = 0",
            "UPDATE machine SET userID = 77", "UPDATE machine SET specification = '{}'", "UPDATE machine SET name = ''",
            "UPDATE machine SET name = 'same'", "UPDATE machine SET position = 0", "DELETE FROM session",
            "UPDATE machine SET session = NULL", "UPDATE machine SET role = 'spare'",
            "UPDATE machine SET role = 'boss'",
            "UPDATE machine SET role = NULL", "UPDATE machine SET fork = '[]'", "UPDATE machine SET fork = 'x'",
            "INSERT INTO timeline (session, at, serviceTime, kind, text) VALUES ('aaaaaaaaaa', 1, 1, 'ready', '')",
            "UPDATE timeline SET kind = ''", "UPDATE sagaStep SET phase = 'maybe'",
            "UPDATE sagaStep SET phase = 'done'",
            "UPDATE sagaStep SET undoneAt = 1", "UPDATE sagaStep SET machine = 'nobody'",
            "INSERT INTO heartbeat VALUES (2, 0, 0, 0, 0, '')",
        ],
    )
    func impossibleRows(sql: String) async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let session = try SessionFixtures.session(1, machines: 2)
            try await store.create(session, records: [.requested], at: SessionFixtures.time())
            try await store.record(.boot, .begun, of: session.machines[0].id, at: SessionFixtures.time())
            await #expect(throws: DatabaseError.self) { try await store.pool.write { try $0.execute(sql: sql) } }
        }
    }
}

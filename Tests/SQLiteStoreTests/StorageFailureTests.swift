import Foundation
import GRDB
import SessionModel
import TestKit
import Testing

@testable import SQLiteStore

@Suite("Trouble with the database is reported and changes nothing", .timeLimit(.minutes(1)))
struct StorageFailureTests {
    @Test("A full disk refuses what does not fit, keeps what was there and works again when there is room")
    func fullDisk() async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let session = try SessionFixtures.session(1)
            try await store.create(session, records: [.requested], at: SessionFixtures.time())
            let tail = await store.tail()
            try await store.pool.writeWithoutTransaction { database in
                let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
                try database.execute(sql: "PRAGMA max_page_count = \(pages + 2)")
            }
            let change = try {
                var change = session
                _ = try change.lifecycle.admit()
                return change
            }()
            let long = [TimelineRecord](repeating: .failed(String(repeating: "x", count: 1_000)), count: 100)
            let failure = await #expect(throws: Failure.self) {
                _ = try await store.commit(change, records: long, at: SessionFixtures.time())
            }
            #expect(failure?.code == .storage)
            #expect(failure?.message.contains("no space left") == true)
            #expect(failure?.cause is DatabaseError)
            #expect(try await store.session(session.id) == session)
            #expect(try await store.timeline(of: session.id, after: 0).count == 1)
            try await store.pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA max_page_count = 1000000")
            }
            let stored = try await store.commit(change, records: [.admitted], at: SessionFixtures.time())
            #expect(try await store.session(session.id) == stored)
            var lines = tail.makeAsyncIterator()
            let first = await lines.next()
            #expect(first?.kind == "admitted", "the tail told of what was not stored")
        }
    }

    @Test("A database that may only be read refuses to be written and can still be read")
    func readOnly() async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let session = try SessionFixtures.session(1)
            try await store.create(session, records: [], at: SessionFixtures.time())
            try await store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 1") }
            let failure = await #expect(throws: Failure.self) {
                _ = try await store.commit(session, records: [.admitted], at: SessionFixtures.time())
            }
            #expect(failure?.code == .storage)
            #expect(failure?.message.contains("may only be read") == true)
            #expect(try await store.session(session.id) == session)
        }
    }

    @Test("A file that is no database is refused and left as it is")
    func notADatabase() async throws {
        let folder = try TemporaryFolder()
        let text = Data(String(repeating: "These are my notes.\n", count: 300).utf8)
        try text.write(to: URL(fileURLWithPath: folder.database))
        let failure = await #expect(throws: Failure.self) { _ = try await SQLiteSessionStore.open(at: folder.database) }
        #expect(failure?.code == .storage)
        #expect(failure?.message.contains(folder.database) == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.database)) == text)
    }

    @Test("A folder that does not exist is named")
    func noFolder() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/missing/sandglass.sqlite"
        let failure = await #expect(throws: Failure.self) { _ = try await SQLiteSessionStore.open(at: path) }
        #expect(failure?.code == .storage)
        #expect(failure?.message.contains(path) == true)
    }

    @Test("Damaged pages are reported as damage")
    func damaged() async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            for number in 0..<200 {
                let session = try SessionFixtures.session(number)
                try await store.create(session, records: SessionFixtures.records, at: SessionFixtures.time())
            }
        }
        let file = try #require(FileHandle(forUpdatingAtPath: folder.database))
        let size = try file.seekToEnd()
        for page in 2..<(size / 4_096) {
            try file.seek(toOffset: page * 4_096)
            try file.write(contentsOf: Data(repeating: 0xA5, count: 512))
        }
        try file.close()
        let failure = await #expect(throws: Failure.self) {
            try await folder.withStore { store in
                _ = try await store.openSessions()
                try await store.append([.ready], to: SessionFixtures.sessionID(3), at: SessionFixtures.time())
            }
        }
        #expect(failure?.code == .storage)
        #expect(failure?.message.contains("damaged") == true)
    }

    @Test("A database of a newer version is refused and left as it is")
    func newer() async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            try await store.pool.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('v99')") }
        }
        let failure = await #expect(throws: Failure.self) { _ = try await SQLiteSessionStore.open(at: folder.database) }
        #expect(failure?.code == .storage)
        #expect(failure?.message.contains("newer version") == true)
        #expect(failure?.message.contains("v99") == true)
    }

    @Test(
        "A session that cannot be read is reported by name, left as it is, and hides no other",
        arguments: [
            "UPDATE session SET policyJSON = '{\"id\":\"practice\"}' WHERE id = ?",
            "UPDATE session SET timeJSON = '{}' WHERE id = ?",
            "UPDATE session SET endReason = 'eclipse' WHERE id = ?",
            "UPDATE session SET lab = 'No Lab' WHERE id = ?",
            "UPDATE machine SET specification = '{\"memory\":1}' WHERE session = ?",
            "UPDATE machine SET id = replace(id, '-', '+') WHERE session = ?",
        ],
    )
    func unreadable(damage: String) async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let sessions = try (1...3).map { try SessionFixtures.session($0, state: .ended(.expired)) }
            for session in sessions { try await store.create(session, records: [], at: SessionFixtures.time()) }
            let broken = sessions[1].id
            try await store.pool.write { try $0.execute(sql: damage, arguments: [broken.description]) }
            let before = try await dump(store)

            let (open, unreadable) = try await store.openSessions()
            #expect(open == [sessions[0], sessions[2]])
            #expect(unreadable.map(\.id) == [broken.description])
            #expect(unreadable.first?.why.isEmpty == false)
            let failure = await #expect(throws: Failure.self) { _ = try await store.session(broken) }
            #expect(failure?.code == .storage)
            #expect(failure?.message.contains(broken.description) == true)
            let page = try await store.sessions(SessionFilter(), after: nil, limit: 9)
            #expect(Set(page.sessions.map(\.id)).isSuperset(of: [sessions[0].id, sessions[2].id]))
            #expect(try await dump(store) == before, "reading changed it")
        }
    }

    @Test("A commit that fails after its lines were written takes them back and tells nobody")
    func lateFailure() async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let (broken, sound) = (try SessionFixtures.session(1), try SessionFixtures.session(2))
            for session in [broken, sound] {
                try await store.create(session, records: [.requested], at: SessionFixtures.time())
            }
            let tail = await store.tail()
            try await store.pool.write { database in
                let sql = "UPDATE machine SET specification = '{\"memory\":1}' WHERE session = ?"
                try database.execute(sql: sql, arguments: [broken.id.description])
            }
            let before = try await dump(store)
            let failure = await #expect(throws: Failure.self) {
                _ = try await store.commit(broken, records: [.admitted], at: SessionFixtures.time())
            }
            #expect(failure?.code == .storage)
            #expect(try await dump(store) == before)
            #expect(try await store.timeline(of: broken.id, after: 0).map(\.kind) == ["requested"])
            _ = try await store.commit(sound, records: [.ready], at: SessionFixtures.time())
            var lines = tail.makeAsyncIterator()
            let first = await lines.next()
            #expect(first?.kind == "ready", "the tail told of what was not stored")
        }
    }

    @Test("A page of a list goes on past rows that cannot be read")
    func unreadablePage() async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let sessions = try (0..<6).map { try SessionFixtures.session($0) }
            for session in sessions { try await store.create(session, records: [], at: SessionFixtures.time()) }
            for broken in [2, 3] {
                let id = sessions[broken].id.description
                try await store.pool.write { database in
                    try database.execute(sql: "UPDATE session SET lab = '!' WHERE id = ?", arguments: [id])
                }
            }
            var found: [SessionID] = []
            var cursor: String?
            repeat {
                let page = try await store.sessions(SessionFilter(), after: cursor, limit: 2)
                found += page.sessions.map(\.id)
                cursor = page.next
            } while cursor != nil && found.count < 100
            #expect(found == [5, 4, 1, 0].map { sessions[$0].id })
        }
    }

    @Test("A spare and a step that cannot be read are errors, never taken for absent")
    func unreadableMachines() async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let spare = try SessionFixtures.spare(1)
            try await store.createUnowned(spare)
            try await store.record(.boot, .begun, of: spare.id, at: SessionFixtures.time())
            try await store.pool.write { database in
                try database.execute(sql: "UPDATE machine SET specification = '{\"memory\":1}'")
                try database.execute(sql: "UPDATE sagaStep SET step = 'fly'")
            }
            let spares = await #expect(throws: Failure.self) { _ = try await store.unowned() }
            #expect(spares?.code == .storage)
            let steps = await #expect(throws: Failure.self) { _ = try await store.steps(of: spare.id) }
            #expect(steps?.code == .storage)
            #expect(steps?.message.contains("fly") == true)
        }
    }

    private func dump(_ store: SQLiteSessionStore) async throws -> [String] {
        try await store.pool.read { database in
            try ["session", "machine"].flatMap { table in
                try Row.fetchAll(database, sql: "SELECT * FROM \(table) ORDER BY id").map(\.description)
            }
        }
    }
}

import Foundation
import GRDB
import SessionModel
import TestKit
import Testing

@testable import SQLiteStore

@Suite("What was acknowledged is not lost", .timeLimit(.minutes(1)))
struct DurabilityTests {
    @Test("Every acknowledged commit is in the files while the store is still open")
    func acknowledgedIsInTheFiles() async throws {
        let (folder, crashed) = (try TemporaryFolder(), try TemporaryFolder())
        try await folder.withStore { store in
            var kept: [Session] = []
            for number in 0..<30 {
                var session = try SessionFixtures.session(number)
                try await store.create(session, records: [.requested], at: SessionFixtures.time())
                session.lifecycle = SessionMachine(state: .preparing, time: session.lifecycle.time)
                _ = try await store.reserveUserID(for: session.machines[0].id, from: 1_000...2_000)
                kept.append(try await store.commit(session, records: [.admitted], at: SessionFixtures.time()))
                try await store.record(.overlay, .begun, of: session.machines[0].id, at: SessionFixtures.time())
            }
            try await store.store(SessionFixtures.heartbeat(3))
            try folder.copyAsCrashed(to: crashed)
            try await crashed.withStore { copy async throws in
                #expect(try await copy.openSessions().sessions == kept)
                #expect(try await copy.lastHeartbeat() == SessionFixtures.heartbeat(3))
                for session in kept {
                    #expect(
                        try await copy.timeline(of: session.id, after: 0).map(\.kind) == ["requested", "admitted"]
                    )
                    #expect(try await copy.steps(of: session.machines[0].id) == [.overlay: .begun])
                }
            }
        }
    }

    @Test("A log that was cut anywhere in the middle of a commit leaves whole commits only", arguments: 0..<12)
    func cutLog(part: Int) async throws {
        let (folder, crashed) = (try TemporaryFolder(), try TemporaryFolder())
        try await folder.withStore { store in
            var session = try SessionFixtures.session(1)
            try await store.create(session, records: [.requested], at: SessionFixtures.time())
            let first = try walSize(folder)
            for _ in 0..<20 {
                session = try await store.commit(session, records: [.admitted, .ready], at: SessionFixtures.time())
            }
            try folder.copyAsCrashed(to: crashed)
            let last = try walSize(folder)
            try #require(last > first)
            let cut = first + (last - first) * UInt64(part) / 12 + UInt64(part * 97)
            let log = try #require(FileHandle(forUpdatingAtPath: crashed.database + "-wal"))
            try log.truncate(atOffset: min(cut, last - 1))
            try log.close()
        }
        try await crashed.withStore { copy in
            let id = SessionFixtures.sessionID(1)
            let generation = try await copy.session(id).generation
            #expect((0..<20).contains(generation))
            #expect(try await copy.timeline(of: id, after: 0).count == 1 + 2 * Int(generation))
        }
    }

    @Test("The writer syncs every commit, and a connection that would not is refused")
    func synchronousIsFull() async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let writer = try await store.pool.writeWithoutTransaction { database in
                try Int.fetchOne(database, sql: "PRAGMA synchronous")
            }
            #expect(writer == DatabaseOpener.synchronousFull)
            try await store.pool.writeWithoutTransaction { database in
                try DatabaseOpener.checkPromises(database, path: "x")
                for (pragma, bad, good) in [
                    ("synchronous", "NORMAL", "FULL"), ("foreign_keys", "OFF", "ON"), ("secure_delete", "OFF", "ON"),
                ] {
                    try database.execute(sql: "PRAGMA \(pragma) = \(bad)")
                    let failure = #expect(throws: Failure.self) {
                        try DatabaseOpener.checkPromises(database, path: "x")
                    }
                    #expect(failure?.code == .storage)
                    #expect(failure?.message.contains(pragma) == true)
                    try database.execute(sql: "PRAGMA \(pragma) = \(good)")
                }
            }
        }
    }

    @Test("Only the owner may read the database, however its files were before")
    func filesArePrivate() async throws {
        let folder = try TemporaryFolder()
        func rights() throws -> [String: Int] {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            return try names.reduce(into: [:]) { found, name in
                let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/" + name)
                found[name] = attributes[.posixPermissions] as? Int
            }
        }
        try await folder.withStore { store in
            try await store.store(SessionFixtures.heartbeat())
            let found = try rights()
            #expect(Set(found.keys) == ["sandglass.sqlite", "sandglass.sqlite-wal", "sandglass.sqlite-shm"])
            #expect(found.values.allSatisfy { $0 == 0o600 })
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.database)
        let reopened = try await folder.withStore { _ in try rights() }
        #expect(reopened.values.allSatisfy { $0 == 0o600 })
    }

    @Test("A write is carried out although the task that asked for it was cancelled")
    func cancelledWrites() async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let session = try SessionFixtures.session(1)
            let asking = Task {
                // SAFETY: the task is used inside the closure only.
                withUnsafeCurrentTask { $0?.cancel() }
                try await store.create(session, records: [.requested], at: SessionFixtures.time())
                return try await store.session(session.id)
            }
            #expect(try await asking.value == session)
        }
    }

    @Test("A closed store ends its tails and refuses every call in plain words")
    func closed() async throws {
        let folder = try TemporaryFolder()
        let store = try await SQLiteSessionStore.open(at: folder.database)
        let tail = await store.tail()
        try await store.close()
        try await store.close()
        for await line in tail { Issue.record("the tail had \(line)") }
        for await line in await store.tail() { Issue.record("the tail had \(line)") }
        let writing = await #expect(throws: Failure.self) { try await store.store(SessionFixtures.heartbeat()) }
        let reading = await #expect(throws: Failure.self) { _ = try await store.lastHeartbeat() }
        #expect(writing?.code == .storage && reading?.code == .storage)
        #expect(reading?.message.contains("closed") == true)
    }

    @Test("A read transaction that takes longer than it may is reported by the name of its call")
    func slowRead() async throws {
        let folder = try TemporaryFolder()
        let (reports, reporter) = AsyncStream.makeStream(of: (call: String, took: Duration).self)
        let store = try await SQLiteSessionStore.open(at: folder.database) { reporter.yield(($0, $1)) }
        try await store.read(failing: "it could not be read") { _ in
            let end = ContinuousClock.now.advanced(by: SQLiteSessionStore.slowReadLimit + .milliseconds(1))
            while ContinuousClock.now < end { continue }
        }
        try await store.close()
        reporter.finish()
        var slow: [String] = []
        for await report in reports where report.took > SQLiteSessionStore.slowReadLimit { slow.append(report.call) }
        #expect(slow == ["slowRead()"])
    }

    private func walSize(_ folder: TemporaryFolder) throws -> UInt64 {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.database + "-wal")
        return try #require(attributes[.size] as? UInt64)
    }
}

import Foundation
import GRDB
import SessionModel
import TestKit
import Testing

@testable import SQLiteStore

@Suite("Keys of sessions in the database", .timeLimit(.minutes(1)))
struct SessionKeyTests {
    @Test("Of whoever is erased no key can be read in any file, and none of their keys opens anything; others' do")
    func erased() async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let accounts = SQLiteAccountStore(store)
            for number in 1...2 {
                try await accounts.create(
                    AccountFixtures.account(number),
                    password: nil,
                    audit: AccountFixtures.record(number, .createPerson),
                )
            }
            let session = try SessionFixtures.session(1)
            try await store.create(session, records: [], at: SessionFixtures.time())
            for number in 0..<12 {
                let key = try Self.key(number, opens: session.id, for: AccountFixtures.person(1 + number % 2))
                try await store.add(key, at: SessionFixtures.time())
            }
            #expect(try Self.traces(in: folder) == Set(0..<12))
            try await accounts.erase(AccountFixtures.person(1), audit: AccountFixtures.record(1, .erasePerson))
            #expect(try Self.traces(in: folder) == [1, 3, 5, 7, 9, 11])
            #expect(try await store.keys(of: session.id).allSatisfy { $0.person == AccountFixtures.person(2) })
        }
    }

    @Test("The audit log keeps its lines and their sequences when SSH comes to it, and stays one that only grows")
    func audit() async throws {
        let folder = try TemporaryFolder()
        let database = try DatabaseQueue(path: folder.database)
        try Schema.migrator.migrate(database, upTo: Migration6.name)
        try await database.write { database in
            for sequence in [1, 2, 7] {
                try database.execute(
                    sql: "INSERT INTO audit VALUES (?, 5, NULL, 'cookie', '203.0.113.9', 'x', 'y', 'z', 'done')",
                    arguments: [sequence],
                )
            }
        }
        try database.close()
        try await folder.withStore { store in
            let accounts = SQLiteAccountStore(store)
            let record = AuditRecord(
                at: Timestamp(milliseconds: 6),
                actor: PersonID("uid:1000"),
                origin: Origin(.ssh, address: "203.0.113.9"),
                action: .attachTerminal,
            )
            try await accounts.append(record)
            let lines = try await accounts.entries(before: nil, limit: 10).entries
            #expect(lines.map(\.sequence) == [8, 7, 2, 1])
            #expect(lines.first?.origin == record.origin && lines.last?.origin.address == "203.0.113.9")
            for sql in ["DELETE FROM audit", "UPDATE audit SET action = 'q'"] {
                await #expect(throws: DatabaseError.self) {
                    try await store.pool.write { try $0.execute(sql: sql) }
                }
            }
        }
    }

    private static func word(_ number: Int) -> String { "zq\(String(number + 10_000, radix: 26))qz" }

    private static func key(_ number: Int, opens session: SessionID, for person: PersonID) throws -> SessionKey {
        let digits = String(number + 100)
        let name = "SHA256:" + String(repeating: "x", count: 43 - digits.count) + digits
        return SessionKey(
            PublicKey(type: "ssh-ed25519", base64: word(number), fingerprint: try #require(KeyFingerprint(name))),
            opens: session,
            for: person,
            addedAt: Timestamp(milliseconds: Int64(number)),
        )
    }

    /// The keys that can be read in the database or in what is kept beside it.
    private static func traces(in folder: TemporaryFolder) throws -> Set<Int> {
        let files = ["", "-wal"].map { URL(filePath: folder.database + $0) }
        let bytes = try files.filter { FileManager.default.fileExists(atPath: $0.path) }.map {
            try Data(contentsOf: $0)
        }
        return Set((0..<12).filter { number in bytes.contains { $0.range(of: Data(word(number).utf8)) != nil } })
    }
}

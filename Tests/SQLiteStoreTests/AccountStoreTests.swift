import Foundation
import GRDB
import SessionModel
import TestKit
import Testing

@testable import SQLiteStore

@Suite("Accounts are kept as promised", .timeLimit(.minutes(1)))
struct AccountStoreTests {
    @Test("The SQLite store", arguments: AccountStoreConformance.cases)
    func sqlite(_ promise: AccountStoreConformance.Case) async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            try await AccountStoreConformance.run(promise) { SQLiteAccountStore(store) }
        }
    }

    @Test("The store in memory", arguments: AccountStoreConformance.cases)
    func memory(_ promise: AccountStoreConformance.Case) async throws {
        try await AccountStoreConformance.run(promise) { MemoryAccountStore() }
    }

    @Test("What is kept is there after a restart, and nothing of it after a change that failed")
    func durable() async throws {
        let folder = try TemporaryFolder()
        let account = try AccountFixtures.account(1, roles: [.author])
        try await folder.withStore { store in
            let accounts = SQLiteAccountStore(store)
            try await accounts.create(account, password: nil, audit: AccountFixtures.record(1, .createPerson))
            // The line in the audit log comes last: without it nothing was changed.
            try await store.pool.write { database in
                try database.execute(
                    sql: "CREATE TRIGGER noLines BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"
                )
            }
            var changed = account
            changed.roles = [.operator]
            await #expect(throws: Failure.self) {
                _ = try await accounts.update(changed, audit: AccountFixtures.record())
            }
            await #expect(throws: Failure.self) {
                try await accounts.erase(account.id, audit: AccountFixtures.record())
            }
            try await store.pool.write { try $0.execute(sql: "DROP TRIGGER noLines") }
        }
        try await folder.withStore { store async throws in
            let accounts = SQLiteAccountStore(store)
            #expect(try await accounts.account(account.id) == account)
            #expect(try await accounts.entries(before: nil, limit: 9).entries.map(\.action) == ["person.create"])
        }
    }

    @Test("A database of the first version takes accounts")
    func migrated() async throws {
        let folder = try TemporaryFolder()
        try FirstVersion.restore(to: folder)
        try await folder.withStore { store in
            let accounts = SQLiteAccountStore(store)
            #expect(try await accounts.accounts(after: nil, limit: 9) == AccountPage(accounts: [], next: nil))
            #expect(try await accounts.entries(before: nil, limit: 9) == AuditPage(entries: [], next: nil))
            let account = try AccountFixtures.account(1)
            try await accounts.create(account, password: nil, audit: AccountFixtures.record())
            #expect(try await accounts.account(account.id) == account)
        }
    }

    @Test(
        "The audit log cannot be changed, whoever tries",
        arguments: [
            "UPDATE audit SET outcome = 'done'", "UPDATE audit SET sequence = sequence + 100", "DELETE FROM audit",
            "DELETE FROM audit WHERE sequence = 1", "UPDATE audit SET actor = NULL WHERE sequence = 2",
            """
            INSERT OR REPLACE INTO audit (sequence, at, channel, action, object, detail, outcome)
            VALUES (1, 0, 'local', 'nothing', '', '', 'done')
            """,
            "INSERT OR IGNORE INTO audit SELECT * FROM audit", "REPLACE INTO audit SELECT * FROM audit",
        ],
    )
    func audit(_ sql: String) async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let accounts = SQLiteAccountStore(store)
            for number in 0..<3 { try await accounts.append(AccountFixtures.record(number)) }
            let before = try await accounts.entries(before: nil, limit: 9)
            await #expect(throws: DatabaseError.self) { try await store.pool.write { try $0.execute(sql: sql) } }
            #expect(try await accounts.entries(before: nil, limit: 9) == before)
        }
    }

    @Test(
        "Accounts, and what lets people in, cannot break their rules",
        arguments: [
            "UPDATE account SET person = 'uid:1000'", "UPDATE account SET person = 'p-AAAAAAAAAAAAAAAA'",
            "UPDATE account SET state = 'asleep'", "UPDATE account SET state = 'erased'", "DELETE FROM account",
            "UPDATE account SET generation = -1", "UPDATE personal SET login = ''", "UPDATE personal SET name = ''",
            "UPDATE personal SET login = NULL", "UPDATE personal SET email = ''",
            "UPDATE personal SET login = 'same'", "UPDATE personal SET login = 'SOMEONE-1' WHERE login = 'someone-2'",
            "UPDATE personal SET person = 'p-aaaaaaaaaaaaaaaa'", "UPDATE accountRole SET role = 'boss'",
            "INSERT INTO accountRole VALUES ('p-aaaaaaaaaaaaaaaa', 'author')", "UPDATE token SET digest = x'00'",
            "UPDATE token SET expiresAt = createdAt", "UPDATE token SET scopes = '{}'", "UPDATE token SET name = ''",
            "UPDATE token SET person = 'p-aaaaaaaaaaaaaaaa'", "UPDATE signIn SET digest = x'00'",
            "UPDATE signIn SET expiresAt = createdAt", "UPDATE signIn SET person = 'p-aaaaaaaaaaaaaaaa'",
            "UPDATE signIn SET csrfSecret = ''", "UPDATE oneTimeLink SET purpose = 'other'",
            "UPDATE oneTimeLink SET person = NULL", "UPDATE oneTimeLink SET purpose = 'firstOperator'",
            "UPDATE oneTimeLink SET digest = x'00'",
            """
            INSERT INTO oneTimeLink SELECT zeroblob(32), purpose, person, createdAt, expiresAt, NULL FROM oneTimeLink LIMIT 1
            """,
            "INSERT INTO audit VALUES (1, 1, NULL, 'radio', NULL, 'x', '', '', 'done')",
            "INSERT INTO audit VALUES (1, 1, NULL, 'local', NULL, '', '', '', 'done')",
            "INSERT INTO audit VALUES (1, 1, NULL, 'local', NULL, 'x', '', '', 'perhaps')",
        ],
    )
    func impossible(_ sql: String) async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            try await Self.fill(SQLiteAccountStore(store), people: 2)
            await #expect(throws: DatabaseError.self) { try await store.pool.write { try $0.execute(sql: sql) } }
        }
    }

    @Test(
        "An erased account stays erased, whoever tries",
        arguments: [
            "UPDATE account SET state = 'active' WHERE state = 'erased'",
            "UPDATE account SET createdAt = 0 WHERE state = 'erased'",
            "INSERT INTO personal SELECT person, 'again', 'Again', NULL, NULL FROM account WHERE state = 'erased'",
            "INSERT INTO accountRole SELECT person, 'operator' FROM account WHERE state = 'erased'",
        ],
    )
    func erasedStays(_ sql: String) async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let accounts = SQLiteAccountStore(store)
            try await Self.fill(accounts, people: 2)
            try await accounts.erase(AccountFixtures.person(1), audit: AccountFixtures.record())
            await #expect(throws: DatabaseError.self) { try await store.pool.write { try $0.execute(sql: sql) } }
        }
    }

    /// Stores people with everything that can be theirs.
    static func fill(_ accounts: SQLiteAccountStore, people: Int) async throws {
        for number in 1...people {
            let account = try AccountFixtures.account(number)
            let record = AccountFixtures.record(number)
            try await accounts.create(account, password: AccountFixtures.password(number), audit: record)
            let token = AccountFixtures.token(number, of: account.id)
            try await accounts.add(token, digest: AccountFixtures.digest(number), audit: record)
            try await accounts.add(AccountFixtures.signIn(1_000 + number, of: account.id), audit: record)
            let link = AccountFixtures.link(2_000 + number, for: .setPassword(account.id))
            try await accounts.add(link, audit: record)
        }
    }
}

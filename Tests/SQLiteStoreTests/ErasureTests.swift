import Foundation
import GRDB
import SessionModel
import TestKit
import Testing

@testable import SQLiteStore

@Suite("Nothing of who is erased can be read in any file", .timeLimit(.minutes(2)))
struct ErasureTests {
    /// So many that tables have many pages, among which rows are moved.
    private static let people = 400

    @Test("Whoever is erased, neither login nor name, address, password or token's name is in the database or its log")
    func erase() async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            let accounts = SQLiteAccountStore(store)
            var generator = SeededGenerator(seed: 5)
            // Stored in any order and changed meanwhile, so that rows come to lie here and there.
            for number in (1...Self.people).shuffled(using: &generator) {
                try await Self.create(number, accounts)
                if number.isMultiple(of: 3) { try await Self.rename(number, accounts) }
            }
            let traces = try Self.traces(in: folder)
            for number in 1...Self.people { #expect(traces.contains(Self.word(number)), "\(number) was never there") }
            let erased = (1...Self.people).shuffled(using: &generator).prefix(40)
            for number in erased {
                try await accounts.erase(AccountFixtures.person(number), audit: AccountFixtures.record())
                let left = try Self.traces(in: folder)
                #expect(!left.contains(Self.word(number)), "\(number) can still be read")
            }
            let left = try Self.traces(in: folder)
            #expect(left == Set((1...Self.people).map(Self.word)).subtracting(erased.map(Self.word)))
        }
        // Nor after all was written back.
        let left = try Self.traces(in: folder)
        #expect(left.count == Self.people - 40)
    }

    @Test("Copies that rows leave behind when SQLite moves them to another page go too")
    func moved() async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in
            try await store.pool.write { database in
                var generator = SeededGenerator(seed: 1)
                for number in (1...2_000).shuffled(using: &generator) {
                    let (person, word) = (AccountFixtures.person(number).description, Self.word(number))
                    try database.execute(sql: "INSERT INTO account VALUES (?, 'active', 0, 0)", arguments: [person])
                    // Logins come in no order, so pages of their index are split in the middle.
                    let login = "\(Int.random(in: 0..<8, using: &generator))-\(word)"
                    let name = word + String(repeating: "y", count: Int.random(in: 0..<60, using: &generator))
                    try database.execute(
                        sql: "INSERT INTO personal VALUES (?, ?, ?, NULL, NULL)",
                        arguments: [person, login, name],
                    )
                }
            }
            try await store.emptyLog(failing: "the log stays")
            let before = try Self.counts(in: folder)
            let usual = try #require(before.values.min())
            let copied = (1...2_000).filter { before[Self.word($0), default: 0] > usual }
            try #require(!copied.isEmpty, "nothing was left behind, so nothing is shown")
            for number in copied {
                try await SQLiteAccountStore(store).erase(
                    AccountFixtures.person(number),
                    audit: AccountFixtures.record(),
                )
            }
            let left = try Self.counts(in: folder)
            for number in copied { #expect(left[Self.word(number)] == nil, "\(number) can still be read") }
            #expect(left.count == 2_000 - copied.count)
        }
    }

    @Test("What a crash left in the log of the database is gone after the next start")
    func crashed() async throws {
        let (folder, crashed) = (try TemporaryFolder(), try TemporaryFolder())
        try await folder.withStore { store in
            let accounts = SQLiteAccountStore(store)
            try await Self.create(1, accounts)
            // All that erasing does but the last step, which a crash may take away.
            try await store.pool.write { database in
                for table in ["personal", "accountRole", "token"] { try database.execute(sql: "DELETE FROM \(table)") }
                try database.execute(sql: "UPDATE account SET state = 'erased'")
            }
            try folder.copyAsCrashed(to: crashed)
        }
        #expect(try Self.traces(in: crashed) == [Self.word(1)])
        try await crashed.withStore { store async throws in
            #expect(try await SQLiteAccountStore(store).account(AccountFixtures.person(1)).state == .erased)
            #expect(try Self.traces(in: crashed).isEmpty)
        }
    }

    @Test("A file that somebody reads meanwhile is waited for; who erases once more finishes what could not be done")
    func busy() async throws {
        let folder = try TemporaryFolder()
        let store = try await SQLiteSessionStore.open(at: folder.database, busyTimeout: .milliseconds(50))
        let accounts = SQLiteAccountStore(store)
        try await Self.create(1, accounts)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: folder.database, configuration: configuration)
        try reader.inDatabase { database in
            try database.execute(sql: "BEGIN")
            _ = try Row.fetchAll(database, sql: "SELECT * FROM account")
        }
        let failure = await #expect(throws: Failure.self) {
            try await accounts.erase(AccountFixtures.person(1), audit: AccountFixtures.record())
        }
        #expect(failure?.code == .storage)
        #expect(try await accounts.account(AccountFixtures.person(1)).state == .erased)
        try reader.inDatabase { try $0.execute(sql: "COMMIT") }
        try await accounts.erase(AccountFixtures.person(1), audit: AccountFixtures.record())
        #expect(try Self.traces(in: folder).isEmpty)
        try reader.close()
        try await store.close()
    }

    /// A word that is in everything that says who a person is, and nowhere else.
    private static func word(_ number: Int) -> String { "zq\(String(number + 10_000, radix: 26))qz" }

    private static func create(_ number: Int, _ accounts: SQLiteAccountStore) async throws {
        let word = word(number)
        let account = Account(
            id: AccountFixtures.person(number),
            personal: try PersonalData(entered: "a.\(word)", name: "Ann \(word)", email: "\(word)@\(word).test"),
            roles: [.trainee],
            createdAt: AccountFixtures.time(),
        )
        let record = AccountFixtures.record(number)
        try await accounts.create(account, password: PasswordHash("plain$\(word)"), audit: record)
        let token = APIToken(
            id: AccountFixtures.token(number, of: account.id).id,
            person: account.id,
            name: "for \(word)",
            scopes: nil,
            createdAt: AccountFixtures.time(),
            expiresAt: AccountFixtures.time(60),
        )
        try await accounts.add(token, digest: AccountFixtures.digest(number), audit: record)
    }

    private static func rename(_ number: Int, _ accounts: SQLiteAccountStore) async throws {
        var account = try await accounts.account(AccountFixtures.person(number))
        let word = word(number)
        account.personal = try PersonalData(
            entered: "b-\(word).\(String(repeating: "x", count: number % 40))",
            name: "Bea \(word) \(String(repeating: "y", count: 1 + number % 70))",
            email: nil,
        )
        _ = try await accounts.update(account, audit: AccountFixtures.record())
    }

    /// All such words in any file of the folder.
    private static func traces(in folder: TemporaryFolder) throws -> Set<String> { Set(try counts(in: folder).keys) }

    /// How often each is there.
    private static func counts(in folder: TemporaryFolder) throws -> [String: Int] {
        var found: [String: Int] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let data = try Data(contentsOf: URL(filePath: folder.path + "/" + name))
            var rest = data[...]
            while let start = rest.range(of: Data("zq".utf8)) {
                let word = String(decoding: rest[start.lowerBound...].prefix(7), as: UTF8.self)
                if word.hasSuffix("qz") { found[word, default: 0] += 1 }
                rest = rest[start.upperBound...]
            }
        }
        return found
    }
}

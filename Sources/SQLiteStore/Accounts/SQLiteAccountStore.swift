import Foundation
import GRDB
package import SessionModel

/// Keeps accounts and the audit log in the file of the sessions.
package struct SQLiteAccountStore: AccountStore, AuditLog {
    let store: SQLiteSessionStore

    /// Works in an open store; closed with it.
    package init(_ store: SQLiteSessionStore) { self.store = store }

    package func create(_ account: Account, password: PasswordHash?, audit: AuditRecord) async throws {
        try await store.write(failing: "person \(account.id) could not be stored") { database, _ in
            try AccountRow.insert(account, password: password, database)
            try AuditRow.insert(audit, database)
        }
    }

    @concurrent
    package func account(_ id: PersonID) async throws -> Account {
        try await store.read(failing: "person \(id) could not be read") { try AccountRow.require(id, $0) }.decoded()
    }

    @concurrent
    package func accounts(after last: PersonID?, limit: Int) async throws -> AccountPage {
        guard (1...500).contains(limit) else {
            throw Failure(.invalidInput, "a page of \(limit) people cannot be had; ask for 1 to 500")
        }
        var rows = try await store.read(failing: "the list of people could not be read") { database in
            var place = (createdAt: Int64.max, id: "")
            if let last {
                guard let row = try AccountRow.find(last, database) else {
                    throw Failure(
                        .invalidInput,
                        "\"\(last.description.prefix(40))\" is not a cursor of the list of people; "
                            + "use \"next\" of the page before, or none",
                    )
                }
                place = (row.createdAt, row.id)
            }
            return try Row.fetchAll(
                database.cachedStatement(sql: AccountRow.pageQuery),
                arguments: [place.createdAt, place.id, limit + 1],
            ).map(AccountRow.init)
        }
        let isLast = rows.count <= limit
        if !isLast { rows.removeLast() }
        return AccountPage(
            accounts: try rows.map { try $0.decoded() },
            next: isLast ? nil : rows.last.map { PersonID($0.id) },
        )
    }

    @concurrent
    package func credentials(of login: Login) async throws -> Credentials? {
        let row = try await store.read(failing: "a login could not be looked up") { database in
            try Row.fetchOne(
                database.cachedStatement(sql: AccountRow.select + " WHERE login = ?"),
                arguments: [login.description],
            ).map(AccountRow.init)
        }
        return try row.map { try Credentials(account: $0.decoded(), password: $0.passwordHash.map(PasswordHash.init)) }
    }

    package func hasOperator() async throws -> Bool {
        try await store.read(failing: "the operators could not be looked up", Self.hasOperator)
    }

    package func update(_ account: Account, audit: AuditRecord) async throws -> Account {
        try await store.write(failing: "person \(account.id) could not be changed") { database, _ in
            try AccountRow.require(account.id, database).update(to: account, database)
            if account.state != .active {
                try Self.removeSignIns(of: account.id, except: nil, database)
                try Self.removeLinks(of: account.id, database)
            }
            try AuditRow.insert(audit, database)
            var stored = account
            stored.generation += 1
            return stored
        }
    }

    package func setPassword(
        _ password: PasswordHash,
        of person: PersonID,
        keeping signIn: SecretDigest?,
        audit: AuditRecord,
    ) async throws {
        try await store.write(failing: "the password of person \(person) could not be set") { database, _ in
            try AccountRow.requireActive(person, database)
            try Self.setPassword(password, of: person, keeping: signIn, database)
            try Self.removeLinks(of: person, database)
            try AuditRow.insert(audit, database)
        }
    }

    package func erase(_ person: PersonID, audit: AuditRecord) async throws {
        let failing = "person \(person) could not be erased"
        try await store.write(failing: failing) { database, _ in
            guard try AccountRow.require(person, database).state != Account.State.erased.rawValue else { return }
            for table in ["personal", "accountRole", "token", "signIn", "oneTimeLink", "sessionKey"] {
                try database.execute(sql: "DELETE FROM \(table) WHERE person = ?", arguments: [person.description])
            }
            try database.execute(
                sql: "UPDATE account SET state = 'erased', generation = generation + 1 WHERE person = ?",
                arguments: [person.description],
            )
            for table in ["personal", "token", "sessionKey"] { try Self.rewrite(table, database) }
            try AuditRow.insert(audit, database)
        }
        try await store.emptyLog(failing: "\(failing): it is gone from the record, but its log may still hold it")
    }

    // MARK: Steps of transactions

    static func hasOperator(_ database: Database) throws -> Bool {
        let sql = """
            SELECT EXISTS (
                SELECT 1 FROM accountRole JOIN account ON account.person = accountRole.person
                WHERE role = 'operator' AND state = 'active'
            )
            """
        return try Bool.fetchOne(database.cachedStatement(sql: sql)) ?? false
    }

    static func setPassword(
        _ password: PasswordHash,
        of person: PersonID,
        keeping signIn: SecretDigest?,
        _ database: Database,
    ) throws {
        try database.cachedStatement(sql: "UPDATE personal SET passwordHash = ? WHERE person = ?")
            .execute(arguments: [password.text, person.description])
        try removeSignIns(of: person, except: signIn, database)
    }

    static func removeSignIns(of person: PersonID, except kept: SecretDigest?, _ database: Database) throws {
        // An empty digest is nobody's.
        try database.cachedStatement(sql: "DELETE FROM signIn WHERE person = ? AND digest <> ?")
            .execute(arguments: [person.description, kept?.data ?? Data()])
    }

    static func removeLinks(of person: PersonID, _ database: Database) throws {
        try database.cachedStatement(sql: "DELETE FROM oneTimeLink WHERE person = ? AND usedAt IS NULL")
            .execute(arguments: [person.description])
    }

    /// Writes a table anew.
    ///
    /// What is deleted is overwritten in its page (`secure_delete`). But when rows were moved to another page earlier,
    /// to make room, copies of them may have stayed behind in the old one. Pages that a table gives up are overwritten
    /// whole.
    private static func rewrite(_ table: String, _ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TEMPORARY TABLE kept AS SELECT * FROM main.\(table);
                DELETE FROM main.\(table);
                INSERT INTO main.\(table) SELECT * FROM temp.kept;
                DROP TABLE temp.kept;
                """
        )
    }
}

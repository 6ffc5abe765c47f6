import Foundation
import GRDB
package import SessionModel

extension SQLiteAccountStore {
    /// How long a token of no use is still shown.
    private static let keptFor: Duration = .seconds(30 * 86_400)

    package func add(_ token: APIToken, digest: SecretDigest, audit: AuditRecord) async throws {
        try await store.write(failing: "token \(token.id) could not be stored") { database, _ in
            try AccountRow.requireActive(token.person, database)
            let isKnown = try Bool.fetchOne(
                database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM token WHERE id = ? OR digest = ?)"),
                arguments: [token.id.description, digest.data],
            )
            guard isKnown == false else { throw Failure(.conflict, "token \(token.id) is stored already") }
            let (person, now) = (token.person.description, token.createdAt)
            let past = now.advanced(by: .zero - Self.keptFor).milliseconds
            try database.cachedStatement(
                sql: "DELETE FROM token WHERE person = ? AND (expiresAt <= ? OR revokedAt <= ?)"
            ).execute(arguments: [person, past, past])
            let usable = try Int.fetchOne(
                database.cachedStatement(
                    sql: "SELECT count(*) FROM token WHERE person = ? AND revokedAt IS NULL AND expiresAt > ?"
                ),
                arguments: [person, now.milliseconds],
            )
            guard let usable, usable < APIToken.perPerson else {
                throw Failure(.noCapacity, "there are \(APIToken.perPerson) tokens already; revoke one first")
            }
            try database.cachedStatement(
                sql: """
                    INSERT INTO token (id, person, digest, name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                token.id.description, person, digest.data, token.name,
                try token.scopes.map { try StoredJSON.encode($0.sorted()) }, now.milliseconds,
                token.expiresAt.milliseconds, token.lastUsedAt?.milliseconds, token.revokedAt?.milliseconds,
            ])
            try AuditRow.insert(audit, database)
        }
    }

    @concurrent
    package func tokens(of person: PersonID) async throws -> [APIToken] {
        try await store.read(failing: "the tokens of person \(person) could not be read") { database in
            try Row.fetchAll(
                database.cachedStatement(sql: Self.tokensQuery),
                arguments: [person.description],
            ).map(TokenRow.init)
        }.map { try $0.decoded() }
    }

    @concurrent
    package func token(_ id: TokenID) async throws -> APIToken {
        let row = try await store.read(failing: "token \(id) could not be read") { try TokenRow.find(id, $0) }
        guard let row else { throw Self.noToken(id) }
        return try row.decoded()
    }

    @concurrent
    package func token(by digest: SecretDigest) async throws -> (token: APIToken, account: Account)? {
        let rows = try await store.read(failing: "a token could not be looked up") { database in
            try Row.fetchOne(
                database.cachedStatement(sql: "SELECT * FROM token WHERE digest = ?"),
                arguments: [digest.data],
            ).map(TokenRow.init).map { ($0, try AccountRow.require(PersonID($0.person), database)) }
        }
        return try rows.map { (try $0.decoded(), try $1.decoded()) }
    }

    package func noteUse(of token: TokenID, at now: Timestamp, unlessAfter limit: Timestamp) async throws {
        try await store.write(failing: "the use of token \(token) could not be noted") { database, _ in
            try database.cachedStatement(
                sql: "UPDATE token SET lastUsedAt = ? WHERE id = ? AND ifnull(lastUsedAt <= ?, TRUE)"
            ).execute(arguments: [now.milliseconds, token.description, limit.milliseconds])
        }
    }

    package func revoke(_ id: TokenID, at now: Timestamp, audit: AuditRecord) async throws {
        try await store.write(failing: "token \(id) could not be revoked") { database, _ in
            guard let row = try TokenRow.find(id, database) else { throw Self.noToken(id) }
            guard row.revokedAt == nil else { return }
            try database.cachedStatement(sql: "UPDATE token SET revokedAt = ? WHERE id = ?")
                .execute(arguments: [now.milliseconds, id.description])
            try AuditRow.insert(audit, database)
        }
    }

    /// The query behind a person's tokens.
    static let tokensQuery = "SELECT * FROM token WHERE person = ? ORDER BY createdAt DESC, id DESC"

    private static func noToken(_ id: TokenID) -> Failure { Failure(.notFound, "there is no token \"\(id)\"") }
}

/// A token as it is stored.
struct TokenRow: Sendable {
    let person: String
    let revokedAt: Int64?
    private let id: String
    private let name: String
    private let scopes: String?
    private let createdAt: Int64
    private let expiresAt: Int64
    private let lastUsedAt: Int64?

    /// Takes the columns out of a row.
    init(_ row: Row) {
        id = row["id"]
        person = row["person"]
        name = row["name"]
        scopes = row["scopes"]
        createdAt = row["createdAt"]
        expiresAt = row["expiresAt"]
        lastUsedAt = row["lastUsedAt"]
        revokedAt = row["revokedAt"]
    }

    /// The token of that name; `nil` when there is none.
    static func find(_ id: TokenID, _ database: Database) throws -> TokenRow? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM token WHERE id = ?"),
            arguments: [id.description],
        ).map(TokenRow.init)
    }

    /// The token as the model knows it.
    ///
    /// A scope that this version does not know allows nothing.
    ///
    /// - Throws: ``Failure`` with `storage` when it cannot be read.
    func decoded() throws -> APIToken {
        do {
            guard let id = TokenID(id) else { throw UndecodableColumn(column: "token.id", why: "it is no token id") }
            let names = try scopes.map { try StoredJSON.decode([String].self, $0, column: "token.scopes") }
            return APIToken(
                id: id,
                person: PersonID(person),
                name: name,
                scopes: names.map { Set($0.compactMap(Permission.init)) },
                createdAt: Timestamp(milliseconds: createdAt),
                expiresAt: Timestamp(milliseconds: expiresAt),
                lastUsedAt: lastUsedAt.map(Timestamp.init),
                revokedAt: revokedAt.map(Timestamp.init),
            )
        } catch let error as UndecodableColumn {
            throw Failure(.storage, "token \(id) is stored and cannot be read; it was left as it is", cause: error)
        }
    }
}

extension SecretDigest {
    /// The bytes as the database keeps them.
    var data: Data { Data(bytes) }

    /// The digest in a column.
    ///
    /// - Throws: ``Failure`` with `storage` when it is none.
    static func stored(_ data: Data) throws -> SecretDigest {
        guard let digest = SecretDigest(Array(data)) else {
            throw Failure(.storage, "a stored digest has \(data.count) bytes; it was left as it is")
        }
        return digest
    }
}

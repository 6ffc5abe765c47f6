import Foundation
import GRDB
package import SessionModel

extension SQLiteAccountStore {
    package func add(_ link: OneTimeLink, audit: AuditRecord) async throws {
        try await store.write(failing: "a link could not be stored") { database, _ in
            switch link.purpose {
            case .firstOperator: try Self.refuseSecondFirstOperator(database)
            case .setPassword(let person): try AccountRow.requireActive(person, database)
            }
            try database.cachedStatement(sql: "DELETE FROM oneTimeLink WHERE expiresAt <= ?")
                .execute(arguments: [link.createdAt.milliseconds])
            try database.cachedStatement(
                sql: "DELETE FROM oneTimeLink WHERE purpose = ? AND person IS ? AND usedAt IS NULL"
            ).execute(arguments: [link.purpose.name, link.purpose.person])
            try database.cachedStatement(
                sql: """
                    INSERT INTO oneTimeLink (digest, purpose, person, createdAt, expiresAt, usedAt)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                link.digest.data, link.purpose.name, link.purpose.person, link.createdAt.milliseconds,
                link.expiresAt.milliseconds, link.usedAt?.milliseconds,
            ])
            try AuditRow.insert(audit, database)
        }
    }

    package func link(by digest: SecretDigest) async throws -> OneTimeLink? {
        try await store.read(failing: "a link could not be looked up") { try Self.link(digest, $0) }
    }

    package func redeem(
        _ digest: SecretDigest,
        _ redemption: OneTimeLink.Redemption,
        at now: Timestamp,
        audit: AuditRecord,
    ) async throws {
        try await store.write(failing: "a link could not be used") { database, _ in
            guard let link = try Self.link(digest, database), link.isUsable(at: now) else { throw Self.noLink }
            switch (link.purpose, redemption) {
            case (.firstOperator, .firstOperator(let account, let password)):
                try Self.refuseSecondFirstOperator(database)
                try AccountRow.insert(account, password: password, database)
            case (.setPassword(let person), .setPassword(let password)):
                try AccountRow.requireActive(person, database)
                try Self.setPassword(password, of: person, keeping: nil, database)
            case (.firstOperator, .setPassword), (.setPassword, .firstOperator):
                throw Self.noLink
            }
            try database.cachedStatement(sql: "UPDATE oneTimeLink SET usedAt = ? WHERE digest = ?")
                .execute(arguments: [now.milliseconds, digest.data])
            try AuditRow.insert(audit, database)
        }
    }

    private static let noLink = Failure(.notFound, "the link cannot be used, or not any more; ask for another")

    private static func refuseSecondFirstOperator(_ database: Database) throws {
        guard try !hasOperator(database) else { throw Failure(.wrongState, "there is an operator already") }
    }

    private static func link(_ digest: SecretDigest, _ database: Database) throws -> OneTimeLink? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM oneTimeLink WHERE digest = ?"),
            arguments: [digest.data],
        ).map { row in
            OneTimeLink(
                digest: digest,
                // The schema holds the purpose to it.
                purpose: (row["person"] as String?).map { .setPassword(PersonID($0)) } ?? .firstOperator,
                createdAt: Timestamp(milliseconds: row["createdAt"]),
                expiresAt: Timestamp(milliseconds: row["expiresAt"]),
                usedAt: (row["usedAt"] as Int64?).map(Timestamp.init),
            )
        }
    }
}

extension OneTimeLink.Purpose {
    /// As the database knows it.
    fileprivate var name: String {
        switch self {
        case .firstOperator: "firstOperator"
        case .setPassword: "setPassword"
        }
    }

    fileprivate var person: String? {
        switch self {
        case .firstOperator: nil
        case .setPassword(let person): person.description
        }
    }
}

import Foundation
import GRDB
package import SessionModel

extension SQLiteAccountStore {
    package func add(_ signIn: SignIn, audit: AuditRecord) async throws {
        try await store.write(failing: "a sign-in of person \(signIn.person) could not be stored") { database, _ in
            try AccountRow.requireActive(signIn.person, database)
            let isKnown = try Bool.fetchOne(
                database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM signIn WHERE digest = ?)"),
                arguments: [signIn.digest.data],
            )
            guard isKnown == false else { throw Failure(.conflict, "the sign-in is stored already") }
            try database.cachedStatement(sql: Self.overQuery).execute(arguments: [signIn.createdAt.milliseconds])
            try database.cachedStatement(
                sql: """
                    INSERT INTO signIn (digest, person, createdAt, lastSeenAt, expiresAt, csrfSecret)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                signIn.digest.data, signIn.person.description, signIn.createdAt.milliseconds,
                signIn.lastSeenAt.milliseconds, signIn.expiresAt.milliseconds, signIn.csrfSecret,
            ])
            try database.cachedStatement(
                sql: """
                    DELETE FROM signIn WHERE digest IN (
                        SELECT digest FROM signIn WHERE person = ? ORDER BY createdAt DESC, digest DESC LIMIT -1 OFFSET ?
                    )
                    """
            ).execute(arguments: [signIn.person.description, SignIn.perPerson])
            try AuditRow.insert(audit, database)
        }
    }

    @concurrent
    package func signIn(by digest: SecretDigest) async throws -> (signIn: SignIn, account: Account)? {
        let found = try await store.read(failing: "a sign-in could not be looked up") { database in
            try Row.fetchOne(
                database.cachedStatement(sql: "SELECT * FROM signIn WHERE digest = ?"),
                arguments: [digest.data],
            ).map { row in
                let signIn = SignIn(
                    digest: digest,
                    person: PersonID(row["person"]),
                    createdAt: Timestamp(milliseconds: row["createdAt"]),
                    lastSeenAt: Timestamp(milliseconds: row["lastSeenAt"]),
                    expiresAt: Timestamp(milliseconds: row["expiresAt"]),
                    csrfSecret: row["csrfSecret"],
                )
                return (signIn, try AccountRow.require(signIn.person, database))
            }
        }
        return try found.map { ($0, try $1.decoded()) }
    }

    package func noteUse(ofSignIn digest: SecretDigest, at now: Timestamp, unlessAfter limit: Timestamp) async throws {
        try await store.write(failing: "a request could not be noted") { database, _ in
            try database.cachedStatement(sql: "UPDATE signIn SET lastSeenAt = ? WHERE digest = ? AND lastSeenAt <= ?")
                .execute(arguments: [now.milliseconds, digest.data, limit.milliseconds])
        }
    }

    package func removeSignIn(_ digest: SecretDigest, audit: AuditRecord) async throws {
        try await store.write(failing: "nobody could be signed out") { database, _ in
            try database.cachedStatement(sql: "DELETE FROM signIn WHERE digest = ?").execute(arguments: [digest.data])
            guard database.changesCount > 0 else { return }
            try AuditRow.insert(audit, database)
        }
    }

    package func removeSignIns(of person: PersonID, audit: AuditRecord) async throws {
        try await store.write(failing: "person \(person) could not be signed out") { database, _ in
            _ = try AccountRow.require(person, database)
            try Self.removeSignIns(of: person, except: nil, database)
            try AuditRow.insert(audit, database)
        }
    }

    /// The query that forgets sign-ins that are over.
    static let overQuery = "DELETE FROM signIn WHERE expiresAt <= ?"
}

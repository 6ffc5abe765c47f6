import GRDB
package import SessionModel

extension SQLiteSessionStore {
    /// Lets a key open a session; see ``SessionStore/add(_:at:)``.
    package func add(_ key: SessionKey, at time: RecordTime) async throws {
        let (session, name) = (key.session, key.key.fingerprint)
        try await write(failing: "a key of session \(session) could not be stored") { database, lines in
            let sql = "SELECT state FROM session WHERE id = ?"
            guard let state = try String.fetchOne(database, sql: sql, arguments: [session.description]) else {
                throw Self.noSession(session)
            }
            guard !["ended", "tornDown"].contains(state) else {
                throw Failure(.wrongState, "session \(session) is over, and no key opens it any more")
            }
            let known = try Self.keys(name, database).first { $0.person == key.person }
            guard known?.session != session else { return }
            let count = try Int.fetchOne(
                database.cachedStatement(sql: "SELECT count(*) FROM sessionKey WHERE session = ?"),
                arguments: [session.description],
            )
            guard let count, count < SessionKey.perSession else {
                throw Failure(.noCapacity, "\(SessionKey.perSession) keys open session \(session); remove one first")
            }
            if let known {
                try database.cachedStatement(sql: "DELETE FROM sessionKey WHERE fingerprint = ? AND person = ?")
                    .execute(arguments: [name.description, key.person.description])
                let record = TimelineRecord.keyRemoved(key.person)
                lines += try TimelineRow.insert([record], session: known.session, at: time, database)
            }
            try database.cachedStatement(
                sql: """
                    INSERT INTO sessionKey (fingerprint, session, person, type, base64, addedAt, isConfirmed)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                name.description, session.description, key.person.description, key.key.type, key.key.base64,
                key.addedAt.milliseconds, key.isConfirmed,
            ])
            let record = TimelineRecord.keyAdded(key.person)
            lines += try TimelineRow.insert([record], session: session, at: time, database)
        }
    }

    /// Keeps a key from opening a session; see ``SessionStore/removeKey(_:of:by:at:)``.
    package func removeKey(
        _ fingerprint: KeyFingerprint,
        of session: SessionID,
        by person: PersonID,
        at time: RecordTime,
    ) async throws {
        try await write(failing: "a key of session \(session) could not be removed") { database, lines in
            try database.cachedStatement(sql: "DELETE FROM sessionKey WHERE fingerprint = ? AND session = ?")
                .execute(arguments: [fingerprint.description, session.description])
            guard database.changesCount > 0 else {
                throw Failure(.notFound, "no key \(fingerprint) opens session \(session)")
            }
            let record = TimelineRecord.keyRemoved(person)
            lines = try TimelineRow.insert([record], session: session, at: time, database)
        }
    }

    /// The keys that open a session, in the order they came.
    package func keys(of session: SessionID) async throws -> [SessionKey] {
        try await read(failing: "the keys of session \(session) could not be read") { database in
            try Row.fetchAll(
                database.cachedStatement(sql: Self.keysQuery),
                arguments: [session.description],
            ).map(Self.key)
        }
    }

    /// What a key opens, one session for each who has added it, newest first.
    package func keys(named fingerprint: KeyFingerprint) async throws -> [SessionKey] {
        try await read(failing: "a key could not be looked up") { try Self.keys(fingerprint, $0) }
    }

    /// Keeps that somebody who has the key's other half has named the session; see ``SessionStore/confirm(_:)``.
    package func confirm(_ key: SessionKey) async throws {
        try await write(failing: "a key of session \(key.session) could not be stored") { database, _ in
            let sql = "UPDATE sessionKey SET isConfirmed = 1 WHERE fingerprint = ? AND person = ? AND session = ?"
            try database.cachedStatement(sql: sql).execute(arguments: [
                key.key.fingerprint.description, key.person.description, key.session.description,
            ])
        }
    }

    /// The query behind a session's keys.
    static let keysQuery = "SELECT * FROM sessionKey WHERE session = ? ORDER BY addedAt, fingerprint, person"

    private static func keys(_ fingerprint: KeyFingerprint, _ database: Database) throws -> [SessionKey] {
        let sql = "SELECT * FROM sessionKey WHERE fingerprint = ? ORDER BY addedAt DESC, person"
        return try Row.fetchAll(database.cachedStatement(sql: sql), arguments: [fingerprint.description]).map(key)
    }

    private static func key(_ row: Row) throws -> SessionKey {
        guard let fingerprint = KeyFingerprint(row["fingerprint"]), let session = SessionID(row["session"] as String)
        else { throw Failure(.storage, "a key is stored and cannot be read; it was left as it is") }
        return SessionKey(
            PublicKey(type: row["type"], base64: row["base64"], fingerprint: fingerprint),
            opens: session,
            for: PersonID(row["person"] as String),
            addedAt: Timestamp(milliseconds: row["addedAt"]),
            isConfirmed: row["isConfirmed"],
        )
    }
}

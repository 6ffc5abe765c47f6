import GRDB
package import SessionModel

extension SQLiteAccountStore {
    package func append(_ record: AuditRecord) async throws {
        try await store.write(failing: "the audit log could not be written") { database, _ in
            try AuditRow.insert(record, database)
        }
    }

    package func entries(before sequence: Int64?, limit: Int) async throws -> AuditPage {
        guard (1...500).contains(limit) else {
            throw Failure(.invalidInput, "a page of \(limit) lines cannot be had; ask for 1 to 500")
        }
        var entries = try await store.read(failing: "the audit log could not be read") { database in
            try Row.fetchAll(
                database.cachedStatement(sql: AuditRow.pageQuery),
                arguments: [sequence ?? .max, limit + 1],
            ).map(AuditRow.decoded)
        }
        let isLast = entries.count <= limit
        if !isLast { entries.removeLast() }
        return AuditPage(entries: entries, next: isLast ? nil : entries.last?.sequence)
    }
}

/// A line of the audit log as it is stored.
enum AuditRow {
    /// The query behind one page.
    static let pageQuery = "SELECT * FROM audit WHERE sequence < ? ORDER BY sequence DESC LIMIT ?"

    /// Adds a line.
    static func insert(_ record: AuditRecord, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO audit (at, actor, channel, address, action, object, detail, outcome)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            record.at.milliseconds, record.actor?.description, record.origin.channel.rawValue, record.origin.address,
            record.action.rawValue, record.object, record.detail, record.outcome.rawValue,
        ])
    }

    /// The line as the model knows it.
    ///
    /// - Throws: ``Failure`` with `storage` when it holds what this version does not know.
    static func decoded(_ row: Row) throws -> AuditEntry {
        let (sequence, way, came): (Int64, String, String) = (row["sequence"], row["channel"], row["outcome"])
        guard let channel = Origin.Channel(rawValue: way), let outcome = AuditRecord.Outcome(rawValue: came) else {
            throw Failure(.storage, "line \(sequence) of the audit log cannot be read; it was left as it is")
        }
        return AuditEntry(
            sequence: sequence,
            at: Timestamp(milliseconds: row["at"]),
            actor: (row["actor"] as String?).map(PersonID.init),
            origin: Origin(channel, address: row["address"]),
            action: row["action"],
            object: row["object"],
            detail: row["detail"],
            outcome: outcome,
        )
    }
}

import GRDB
import SessionModel

/// A line of a timeline as it is stored.
enum TimelineRow {
    /// Stores lines and returns them with their sequence.
    static func insert(
        _ records: [TimelineRecord],
        session: SessionID,
        at time: RecordTime,
        _ database: Database,
    ) throws -> [TimelineEntry] {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO timeline (session, at, serviceTime, kind, text, milliseconds) VALUES (?, ?, ?, ?, ?, ?)
                """
        )
        return try records.map { record in
            try statement.execute(arguments: [
                session.description, time.wall.milliseconds, time.service.milliseconds, record.kind, record.text,
                record.milliseconds,
            ])
            return TimelineEntry(
                sequence: database.lastInsertedRowID,
                session: session,
                at: time.wall,
                serviceTime: time.service,
                kind: record.kind,
                text: record.text,
                milliseconds: record.milliseconds,
            )
        }
    }

    /// The query behind a page of a timeline.
    static let query = """
        SELECT sequence, at, serviceTime, kind, text, milliseconds FROM timeline
        WHERE session = ? AND sequence > ? ORDER BY sequence LIMIT ?
        """

    /// The query behind lines of all timelines.
    static let queryOfAll = """
        SELECT sequence, session, at, serviceTime, kind, text, milliseconds FROM timeline
        WHERE sequence > ? ORDER BY sequence LIMIT ?
        """

    /// Fetches lines of all timelines.
    static func fetch(after sequence: Int64, limit: Int, _ database: Database) throws -> [TimelineEntry] {
        try Row.fetchAll(database.cachedStatement(sql: queryOfAll), arguments: [sequence, limit])
            .map { entry($0, of: SessionID(unchecked: $0["session"])) }
    }

    /// Fetches a page of a timeline.
    static func fetch(
        _ session: SessionID,
        after sequence: Int64,
        limit: Int,
        _ database: Database,
    ) throws -> [TimelineEntry] {
        try Row.fetchAll(
            database.cachedStatement(sql: query),
            arguments: [session.description, sequence, limit],
        ).map { entry($0, of: session) }
    }

    private static func entry(_ row: Row, of session: SessionID) -> TimelineEntry {
        TimelineEntry(
            sequence: row["sequence"],
            session: session,
            at: Timestamp(milliseconds: row["at"]),
            serviceTime: ServiceInstant(milliseconds: row["serviceTime"]),
            kind: row["kind"],
            text: row["text"],
            milliseconds: row["milliseconds"],
        )
    }
}

import GRDB
package import SessionModel

extension SQLiteSessionStore {
    /// Adds lines to a session's timeline without touching its state.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such session.
    package func append(_ records: [TimelineRecord], to session: SessionID, at time: RecordTime) async throws {
        try await write(failing: "the timeline of session \(session) could not be written") { database, lines in
            guard try SessionRow.exists(session, database) else { throw Self.noSession(session) }
            lines = try TimelineRow.insert(records, session: session, at: time, database)
        }
    }

    /// A session's timeline, oldest first, from after the given sequence on; ``timelineLimit`` lines at most.
    ///
    /// The caller goes on from the last sequence it got until it gets nothing. An unknown session has no lines.
    package func timeline(of session: SessionID, after sequence: Int64) async throws -> [TimelineEntry] {
        try await read(failing: "the timeline of session \(session) could not be read") { database in
            try TimelineRow.fetch(session, after: sequence, limit: Self.timelineLimit, database)
        }
    }

    /// The last stored heartbeat; `nil` when the store is new.
    ///
    /// Its clocks are kept in nanoseconds.
    package func lastHeartbeat() async throws -> Heartbeat? {
        try await read(failing: "the last heartbeat could not be read") { database in
            try Row.fetchOne(database.cachedStatement(sql: "SELECT * FROM heartbeat WHERE id = 1")).map { row in
                Heartbeat(
                    at: ServiceInstant(milliseconds: row["serviceTime"]),
                    reading: ClockReading(
                        wall: Timestamp(milliseconds: row["wall"]),
                        monotonic: .nanoseconds(row["monotonicNanoseconds"] as Int64),
                        sinceBoot: .nanoseconds(row["sinceBootNanoseconds"] as Int64),
                        bootID: row["bootID"],
                    ),
                )
            }
        }
    }

    /// Stores a heartbeat in place of the last.
    package func store(_ heartbeat: Heartbeat) async throws {
        try await write(failing: "the heartbeat could not be stored") { database, _ in
            try database.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO heartbeat
                        (id, serviceTime, wall, monotonicNanoseconds, sinceBootNanoseconds, bootID)
                    VALUES (1, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                heartbeat.at.milliseconds, heartbeat.reading.wall.milliseconds,
                heartbeat.reading.monotonic.wholeNanoseconds, heartbeat.reading.sinceBoot.wholeNanoseconds,
                heartbeat.reading.bootID,
            ])
        }
    }
}

extension Duration {
    fileprivate var wholeNanoseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000) }
}

import GRDB
package import SessionModel

extension SQLiteSessionStore {
    /// Stores what checks of a session's tasks found, in order, with lines of its timeline.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such session.
    package func add(
        _ results: [CheckResult],
        to session: SessionID,
        records: [TimelineRecord],
        at time: RecordTime,
    ) async throws {
        try await write(failing: "what was checked in session \(session) could not be stored") { database, lines in
            guard try SessionRow.exists(session, database) else { throw Self.noSession(session) }
            let statement = try database.cachedStatement(
                sql: """
                    INSERT INTO checkResult
                        (session, task, attempt, verdict, reason, output, at, serviceTime, took, person)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            )
            for result in results {
                try statement.execute(arguments: [
                    session.description, result.task, result.attempt, result.verdict.rawValue, result.reason,
                    result.output, result.at.wall.milliseconds, result.at.service.milliseconds,
                    result.took.milliseconds, result.person.description,
                ])
            }
            lines = try TimelineRow.insert(records, session: session, at: time, database)
        }
    }

    /// All that checks of a session's tasks have found, oldest first.
    ///
    /// - Throws: ``Failure`` with `storage` when a result is stored that this version does not know.
    package func results(of session: SessionID) async throws -> [CheckResult] {
        try await read(failing: "what was checked in session \(session) could not be read") { database in
            try Row.fetchAll(
                database.cachedStatement(sql: "SELECT * FROM checkResult WHERE session = ? ORDER BY sequence"),
                arguments: [session.description],
            ).map { try Self.result($0, of: session) }
        }
    }

    private static func result(_ row: Row, of session: SessionID) throws -> CheckResult {
        let name: String = row["verdict"]
        guard let verdict = Verdict(rawValue: name) else {
            throw Failure(
                .storage,
                "session \(session) has a result \"\(name)\" that this version does not know; it was left as it is",
            )
        }
        return CheckResult(
            task: row["task"],
            attempt: row["attempt"],
            verdict: verdict,
            reason: row["reason"],
            output: row["output"],
            at: RecordTime(
                wall: Timestamp(milliseconds: row["at"]),
                service: ServiceInstant(milliseconds: row["serviceTime"]),
            ),
            took: .milliseconds(row["took"] as Int64),
            person: PersonID(row["person"]),
        )
    }
}

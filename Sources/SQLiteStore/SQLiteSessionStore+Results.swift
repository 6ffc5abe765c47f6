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
                        (session, task, attempt, occasion, verdict, reason, output, at, serviceTime, took, person,
                         witness, why, labVersion)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            )
            for result in results {
                try statement.execute(arguments: [
                    session.description, result.task, result.attempt, result.occasion.rawValue,
                    result.verdict.rawValue, result.reason, result.output, result.at.wall.milliseconds,
                    result.at.service.milliseconds,
                    result.took.milliseconds, result.person.description, result.witness.rawValue, result.why,
                    result.labVersion,
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

    /// Stores that a hint was told, with a line of the timeline; does nothing when that hint was told before.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such session.
    package func add(
        _ hint: HintTaken,
        to session: SessionID,
        records: [TimelineRecord],
        at time: RecordTime,
    ) async throws {
        try await write(failing: "a hint told in session \(session) could not be stored") { database, lines in
            guard try SessionRow.exists(session, database) else { throw Self.noSession(session) }
            try database.cachedStatement(
                sql: """
                    INSERT INTO hintTaken (session, task, number, cost, at, serviceTime, person)
                    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session, task, number) DO NOTHING
                    """
            ).execute(arguments: [
                session.description, hint.task, hint.number, hint.cost, hint.at.wall.milliseconds,
                hint.at.service.milliseconds, hint.person.description,
            ])
            guard database.changesCount > 0 else { return }
            lines = try TimelineRow.insert(records, session: session, at: time, database)
        }
    }

    /// All hints that were told in a session, oldest first.
    package func hints(of session: SessionID) async throws -> [HintTaken] {
        try await read(failing: "the hints told in session \(session) could not be read") { database in
            try Row.fetchAll(
                database.cachedStatement(sql: "SELECT * FROM hintTaken WHERE session = ? ORDER BY sequence"),
                arguments: [session.description],
            ).map { row in
                HintTaken(
                    task: row["task"],
                    number: row["number"],
                    cost: row["cost"],
                    at: RecordTime(
                        wall: Timestamp(milliseconds: row["at"]),
                        service: ServiceInstant(milliseconds: row["serviceTime"]),
                    ),
                    person: PersonID(row["person"]),
                )
            }
        }
    }

    private static func result(_ row: Row, of session: SessionID) throws -> CheckResult {
        let (name, why, who): (String, String, String) = (row["verdict"], row["occasion"], row["witness"])
        guard let verdict = Verdict(rawValue: name), let occasion = CheckResult.Occasion(rawValue: why),
            let witness = CheckResult.Witness(rawValue: who)
        else {
            throw Failure(
                .storage,
                "session \(session) has a result \"\(name)\" (\(why), \(who)) that this version does not know; it was left as it is",
            )
        }
        return CheckResult(
            task: row["task"],
            attempt: row["attempt"],
            occasion: occasion,
            verdict: verdict,
            witness: witness,
            reason: row["reason"],
            output: row["output"],
            at: RecordTime(
                wall: Timestamp(milliseconds: row["at"]),
                service: ServiceInstant(milliseconds: row["serviceTime"]),
            ),
            took: .milliseconds(row["took"] as Int64),
            person: PersonID(row["person"]),
            why: row["why"],
            labVersion: row["labVersion"],
        )
    }
}

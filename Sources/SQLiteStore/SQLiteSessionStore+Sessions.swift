import GRDB
package import SessionModel

extension SQLiteSessionStore {
    /// Sessions read in one transaction when all open ones are.
    static let openPage = 200

    /// Stores a new session with its machines and its first lines.
    ///
    /// - Throws: ``Failure`` with `conflict` when the session or one of its machines is stored already, `invalidInput`
    ///   when a machine belongs to another session, has a user id or shares its name with another one.
    package func create(_ session: Session, records: [TimelineRecord], at time: RecordTime) async throws {
        try await write(failing: "session \(session.id) could not be stored") { database, lines in
            guard try !SessionRow.exists(session.id, database) else {
                throw Failure(.conflict, "session \(session.id) is stored already")
            }
            try Self.checkMachines(of: session)
            try SessionRow.insert(session, database)
            for (position, machine) in session.machines.enumerated() {
                try MachineRow.insert(machine, position: position, at: time.wall, database)
            }
            lines = try TimelineRow.insert(records, session: session.id, at: time, database)
        }
    }

    /// Stores a session's new state and acceleration with its lines and adds one to its generation.
    ///
    /// What a session keeps for ever is not looked at. Its machines are not touched: user ids come and go by
    /// ``reserveUserID(for:from:)`` and ``releaseUserID(of:)`` alone.
    ///
    /// - Returns: The session with its machines as they are stored and the new generation.
    /// - Throws: ``Failure`` with `conflict` when the stored generation is not `session.generation`, `notFound` when
    ///   there is no such session.
    package func commit(
        _ session: Session,
        records: [TimelineRecord],
        at time: RecordTime,
    ) async throws -> Session {
        try await write(failing: "session \(session.id) could not be stored") { database, lines in
            guard try SessionRow.update(session, database) else {
                let sql = "SELECT generation FROM session WHERE id = ?"
                guard let stored = try Int64.fetchOne(database, sql: sql, arguments: [session.id.description]) else {
                    throw Self.noSession(session.id)
                }
                throw Failure(
                    .conflict,
                    "session \(session.id) was changed by someone else: it is at change \(stored), "
                        + "this one was made from \(session.generation); read it again",
                )
            }
            lines = try TimelineRow.insert(records, session: session.id, at: time, database)
            var stored = session
            stored.generation += 1
            stored.machines = try Self.readable(session.id.description) {
                try MachineRow.ofSession(session.id.description, database).map { try $0.decoded() }
            }
            return stored
        }
    }

    /// The session of that name.
    ///
    /// - Throws: ``Failure`` with `notFound`, or `storage` when it is there and cannot be read.
    @concurrent
    package func session(_ id: SessionID) async throws -> Session {
        let row = try await read(failing: "session \(id) could not be read") { database in
            try Row.fetchOne(
                database.cachedStatement(sql: "SELECT \(SessionRow.columns) FROM session WHERE id = ?"),
                arguments: [id.description],
            ).map { try SessionRow($0, database) }
        }
        guard let row else { throw Self.noSession(id) }
        return try Self.readable(row.id) { try row.decoded() }
    }

    /// Every session that is not torn down, oldest first.
    ///
    /// Those that cannot be read are reported by name instead.
    ///
    /// Read in pages, each session with its machines in one transaction; sessions that are stored meanwhile may or may
    /// not be among them.
    @concurrent
    package func openSessions() async throws -> (sessions: [Session], unreadable: [UnreadableSession]) {
        var sessions: [Session] = []
        var unreadable: [UnreadableSession] = []
        var cursor = PageCursor(createdAt: .min, id: "")
        while true {
            let page = try await openRows(after: cursor)
            for row in page {
                do {
                    sessions.append(try row.decoded())
                } catch let error as UndecodableColumn {
                    unreadable.append(UnreadableSession(id: row.id, why: error.description))
                }
            }
            guard page.count == Self.openPage, let last = page.last else { return (sessions, unreadable) }
            cursor = PageCursor(createdAt: last.createdAt, id: last.id)
        }
    }

    /// One page of sessions, newest first; of two of the same millisecond the one with the greater name comes first.
    ///
    /// Takes the same time wherever the page is and however many sessions there are. Rows that cannot be read are left
    /// out, so a page may be shorter than its limit and still have a next one; ``openSessions()`` names them.
    @concurrent
    package func sessions(_ filter: SessionFilter, after cursor: String?, limit: Int) async throws -> SessionPage {
        guard (1...500).contains(limit) else {
            throw Failure(.invalidInput, "a page of \(limit) sessions cannot be had; ask for 1 to 500")
        }
        let start = try cursor.map { text throws(Failure) in try PageCursor(text) } ?? .start
        let query = ListQuery(filter, after: start, limit: limit + 1)
        var rows = try await read(failing: "the list of sessions could not be read") { database in
            try Row.fetchAll(database, sql: query.sql, arguments: query.arguments).map(SummaryRow.init)
        }
        let isLast = rows.count <= limit
        if !isLast { rows.removeLast() }
        var summaries: [SessionSummary] = []
        for row in rows {
            do {
                summaries.append(try row.decoded())
            } catch is UndecodableColumn {
                continue
            }
        }
        let next = isLast ? nil : rows.last.map { PageCursor(createdAt: $0.createdAt, id: $0.id).description }
        return SessionPage(sessions: summaries, next: next)
    }

    // MARK: Private

    /// The query behind one page of ``openSessions()``.
    static let openQuery = """
        SELECT \(SessionRow.columns) FROM session INDEXED BY sessionOpen
        WHERE state <> 'tornDown' AND (createdAt, id) > (?, ?) ORDER BY createdAt, id LIMIT \(openPage)
        """

    static func noSession(_ id: SessionID) -> Failure { Failure(.notFound, "there is no session \(id)") }

    private func openRows(after cursor: PageCursor) async throws -> [SessionRow] {
        let arguments: StatementArguments = [cursor.createdAt, cursor.id]
        return try await read(failing: "the open sessions could not be read") { database in
            try Row.fetchAll(database.cachedStatement(sql: Self.openQuery), arguments: arguments)
                .map { try SessionRow($0, database) }
        }
    }

    private static func readable<Value>(_ id: String, _ decode: () throws -> Value) throws -> Value {
        do {
            return try decode()
        } catch let error as UndecodableColumn {
            throw Failure(.storage, "session \(id) is stored and cannot be read; it was left as it is", cause: error)
        }
    }

    private static func checkMachines(of session: Session) throws {
        for machine in session.machines where machine.session != session.id || machine.role != .member {
            throw Failure(.invalidInput, "machine \(machine.id) does not belong to session \(session.id)")
        }
        guard Set(session.machines.map(\.name)).count == session.machines.count else {
            throw Failure(.invalidInput, "two machines of session \(session.id) have the same name")
        }
    }
}

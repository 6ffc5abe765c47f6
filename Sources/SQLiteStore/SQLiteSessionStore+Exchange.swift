import GRDB
package import SessionModel

// Machines that no session owns, and how they come into sessions and out of them.
extension SQLiteSessionStore {
    /// Stores a machine that no session owns: a spare, a template, a grader or a restarted one.
    ///
    /// - Throws: ``Failure`` with `conflict` when it is stored already, `invalidInput` when a session owns it, it is
    ///   there for something else or it has a user id.
    package func createUnowned(_ machine: Machine) async throws {
        try await write(failing: "machine \(machine.id) could not be stored") { database, _ in
            guard machine.session == nil, machine.role.isUnowned else {
                throw Failure(.invalidInput, "machine \(machine.id) has a role that only a session can give it")
            }
            try MachineRow.insert(machine, position: 0, at: nil, database)
        }
    }

    /// Removes a machine that no session owns with the record of its steps.
    ///
    /// Does nothing when it is gone.
    ///
    /// - Throws: ``Failure`` with `inUse` when a session owns it.
    package func removeUnowned(_ id: MachineID) async throws {
        try await write(failing: "machine \(id) could not be removed") { database, _ in
            try database.execute(
                sql: "DELETE FROM machine WHERE id = ? AND session IS NULL",
                arguments: [id.description],
            )
            guard try !MachineRow.exists(id, database) else {
                throw Failure(.inUse, "machine \(id) belongs to a session")
            }
        }
    }

    /// Machines that no session owns, by identifier.
    ///
    /// - Throws: ``Failure`` with `storage` when one of them cannot be read: whoever took it for gone might remove it.
    @concurrent
    package func unowned() async throws -> [Machine] {
        let rows = try await read(failing: "the machines without a session could not be read") { database in
            try Row.fetchAll(database.cachedStatement(sql: Self.unownedQuery)).map(MachineRow.init)
        }
        return try rows.map(Self.readable)
    }

    /// Stores how a machine is forked, or that it is booted from its image.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such machine.
    package func setFork(_ fork: Fork?, of machine: MachineID) async throws {
        try await write(failing: "how machine \(machine) is started could not be stored") { database, _ in
            let text = try fork.map(StoredJSON.encode)
            try database.cachedStatement(sql: "UPDATE machine SET fork = ? WHERE id = ?")
                .execute(arguments: [text, machine.description])
            guard database.changesCount == 1 else { throw Failure(.notFound, "there is no machine \(machine)") }
        }
    }

    /// Gives a session another machine for one it has, in its place and under its name: a spare, or one that is new to
    /// the store.
    ///
    /// Of a spare, what is stored counts: its specification, fork, user id and steps stay with it. The old machine
    /// keeps its user id and steps too; one that never had a step is removed.
    ///
    /// - Returns: The new machine as stored: a member of the session.
    /// - Throws: ``Failure`` with `notFound` when the session has no such machine, `conflict` when `new` is stored and
    ///   no spare, `invalidInput` when it is new and has a user id.
    package func exchange(
        _ old: MachineID,
        for new: Machine,
        in session: SessionID,
        at time: RecordTime,
    ) async throws -> Machine {
        let failing = "machine \(old) of session \(session) could not be exchanged for \(new.id)"
        return try await write(failing: failing) { database, _ in
            let place = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT position, name FROM machine WHERE id = ? AND session = ?"),
                arguments: [old.description, session.description],
            )
            guard let place else { throw Failure(.notFound, "session \(session) has no machine \(old)") }
            let (position, name): (Int, String) = (place["position"], place["name"])
            let spare = try MachineRow.find(new.id, database)
            if let spare, spare.role != Machine.Role.spare.rawValue {
                throw Failure(.conflict, "machine \(new.id) is stored already and is no spare")
            }
            // Before the new one comes: a session gives each of its places and names once.
            try Self.discard(old, database)
            if spare != nil {
                try database.cachedStatement(
                    sql: "UPDATE machine SET session = ?, role = 'member', position = ?, name = ? WHERE id = ?"
                ).execute(arguments: [session.description, position, name, new.id.description])
            } else {
                let member = Machine(
                    id: new.id,
                    session: session,
                    name: name,
                    specification: new.specification,
                    userID: new.userID,
                    fork: new.fork,
                )
                try MachineRow.insert(member, position: position, at: time.wall, database)
            }
            guard let stored = try MachineRow.find(new.id, database) else {
                throw Failure(.internal, "machine \(new.id) is gone right after it was stored")
            }
            return try Self.readable(stored)
        }
    }

    // MARK: Private

    /// The query behind ``unowned()``.
    static let unownedQuery = """
        SELECT \(MachineRow.columns) FROM machine INDEXED BY machineUnowned WHERE session IS NULL ORDER BY id
        """

    private static func discard(_ machine: MachineID, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                DELETE FROM machine
                WHERE id = ? AND NOT EXISTS (SELECT 1 FROM sagaStep WHERE sagaStep.machine = machine.id)
                """
        ).execute(arguments: [machine.description])
        try database.cachedStatement(sql: "UPDATE machine SET session = NULL, role = 'discarded' WHERE id = ?")
            .execute(arguments: [machine.description])
    }

    private static func readable(_ row: MachineRow) throws -> Machine {
        do {
            return try row.decoded()
        } catch let error as UndecodableColumn {
            throw Failure(
                .storage,
                "machine \(row.id) is stored and cannot be read; it was left as it is",
                cause: error,
            )
        }
    }
}

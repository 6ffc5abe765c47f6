import GRDB
package import SessionModel

extension SQLiteSessionStore {
    /// Reserves the lowest free host user id of the range for a machine, the same again when it has one, even outside
    /// the range.
    ///
    /// - Throws: ``Failure`` with `noCapacity` when the range is used up, `notFound` when there is no such machine,
    ///   `invalidInput` when the range holds 0, which is root.
    package func reserveUserID(for machine: MachineID, from range: ClosedRange<UInt32>) async throws -> UInt32 {
        guard range.lowerBound > 0, range.upperBound < .max else {
            throw Failure(
                .invalidInput,
                "user ids \(range.lowerBound) to \(range.upperBound) cannot be given to guests",
            )
        }
        return try await write(failing: "no user id could be reserved for machine \(machine)") { database, _ in
            let sql = "SELECT userID FROM machine WHERE id = ?"
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [machine.description]) else {
                throw Failure(.notFound, "there is no machine \(machine)")
            }
            if let reserved: UInt32 = row["userID"] { return reserved }
            guard let free = try Self.lowestFreeUserID(in: range, database) else {
                throw Failure(
                    .noCapacity,
                    "all user ids from \(range.lowerBound) to \(range.upperBound) are taken by machines; "
                        + "wait until a session ends or widen the range",
                )
            }
            try database.execute(
                sql: "UPDATE machine SET userID = ? WHERE id = ?",
                arguments: [free, machine.description],
            )
            return free
        }
    }

    /// Gives a machine's host user id back.
    ///
    /// Does nothing when it has none.
    package func releaseUserID(of machine: MachineID) async throws {
        try await write(failing: "the user id of machine \(machine) could not be given back") { database, _ in
            try database.execute(
                sql: "UPDATE machine SET userID = NULL WHERE id = ?",
                arguments: [machine.description],
            )
        }
    }

    /// Records how far a step of a machine has come.
    ///
    /// The last phase counts; beginning a step again forgets how it went before.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such machine.
    package func record(
        _ step: MachineStep,
        _ phase: StepPhase,
        of machine: MachineID,
        at time: RecordTime,
    ) async throws {
        try await write(failing: "step \(step.rawValue) of machine \(machine) could not be recorded") { database, _ in
            guard try MachineRow.exists(machine, database) else {
                throw Failure(.notFound, "there is no machine \(machine)")
            }
            try database.cachedStatement(sql: Self.stepQuery(phase)).execute(arguments: [
                "machine": machine.description, "step": step.rawValue, "at": time.wall.milliseconds,
            ])
        }
    }

    /// How far the steps of a machine have come; steps that never began are absent, also those of an unknown machine.
    ///
    /// - Throws: ``Failure`` with `storage` when a step is recorded that this version does not know.
    package func steps(of machine: MachineID) async throws -> [MachineStep: StepPhase] {
        try await read(failing: "the steps of machine \(machine) could not be read") { database in
            let rows = try Row.fetchAll(
                database.cachedStatement(sql: "SELECT step, phase FROM sagaStep WHERE machine = ?"),
                arguments: [machine.description],
            )
            var steps: [MachineStep: StepPhase] = [:]
            for row in rows {
                let (name, came): (String, String) = (row["step"], row["phase"])
                guard let step = MachineStep(rawValue: name), let phase = StepPhase(rawValue: came) else {
                    throw Failure(
                        .storage,
                        "machine \(machine) has a recorded step \"\(name)\" (\(came)) that this version does not know; "
                            + "it was left as it is",
                    )
                }
                steps[step] = phase
            }
            return steps
        }
    }

    // MARK: Private

    /// The query for the lowest number after a taken one that is free itself.
    static let gapQuery = """
        SELECT taken.userID + 1 FROM machine AS taken INDEXED BY machineUserID
        WHERE taken.userID >= ? AND taken.userID < ?
            AND NOT EXISTS (SELECT 1 FROM machine WHERE userID = taken.userID + 1)
        ORDER BY taken.userID LIMIT 1
        """

    private static func lowestFreeUserID(in range: ClosedRange<UInt32>, _ database: Database) throws -> UInt32? {
        let sql = "SELECT EXISTS (SELECT 1 FROM machine WHERE userID = ?)"
        let lowestIsTaken = try Bool.fetchOne(database, sql: sql, arguments: [range.lowerBound]) ?? false
        guard lowestIsTaken else { return range.lowerBound }
        return try UInt32.fetchOne(database, sql: gapQuery, arguments: [range.lowerBound, range.upperBound])
    }

    private static func stepQuery(_ phase: StepPhase) -> String {
        let (columns, values, update) =
            switch phase {
            case .begun: ("", "", "begunAt = :at, doneAt = NULL, undoneAt = NULL")
            case .done: (", doneAt", ", :at", "doneAt = :at, undoneAt = NULL")
            case .undone: (", undoneAt", ", :at", "undoneAt = :at")
            }
        return """
            INSERT INTO sagaStep (machine, step, phase, begunAt\(columns))
            VALUES (:machine, :step, '\(phase.rawValue)', :at\(values))
            ON CONFLICT (machine, step) DO UPDATE SET phase = excluded.phase, \(update)
            """
    }
}

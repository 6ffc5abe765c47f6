import GRDB
package import SessionModel
import Synchronization

extension SQLiteSessionStore: MetricSource {
    /// How many sessions that are not torn down, and how many machines, there are; also those that cannot be read.
    package func census() async throws -> Census {
        let open = SessionState.Kind.allCases.filter { $0 != .tornDown }.map(\.rawValue)
        let (sessions, machines) = try await read(failing: "sessions and machines could not be counted") { database in
            (
                try Row.fetchAll(
                    database.cachedStatement(sql: Self.sessionCountQuery),
                    arguments: StatementArguments(open),
                ).map { ($0["state"] as String, $0["number"] as Int) },
                try Row.fetchAll(database.cachedStatement(sql: Self.machineCountQuery))
                    .map { ($0["role"] as String, $0["number"] as Int) },
            )
        }
        var census = Census(sessions: [:], machines: [:])
        for (name, number) in sessions {
            if let kind = SessionState.Kind(rawValue: name) { census.sessions[kind] = number }
        }
        for (name, number) in machines { if let role = Machine.Role(rawValue: name) { census.machines[role] = number } }
        return census
    }

    package func metrics() async -> [MetricFamily] {
        [
            MetricFamily(
                "sandglass_store_write_duration_seconds",
                "How long transactions that write took, until they were on the disk.",
                writeDurations.withLock { $0 },
            )
        ]
    }

    // MARK: Queries

    /// The query behind the number of sessions by state.
    static let sessionCountQuery = """
        SELECT state, count(*) AS number FROM session INDEXED BY sessionByState
        WHERE state IN (?, ?, ?, ?, ?, ?, ?) GROUP BY state
        """

    /// The query behind the number of machines by role.
    static let machineCountQuery = """
        SELECT role, count(*) AS number FROM machine INDEXED BY machineUserID WHERE userID IS NOT NULL GROUP BY role
        """
}

import GRDB
import SessionModel
import TestKit
import Testing

@testable import SQLiteStore

@Suite("No call gets slower with the number of finished sessions", .timeLimit(.minutes(1)))
struct QueryPlanTests {
    @Test(
        "A page of the list reads no more of an index than its rows and sorts nothing",
        arguments: [nil, PersonID("uid:1")],
        [[], [.running], [.requested, .running], Set(SessionState.Kind.allCases).subtracting([.paused])]
            as [Set<SessionState.Kind>],
    )
    func lists(person: PersonID?, states: Set<SessionState.Kind>) async throws {
        for cursor in [PageCursor.start, PageCursor(createdAt: 7, id: "aaaaaaaaaa")] {
            let query = ListQuery(SessionFilter(person: person, states: states), after: cursor, limit: 10)
            let plan = try await plan(query.sql, query.arguments)
            let searches = plan.filter { $0.contains("SEARCH session USING INDEX") }
            #expect(searches.count == max(1, states.count))
            #expect(searches.allSatisfy { $0.contains("(createdAt,id)<(?,?)") })
            #expect(states.isEmpty || searches.allSatisfy { $0.contains("state=?") })
            #expect(person == nil || searches.allSatisfy { $0.contains("person=?") })
            #expect(!plan.contains { $0.contains("SCAN") || $0.contains("TEMP B-TREE") }, "\(plan)")
        }
    }

    @Test("Open sessions, machines without a session, timelines and free user ids are found without reading the rest")
    func others() async throws {
        for (sql, count) in [
            (SQLiteSessionStore.openQuery, 2), (SQLiteSessionStore.unownedQuery, 0), (SQLiteSessionStore.gapQuery, 2),
            (TimelineRow.query, 3), (AccountRow.pageQuery, 3), (SQLiteAccountStore.tokensQuery, 1),
            (SQLiteAccountStore.overQuery, 1),
        ] {
            let arguments = StatementArguments(Array(repeating: 1, count: count))
            let plan = try await plan(sql, arguments)
            #expect(plan.contains { $0.contains("INDEX") }, "\(plan)")
            // A scan of a partial index reads exactly the rows that are wanted.
            let scans = plan.filter { $0.contains("SCAN") && !$0.contains("machineUnowned") }
            #expect(scans.isEmpty, "\(plan)")
            #expect(!plan.contains { $0.contains("TEMP B-TREE FOR ORDER BY") }, "\(plan)")
        }
    }

    @Test("A census reads indexes alone, and nothing of sessions that are torn down")
    func census() async throws {
        let open = SessionState.Kind.allCases.filter { $0 != .tornDown }.map(\.rawValue)
        let sessions = try await plan(SQLiteSessionStore.sessionCountQuery, StatementArguments(open))
        #expect(sessions == ["SEARCH session USING COVERING INDEX sessionByState (state=?)"])
        let machines = try await plan(SQLiteSessionStore.machineCountQuery, [])
        #expect(machines.first == "SEARCH machine USING INDEX machineUserID (userID>?)", "\(machines)")
    }

    private func plan(_ sql: String, _ arguments: StatementArguments) async throws -> [String] {
        let folder = try TemporaryFolder()
        return try await folder.withStore { store in
            try await store.pool.read { database in
                try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments)
                    .map { $0["detail"] }
            }
        }
    }
}

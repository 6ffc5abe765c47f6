import GRDB
import SessionModel

/// What a list shows of a session, as it is stored.
struct SummaryRow: Sendable {
    /// The columns a fetch needs.
    static let columns =
        "id, person, lab, policy, timeJSON, createdAt, " + StateColumns.names.joined(separator: ", ")

    let id: String
    let createdAt: Int64
    private let person: String
    private let lab: String
    private let policy: String
    private let timeJSON: String
    private let state: StateColumns

    /// Takes the columns out of a row.
    init(_ row: Row) {
        id = row["id"]
        person = row["person"]
        lab = row["lab"]
        policy = row["policy"]
        timeJSON = row["timeJSON"]
        createdAt = row["createdAt"]
        state = StateColumns(row)
    }

    /// The row as the model knows it.
    ///
    /// - Throws: ``UndecodableColumn``.
    func decoded() throws -> SessionSummary {
        guard let name = SessionID(id) else {
            throw UndecodableColumn(column: "id", why: "\"\(id)\" is not a session id")
        }
        return SessionSummary(
            id: name,
            person: PersonID(person),
            lab: try LabID.stored(lab, column: "lab"),
            policy: try PolicyID.stored(policy, column: "policy"),
            createdAt: Timestamp(milliseconds: createdAt),
            lifecycle: SessionMachine(
                state: try state.decoded(),
                time: try StoredJSON.decode(Policy.TimeLimits.self, timeJSON, column: "timeJSON"),
            ),
        )
    }
}

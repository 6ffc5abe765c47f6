import GRDB
import SessionModel

/// The query behind one page of a list, newest first.
///
/// One branch per wanted state, each read from its own place in an index and merged as they come: the work depends on
/// the rows of the page, not on the rows of the table. The index is named so that the database refuses the query
/// rather than fall back to reading everything.
struct ListQuery {
    /// The query's text.
    let sql: String
    /// What its marks stand for.
    let arguments: StatementArguments

    /// Makes the query for the rows that come after the cursor.
    init(_ filter: SessionFilter, after cursor: PageCursor, limit: Int) {
        let (createdAt, id) = (cursor.createdAt, cursor.id)
        var arguments: StatementArguments = []
        func branch(_ state: SessionState.Kind?) -> String {
            var conditions: [String] = []
            if let person = filter.person {
                conditions.append("person = ?")
                arguments += [person.description]
            }
            if let state {
                conditions.append("state = ?")
                arguments += [state.rawValue]
            }
            conditions.append("(createdAt, id) < (?, ?)")
            arguments += [createdAt, id]
            let index =
                switch (filter.person != nil, state != nil) {
                case (false, false): "sessionByTime"
                case (true, false): "sessionByPerson"
                case (false, true): "sessionByState"
                case (true, true): "sessionByPersonAndState"
                }
            return "SELECT \(SummaryRow.columns) FROM session INDEXED BY \(index) "
                + "WHERE \(conditions.joined(separator: " AND "))"
        }
        let everyState = filter.states.isEmpty || filter.states.count == SessionState.Kind.allCases.count
        let branches =
            everyState
            ? [branch(nil)]
            : SessionState.Kind.allCases.filter(filter.states.contains).map { branch($0) }
        sql = branches.joined(separator: " UNION ALL ") + " ORDER BY createdAt DESC, id DESC LIMIT ?"
        arguments += [limit]
        self.arguments = arguments
    }
}

/// A place in a list: just after the session named in it.
struct PageCursor: Equatable, CustomStringConvertible {
    /// Before every session there is.
    static let start = PageCursor(createdAt: .max, id: "")

    let createdAt: Int64
    let id: String

    /// Points to a place.
    init(createdAt: Int64, id: String) {
        self.createdAt = createdAt
        self.id = id
    }

    /// Reads a cursor that was handed out.
    ///
    /// - Throws: ``Failure`` with `invalidInput`.
    init(_ text: String) throws(Failure) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let createdAt = Int64(parts[0]), let id = SessionID(String(parts[1])) else {
            throw Failure(
                .invalidInput,
                "\"\(text)\" is not a cursor of the session list; use \"next\" of the page before, or none",
            )
        }
        self.init(createdAt: createdAt, id: id.description)
    }

    /// The form in which it is handed out.
    var description: String { "\(createdAt).\(id)" }
}

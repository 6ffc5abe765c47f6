import GRDB
import SessionModel

/// A machine as it is stored.
struct MachineRow: Sendable {
    /// The columns a fetch needs.
    static let columns = "id, session, role, name, specification, userID, fork"

    let id: String
    let session: String?
    let role: String
    let name: String
    let specification: String
    let userID: UInt32?
    let fork: String?

    /// Takes the columns out of a row.
    init(_ row: Row) {
        id = row["id"]
        session = row["session"]
        role = row["role"]
        name = row["name"]
        specification = row["specification"]
        userID = row["userID"]
        fork = row["fork"]
    }

    /// The machines of a session, in the order of its lab.
    static func ofSession(_ id: String, _ database: Database) throws -> [MachineRow] {
        let sql = "SELECT \(columns) FROM machine WHERE session = ? ORDER BY position"
        return try Row.fetchAll(database.cachedStatement(sql: sql), arguments: [id]).map(MachineRow.init)
    }

    /// A machine, whoever owns it.
    static func find(_ id: MachineID, _ database: Database) throws -> MachineRow? {
        let sql = "SELECT \(columns) FROM machine WHERE id = ?"
        return try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [id.description]).map(MachineRow.init)
    }

    /// Whether there is a machine of that name, whoever owns it.
    static func exists(_ id: MachineID, _ database: Database) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM machine WHERE id = ?)"),
            arguments: [id.description],
        ) ?? false
    }

    /// Stores a new machine.
    ///
    /// `createdAt` is the database's own clock where it is `nil`.
    static func insert(_ machine: Machine, position: Int, at createdAt: Timestamp?, _ database: Database) throws {
        guard machine.userID == nil else {
            throw Failure(
                .invalidInput,
                "machine \(machine.id) has a user id before it is stored; user ids are given by the store alone",
            )
        }
        guard try !exists(machine.id, database) else {
            throw Failure(.conflict, "machine \(machine.id) is stored already")
        }
        var columns = ["id", "session", "role", "position", "name", "specification", "fork"]
        var arguments: StatementArguments = [
            machine.id.description, machine.session?.description, machine.role.rawValue, position, machine.name,
            try StoredJSON.encode(machine.specification), try machine.fork.map(StoredJSON.encode),
        ]
        if let createdAt {
            columns.append("createdAt")
            arguments += [createdAt.milliseconds]
        }
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        try database.cachedStatement(
            sql: "INSERT INTO machine (\(columns.joined(separator: ", "))) VALUES (\(marks))"
        ).execute(arguments: arguments)
    }

    /// The machine as the model knows it.
    ///
    /// - Throws: ``UndecodableColumn``.
    func decoded() throws -> Machine {
        guard let machine = MachineID(id) else {
            throw UndecodableColumn(column: "machine.id", why: "\"\(id)\" is not a machine id")
        }
        let owner = try session.map { text -> SessionID in
            guard let owner = SessionID(text) else {
                throw UndecodableColumn(column: "machine.session", why: "\"\(text)\" is not a session id")
            }
            return owner
        }
        guard let role = Machine.Role(rawValue: role) else {
            throw UndecodableColumn(column: "machine.role", why: "\"\(role)\" is none this version knows")
        }
        return Machine(
            id: machine,
            session: owner,
            role: role,
            name: name,
            specification: try StoredJSON.decode(
                MachineSpecification.self,
                specification,
                column: "machine.specification",
            ),
            userID: userID,
            fork: try fork.map { try StoredJSON.decode(Fork.self, $0, column: "machine.fork") },
        )
    }
}

import GRDB
import SessionModel

/// A session as it is stored, with its machines.
struct SessionRow: Sendable {
    /// The columns a fetch needs.
    static let columns =
        "id, person, lab, labVersion, labJSON, seed, policyJSON, timeJSON, createdAt, cohort, isolationOverride, acceleration, "
        + "generation, " + StateColumns.names.joined(separator: ", ")

    let id: String
    let createdAt: Int64
    private let person: String
    private let lab: String
    private let labVersion: Int
    private let labJSON: String?
    private let seed: Int64
    private let policyJSON: String
    private let timeJSON: String
    private let cohort: String?
    private let isolationOverride: String?
    private let acceleration: String?
    private let generation: Int64
    private let state: StateColumns
    private let machines: [MachineRow]

    /// Takes the columns out of a row and fetches the machines that go with it.
    init(_ row: Row, _ database: Database) throws {
        id = row["id"]
        person = row["person"]
        lab = row["lab"]
        labVersion = row["labVersion"]
        labJSON = row["labJSON"]
        seed = row["seed"]
        policyJSON = row["policyJSON"]
        timeJSON = row["timeJSON"]
        createdAt = row["createdAt"]
        cohort = row["cohort"]
        isolationOverride = row["isolationOverride"]
        acceleration = row["acceleration"]
        generation = row["generation"]
        state = StateColumns(row)
        machines = try MachineRow.ofSession(id, database)
    }

    /// Whether there is a session of that name.
    static func exists(_ id: SessionID, _ database: Database) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM session WHERE id = ?)"),
            arguments: [id.description],
        ) ?? false
    }

    /// Stores a new session without its machines.
    static func insert(_ session: Session, _ database: Database) throws {
        let fixed = [
            "id", "person", "lab", "labVersion", "labJSON", "seed", "policy", "policyJSON", "timeJSON", "createdAt",
            "cohort",
            "isolationOverride", "acceleration", "generation",
        ]
        let names = fixed + StateColumns.names
        let marks = names.map { _ in "?" }.joined(separator: ", ")
        var arguments: StatementArguments = [
            session.id.description, session.person.description, session.lab.name, session.labVersion,
            try session.definition.map { try StoredJSON.encode($0) }, Int64(bitPattern: session.seed),
            session.policy.id.name, try StoredJSON.encode(session.policy),
            try StoredJSON.encode(session.lifecycle.time),
            session.createdAt.milliseconds, session.cohort?.name, session.isolationOverride,
            session.acceleration?.rawValue, session.generation,
        ]
        arguments += StatementArguments(try StateColumns(session.lifecycle.state).arguments)
        try database.cachedStatement(
            sql: "INSERT INTO session (\(names.joined(separator: ", "))) VALUES (\(marks))"
        ).execute(arguments: arguments)
    }

    /// Stores what may change of a session when nobody else has changed it since.
    ///
    /// - Returns: Whether it was stored.
    static func update(_ session: Session, _ database: Database) throws -> Bool {
        let sql =
            "UPDATE session SET acceleration = ?, "
            + StateColumns.names.map { "\($0) = ?" }.joined(separator: ", ")
            + ", generation = generation + 1 WHERE id = ? AND generation = ?"
        var arguments: StatementArguments = [session.acceleration?.rawValue]
        arguments += StatementArguments(try StateColumns(session.lifecycle.state).arguments)
        arguments += [session.id.description, session.generation]
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
        return database.changesCount == 1
    }

    /// The session as the model knows it.
    ///
    /// - Throws: ``UndecodableColumn``.
    func decoded() throws -> Session {
        guard let name = SessionID(id) else {
            throw UndecodableColumn(column: "id", why: "\"\(id)\" is not a session id")
        }
        let acceleration = try acceleration.map { text -> Acceleration in
            guard let value = Acceleration(rawValue: text) else {
                throw UndecodableColumn(column: "acceleration", why: "\"\(text)\" is none this version knows")
            }
            return value
        }
        return Session(
            id: name,
            person: PersonID(person),
            lab: try LabID.stored(lab, column: "lab"),
            labVersion: labVersion,
            definition: try labJSON.map { try StoredJSON.decode(Lab.self, $0, column: "labJSON") },
            seed: UInt64(bitPattern: seed),
            policy: try StoredJSON.decode(Policy.self, policyJSON, column: "policyJSON"),
            createdAt: Timestamp(milliseconds: createdAt),
            cohort: try cohort.map { try CohortID.stored($0, column: "cohort") },
            isolationOverride: isolationOverride,
            acceleration: acceleration,
            lifecycle: SessionMachine(
                state: try state.decoded(),
                time: try StoredJSON.decode(Policy.TimeLimits.self, timeJSON, column: "timeJSON"),
            ),
            machines: try machines.map { try $0.decoded() },
            generation: generation,
        )
    }
}

extension Slug {
    /// A name out of a column.
    static func stored(_ text: String, column: String) throws -> Self {
        guard let value = Self(text) else {
            throw UndecodableColumn(column: column, why: "\"\(text)\" is not a valid name")
        }
        return value
    }
}

import GRDB
import SessionModel

/// An account as it is stored, with its roles and what says whose it is.
struct AccountRow: Sendable {
    /// What a fetch needs; conditions and an order can be added.
    static let select = """
        SELECT account.person, state, account.createdAt AS accountCreatedAt, generation, login, name AS personName, email,
            passwordHash,
            (SELECT group_concat(role, ' ') FROM accountRole WHERE accountRole.person = account.person) AS roles
        FROM account LEFT JOIN personal ON personal.person = account.person
        """

    /// The query behind one page of all accounts.
    static let pageQuery =
        select + """
             WHERE (account.createdAt, account.person) < (?, ?)
            ORDER BY account.createdAt DESC, account.person DESC LIMIT ?
            """

    let id: String
    let createdAt: Int64
    let state: String
    let generation: Int64
    let passwordHash: String?
    private let login: String?
    private let name: String?
    private let email: String?
    private let roles: String?

    /// Takes the columns out of a row.
    init(_ row: Row) {
        id = row["person"]
        createdAt = row["accountCreatedAt"]
        state = row["state"]
        generation = row["generation"]
        passwordHash = row["passwordHash"]
        login = row["login"]
        name = row["personName"]
        email = row["email"]
        roles = row["roles"]
    }

    /// The account of a person; `nil` when there is none.
    static func find(_ id: PersonID, _ database: Database) throws -> AccountRow? {
        let sql = select + " WHERE account.person = ?"
        return try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [id.description]).map(AccountRow.init)
    }

    /// The account of a person.
    ///
    /// - Throws: ``Failure`` with `notFound`.
    static func require(_ id: PersonID, _ database: Database) throws -> AccountRow {
        guard let row = try find(id, database) else { throw noPerson(id) }
        return row
    }

    /// The account of a person who may come in.
    ///
    /// - Throws: ``Failure`` with `notFound` or `wrongState`.
    @discardableResult
    static func requireActive(_ id: PersonID, _ database: Database) throws -> AccountRow {
        let row = try require(id, database)
        guard row.state == Account.State.active.rawValue else {
            throw Failure(.wrongState, "person \(id) is \(row.state)")
        }
        return row
    }

    static func noPerson(_ id: PersonID) -> Failure {
        Failure(.notFound, "there is no person \"\(id.description.prefix(40))\"")
    }

    /// Stores a new account, where nobody has its name or its login.
    static func insert(_ account: Account, password: PasswordHash?, _ database: Database) throws {
        guard account.id.isOfAccount, account.state != .erased, let personal = account.personal else {
            throw Failure(.invalidInput, "person \(account.id) cannot have an account like this")
        }
        guard try find(account.id, database) == nil else {
            throw Failure(.conflict, "person \(account.id) is stored already")
        }
        try refuseTaken(personal.login, except: account.id, database)
        try database.cachedStatement(
            sql: "INSERT INTO account (person, state, createdAt, generation) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [
            account.id.description, account.state.rawValue, account.createdAt.milliseconds, account.generation,
        ])
        try database.cachedStatement(
            sql: "INSERT INTO personal (person, login, name, email, passwordHash) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [
            account.id.description, personal.login.description, personal.name, personal.email, password?.text,
        ])
        try setRoles(account.roles, of: account.id, database)
    }

    /// Stores what may change of an account.
    func update(to account: Account, _ database: Database) throws {
        guard state != Account.State.erased.rawValue else {
            throw Failure(.wrongState, "person \(account.id) is erased")
        }
        guard account.state != .erased, let personal = account.personal else {
            throw Failure(.invalidInput, "person \(account.id) cannot be erased by a change")
        }
        guard generation == account.generation else {
            throw Failure(
                .conflict,
                "person \(account.id) was changed by someone else: they are at change \(generation), "
                    + "this one was made from \(account.generation); read it again",
            )
        }
        try Self.refuseTaken(personal.login, except: account.id, database)
        try database.cachedStatement(
            sql: "UPDATE account SET state = ?, generation = generation + 1 WHERE person = ?"
        ).execute(arguments: [account.state.rawValue, account.id.description])
        try database.cachedStatement(
            sql: "UPDATE personal SET login = ?, name = ?, email = ? WHERE person = ?"
        ).execute(arguments: [personal.login.description, personal.name, personal.email, account.id.description])
        try Self.setRoles(account.roles, of: account.id, database)
    }

    private static func refuseTaken(_ login: Login, except id: PersonID, _ database: Database) throws {
        let sql = "SELECT EXISTS (SELECT 1 FROM personal WHERE login = ? AND person <> ?)"
        let isTaken = try Bool.fetchOne(
            database.cachedStatement(sql: sql),
            arguments: [login.description, id.description],
        )
        if isTaken == true { throw Failure(.conflict, "the login \"\(login)\" is somebody else's") }
    }

    private static func setRoles(_ roles: Set<Role>, of id: PersonID, _ database: Database) throws {
        try database.cachedStatement(sql: "DELETE FROM accountRole WHERE person = ?")
            .execute(arguments: [id.description])
        for role in roles.sorted() {
            try database.cachedStatement(sql: "INSERT INTO accountRole (person, role) VALUES (?, ?)")
                .execute(arguments: [id.description, role.rawValue])
        }
    }

    /// The account as the model knows it.
    ///
    /// - Throws: ``Failure`` with `storage` when it holds what this version does not know.
    func decoded() throws -> Account {
        let names = (roles ?? "").split(separator: " ")
        let roles = Set(names.compactMap { Role(rawValue: String($0)) })
        let personal = login.flatMap(Login.init).map { PersonalData(login: $0, name: name ?? "", email: email) }
        guard let state = Account.State(rawValue: state), roles.count == names.count,
            (personal == nil) == (login == nil)
        else {
            throw Failure(.storage, "person \(id) is stored and cannot be read; they were left as they are")
        }
        return Account(
            id: PersonID(id),
            personal: personal,
            roles: roles,
            state: state,
            createdAt: Timestamp(milliseconds: createdAt),
            generation: generation,
        )
    }
}

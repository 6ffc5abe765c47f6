package import SessionModel

/// What every ``AccountStore`` that is an ``AuditLog`` too must do, one case per promise.
///
/// Every case gets a new, empty store.
package enum AccountStoreConformance {
    /// What is held to the promises.
    package typealias Store = AccountStore & AuditLog

    /// One promise.
    package struct Case: Sendable, CustomStringConvertible {
        /// The promise, as a sentence.
        package let name: String
        let body: @Sendable (any Store) async throws -> Void

        package var description: String { name }
    }

    /// Holds a store to a promise.
    ///
    /// - Throws: ``ConformanceFailure`` when it does not keep it, and whatever the store throws where it should not.
    package static func run(_ promise: Case, on makeStore: () async throws -> any Store) async throws {
        try await promise.body(try await makeStore())
    }

    /// All promises.
    package static let cases: [Case] = accounts + passwords + erasing + tokens + signIns + links + audits

    // MARK: Tools

    /// Stores the accounts of these numbers, and returns them.
    @discardableResult
    static func create(_ numbers: [Int], roles: Set<Role> = [.trainee], in store: any Store) async throws -> [Account] {
        let accounts = try numbers.map { try AccountFixtures.account($0, roles: roles) }
        for (number, account) in zip(numbers, accounts) {
            try await store.create(
                account,
                password: AccountFixtures.password(number),
                audit: AccountFixtures.record(number, .createPerson),
            )
        }
        return accounts
    }

    /// The whole audit log, oldest first, as records.
    static func log(of store: any Store) async throws -> [AuditEntry] {
        var entries: [AuditEntry] = []
        var next: Int64?
        repeat {
            let page = try await store.entries(before: next, limit: 7)
            entries += page.entries
            next = page.next
        } while next != nil
        return entries.reversed()
    }

    /// What a store says of some people and of what was done, as text; equal when nothing has changed.
    package static func state(of people: [PersonID], in store: any Store) async throws -> [String] {
        var lines: [String] = []
        for person in people {
            let account = try await store.account(person)
            lines += ["\(person) \(account.state) \(account.generation)", "\(account.roles.sorted())"]
            lines.append(String(describing: account.personal))
            if let login = account.personal?.login {
                lines.append("\(try await store.credentials(of: login)?.password?.text ?? "none")")
            }
            for token in try await store.tokens(of: person) {
                let times = [token.createdAt, token.expiresAt, token.lastUsedAt, token.revokedAt].map {
                    $0?.milliseconds ?? 0
                }
                lines += ["\(token.id) \(token.name) \(times)", String(describing: token.scopes?.sorted())]
            }
        }
        return lines + (try await log(of: store)).map { "\($0)" }
    }

    /// Fails the case unless the condition holds.
    static func expect(_ holds: Bool, _ message: @autoclosure () -> String) throws {
        guard holds else { throw ConformanceFailure(message()) }
    }

    /// Fails the case unless the body throws a failure of that code and changes nothing.
    static func expectFailure(
        _ code: FailureCode,
        of people: [PersonID] = [],
        in store: any Store,
        _ body: () async throws -> Void,
    ) async throws {
        let before = try await state(of: people, in: store)
        do {
            try await body()
            throw ConformanceFailure("it succeeded and should have failed with \(code.rawValue)")
        } catch let failure as Failure where failure.code == code {
            try expect(try await state(of: people, in: store) == before, "what was refused has changed something")
        }
    }
}

package import SessionModel

/// What every ``SessionStore`` must do, one case per promise.
///
/// Every case gets a new, empty store.
package enum SessionStoreConformance {
    /// One promise.
    package struct Case: Sendable, CustomStringConvertible {
        /// The promise, as a sentence.
        package let name: String
        let body: @Sendable (any SessionStore) async throws -> Void

        package var description: String { name }
    }

    /// Holds a store to a promise.
    ///
    /// - Throws: ``ConformanceFailure`` when it does not keep it, and whatever the store throws where it should not.
    package static func run(_ promise: Case, on makeStore: () async throws -> any SessionStore) async throws {
        try await promise.body(try await makeStore())
    }

    /// All promises.
    package static let cases: [Case] =
        creation + changes + timelines + results + keys + lists + machines + exchanges + tails

    // MARK: Tools

    /// Stores one session in every state of ``SessionFixtures/states``.
    @discardableResult
    static func createEveryState(_ store: any SessionStore) async throws -> [Session] {
        var sessions: [Session] = []
        for (number, state) in SessionFixtures.states.enumerated() {
            sessions.append(try SessionFixtures.session(number, state: state))
            try await store.create(sessions[number], records: [], at: SessionFixtures.time())
        }
        return sessions
    }

    /// Reads a list to its end, page by page.
    static func walk(
        _ store: any SessionStore,
        _ filter: SessionFilter,
        limit: Int,
    ) async throws -> (found: [SessionID], pages: Int) {
        var found: [SessionID] = []
        var cursor: String?
        for pages in 1...1_000 {
            let page = try await store.sessions(filter, after: cursor, limit: limit)
            found += page.sessions.map(\.id)
            guard let next = page.next else { return (found, pages) }
            cursor = next
        }
        throw ConformanceFailure("the list never ends")
    }

    /// Fails the case unless the condition holds.
    static func expect(_ holds: Bool, _ message: @autoclosure () -> String) throws {
        guard holds else { throw ConformanceFailure(message()) }
    }

    /// Fails the case unless the body throws a failure of that code.
    static func expectFailure(_ code: FailureCode, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let failure as Failure where failure.code == code {
            return
        }
        throw ConformanceFailure("it succeeded and should have failed with \(code.rawValue)")
    }
}

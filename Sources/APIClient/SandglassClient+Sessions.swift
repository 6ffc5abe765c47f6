package import APIContract
import NIOHTTP1

extension SandglassClient {
    /// Asks for a session.
    ///
    /// It is prepared afterwards; ``followEvents(of:after:)`` tells how far that has come.
    package func createSession(_ request: CreateSessionRequest) async throws -> SessionResource {
        try await post(ServiceAddress.target(["sessions"]), request)
    }

    /// A page of sessions, newest first.
    ///
    /// - Parameters:
    ///   - states: Only sessions in one of these states; all when empty.
    ///   - person: Only this person's; everybody's the caller may see when `nil`.
    ///   - cursor: What the page before gave as `next`.
    ///   - limit: How many at most, 1 to 500; 50 when `nil`.
    /// - Returns: The page, and where the next one begins.
    /// - Throws: `Problem` with `invalidInput` when a state, the cursor or the limit is none.
    package func sessions(
        states: [String] = [],
        person: String? = nil,
        cursor: String? = nil,
        limit: Int? = nil,
    ) async throws -> SessionList {
        var query: [(name: String, value: String)] = []
        if !states.isEmpty { query.append(("state", states.joined(separator: ","))) }
        if let person { query.append(("person", person)) }
        if let cursor { query.append(("cursor", cursor)) }
        if let limit { query.append(("limit", "\(limit)")) }
        return try await get(ServiceAddress.target(["sessions"], query))
    }

    /// One session with its details.
    package func session(_ id: String) async throws -> SessionResource {
        try await get(ServiceAddress.target(["sessions", id]))
    }

    /// Ends a session.
    ///
    /// Ending one that is over changes nothing.
    package func endSession(_ id: String) async throws -> SessionResource {
        try await post(ServiceAddress.target(["sessions", id, "end"]))
    }

    /// Says that the person is done: what was done is checked once more, and the session ends.
    package func submitSession(_ id: String) async throws -> SessionResource {
        try await post(ServiceAddress.target(["sessions", id, "submit"]))
    }

    /// Puts a session's machines to sleep.
    package func pauseSession(_ id: String) async throws -> SessionResource {
        try await post(ServiceAddress.target(["sessions", id, "pause"]))
    }

    /// Lets a paused session go on.
    package func resumeSession(_ id: String) async throws -> SessionResource {
        try await post(ServiceAddress.target(["sessions", id, "resume"]))
    }

    /// Gives a running session fresh machines, which are made afterwards.
    ///
    /// When they can be used, the timeline has a `ready` line.
    package func resetSession(_ id: String) async throws -> SessionResource {
        try await post(ServiceAddress.target(["sessions", id, "reset"]))
    }

    /// Gives a session more time.
    package func extendSession(_ id: String, _ request: ExtendSessionRequest = .init()) async throws -> SessionResource
    {
        try await post(ServiceAddress.target(["sessions", id, "extend"]), request)
    }

    /// The stored lines of a session's timeline after a sequence number, oldest first.
    package func events(of id: String, after: Int64 = 0) async throws -> EventList {
        try await get(ServiceAddress.target(["sessions", id, "events"], [("after", "\(after)")]))
    }

    /// The lines of a session's timeline after a sequence number, the stored ones first, then new ones as they are written.
    ///
    /// The sequence ends after the line that says that the session is torn down, and only there: when the daemon goes away
    /// before, it throws ``ConnectionFailure`` with `lost`.
    package func followEvents(of id: String, after: Int64 = 0) async throws -> EventFeed {
        let target = ServiceAddress.target(["sessions", id, "events"], [("after", "\(after)")])
        let lines = try await lines(.GET, target, String?.none, accept: "text/event-stream")
        return EventFeed(lines: lines, client: self)
    }
}

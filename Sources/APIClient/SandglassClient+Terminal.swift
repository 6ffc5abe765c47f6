package import APIContract

extension SandglassClient {
    /// Attaches to one of a session's terminals.
    ///
    /// Attaching to a session that is ready starts its time.
    ///
    /// - Parameters:
    ///   - id: The session.
    ///   - terminal: A number or `console`; `nil` for the service to choose.
    ///   - size: The size of the window it is shown in, when there is one.
    ///   - isPaced: Whether `body` says what is shown, and is sent little more than that: for a person, who wants to see
    ///     what happens now, and not for a program, which wants all of it.
    ///   - name: What the client calls itself: 16 to 64 letters, digits, `_` and `-`. The service counts what it types under
    ///     that name, and tells how far that is.
    ///   - isWatching: Whether one only looks on, which starts no time.
    ///   - body: Reads and writes; the connection is closed when it returns.
    /// - Returns: What `body` returned.
    /// - Throws: `Problem` with `wrongState` when the session has no terminal yet, or no more.
    package func withTerminal<Result: Sendable>(
        of id: String,
        terminal: String? = nil,
        size: TerminalMessage.WindowSize?,
        isPaced: Bool = false,
        name: String? = nil,
        isWatching: Bool = false,
        _ body: (TerminalOutputs, TerminalWriter) async throws -> Result,
    ) async throws -> Result {
        var query: [(name: String, value: String)] = []
        if let size { query = [("columns", "\(size.columns)"), ("rows", "\(size.rows)")] }
        if let terminal { query.append(("terminal", terminal)) }
        if isPaced { query.append(("flow", "1")) }
        if let name { query.append(("client", name)) }
        let target = ServiceAddress.target(["sessions", id, isWatching ? "watch" : "terminals"], query)
        return try await withWebSocket(target) { messages, writer in
            try await body(TerminalOutputs(messages: messages), TerminalWriter(messages: writer))
        }
    }
}

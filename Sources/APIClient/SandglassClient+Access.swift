package import APIContract

extension SandglassClient {
    /// A person's tokens, newest first; `me` is the caller.
    package func tokens(of person: String) async throws -> TokenList {
        try await get(ServiceAddress.target(["people", person, "tokens"]))
    }

    /// Issues a token for a person; `me` is the caller.
    ///
    /// Its secret is told this once.
    package func issueToken(for person: String, _ request: IssueTokenRequest) async throws -> IssuedTokenResource {
        try await post(ServiceAddress.target(["people", person, "tokens"]), request)
    }

    /// Revokes a token.
    ///
    /// Revoking one that is revoked changes nothing.
    package func revokeToken(_ id: String) async throws { try await delete(ServiceAddress.target(["tokens", id])) }

    /// A page of the audit log, newest first.
    ///
    /// - Parameters:
    ///   - sequence: Only lines before this one.
    ///   - limit: How many at most, 1 to 500; 50 when `nil`.
    /// - Returns: The page, and before which line the next one begins.
    /// - Throws: `Problem` with `forbidden` unless the caller may read the log.
    package func audit(before sequence: Int64? = nil, limit: Int? = nil) async throws -> AuditList {
        var query: [(name: String, value: String)] = []
        if let sequence { query.append(("before", "\(sequence)")) }
        if let limit { query.append(("limit", "\(limit)")) }
        return try await get(ServiceAddress.target(["audit"], query))
    }
}

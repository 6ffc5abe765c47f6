package import SessionModel

extension SessionCommands {
    /// Lets a key open a session, for who asks.
    ///
    /// Whoever may use the session may. One that opens another session for the same person opens this one from now on.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - id: The session.
    ///   - principal: Who asks; whoever comes with the key is taken for them, in this session only.
    /// - Returns: The key, as it is kept until the session is over.
    /// - Throws: ``Failure``: `notFound`, `wrongState` when the session is over, `conflict` when the key opens a session
    ///   for somebody else, `noCapacity` when there are too many, `storage`.
    package func addKey(_ key: PublicKey, to id: SessionID, by principal: Principal) async throws -> SessionKey {
        let session = try await session(id, for: principal)
        guard session.lifecycle.state.endReason == nil else {
            throw Failure(.wrongState, "session \(id) is over, and no key opens it any more")
        }
        let now = service.time.now()
        let added = SessionKey(key, opens: id, for: principal.person, addedAt: now.wall)
        try await ports.store.add(added, at: now)
        return try await ports.store.key(key.fingerprint) ?? added
    }

    /// The keys that open a session, in the order they came.
    package func keys(of id: SessionID, for principal: Principal) async throws -> [SessionKey] {
        _ = try await session(id, for: principal)
        return try await ports.store.keys(of: id)
    }

    /// What a key opens, and for whom; `nil` when that is nothing.
    package func key(_ key: PublicKey) async throws -> SessionKey? {
        guard let known = try await ports.store.key(key.fingerprint), known.key == key else { return nil }
        return known
    }

    /// Keeps a key from opening a session; who is there stays.
    ///
    /// - Throws: ``Failure``: `notFound`, also when the key opens no such session; `storage`.
    package func removeKey(_ name: KeyFingerprint, of id: SessionID, by principal: Principal) async throws {
        _ = try await session(id, for: principal)
        try await ports.store.removeKey(name, of: id, by: principal.person, at: service.time.now())
    }
}

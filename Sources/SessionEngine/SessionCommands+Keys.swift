package import SessionModel

extension SessionCommands {
    /// Lets a key open a session, for who asks.
    ///
    /// Whoever may use the session may. One that opens another session for the same person opens this one from now on;
    /// what it opens for others is nobody's business, and stays.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - id: The session.
    ///   - principal: Who asks; whoever comes with the key is taken for them, in this session only.
    /// - Returns: The key, as it is kept until the session is over.
    /// - Throws: ``Failure``: `notFound`, `wrongState` when the session is over, `noCapacity` when there are too many,
    ///   `storage`.
    package func addKey(_ key: PublicKey, to id: SessionID, by principal: Principal) async throws -> SessionKey {
        let session = try await session(id, for: principal)
        guard session.lifecycle.state.endReason == nil else {
            throw Failure(.wrongState, "session \(id) is over, and no key opens it any more")
        }
        let now = service.time.now()
        let added = SessionKey(key, opens: id, for: principal.person, addedAt: now.wall)
        try await ports.store.add(added, at: now)
        return try await ports.store.keys(named: key.fingerprint).first { $0.person == principal.person } ?? added
    }

    /// The keys that open a session, in the order they came.
    package func keys(of id: SessionID, for principal: Principal) async throws -> [SessionKey] {
        _ = try await session(id, for: principal)
        return try await ports.store.keys(of: id)
    }

    /// What a key opens, one session for each who has added it, newest first.
    package func sessions(openedBy key: PublicKey) async throws -> [SessionKey] {
        try await ports.store.keys(named: key.fingerprint).filter { $0.key == key }
    }

    /// Keeps that somebody who has the key's other half has named the session that it opens.
    package func confirm(_ key: SessionKey) async throws {
        if !key.isConfirmed { try await ports.store.confirm(key) }
    }

    /// Keeps a key from opening a session, whoever has added it; who is there stays.
    ///
    /// - Throws: ``Failure``: `notFound`, also when the key opens no such session; `storage`.
    package func removeKey(_ name: KeyFingerprint, of id: SessionID, by principal: Principal) async throws {
        _ = try await session(id, for: principal)
        try await ports.store.removeKey(name, of: id, by: principal.person, at: service.time.now())
    }
}

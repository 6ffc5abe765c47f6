package import SessionModel

extension SessionCommands {
    /// What was recorded of a session's terminals.
    ///
    /// It is open to whoever the session is open to: it shows nothing that could not be seen there.
    ///
    /// - Throws: ``Failure``: `notFound`, `storage`.
    package func recordings(of id: SessionID, for principal: Principal) async throws -> [SessionRecording] {
        _ = try await session(id, for: principal)
        return try await ports.recordings.recordings(of: id)
    }

    /// One file of a recording, from an offset on.
    ///
    /// - Throws: ``Failure``: `notFound`, also of what is not sealed yet; `invalidInput` past its end; `storage`.
    package func recording(
        _ name: RecordingName,
        _ piece: RecordingPiece,
        of id: SessionID,
        from offset: Int64,
        for principal: Principal,
    ) async throws -> RecordingContent {
        _ = try await session(id, for: principal)
        return try await ports.recordings.content(piece, of: name, in: id, from: offset)
    }

    /// What one recording shows as text.
    ///
    /// - Throws: ``Failure``: `notFound`, `throttled`, `storage`.
    package func transcript(
        of name: RecordingName,
        in id: SessionID,
        for principal: Principal,
    ) async throws -> RecordingTranscript {
        _ = try await session(id, for: principal)
        return try await ports.recordings.transcript(of: name, in: id, for: principal.person)
    }

    /// The commands that one recording tells of: the guest's word.
    ///
    /// - Throws: ``Failure``: `notFound`, `throttled`, `storage`.
    package func commands(
        of name: RecordingName,
        in id: SessionID,
        for principal: Principal,
    ) async throws -> CommandLog {
        _ = try await session(id, for: principal)
        return try await ports.recordings.commands(of: name, in: id, for: principal.person)
    }

    /// The key that sealed recordings are verified with, in PEM.
    package func recordingKey() async -> String { await ports.recordings.publicKey() }
}

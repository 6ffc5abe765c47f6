package import APIContract

extension SandglassClient {
    /// What was recorded of a session's terminals.
    package func recordings(of id: String) async throws -> RecordingList {
        try await get(ServiceAddress.target(["sessions", id, "recordings"]))
    }

    /// One file of a recording, in pieces.
    ///
    /// - Parameters:
    ///   - recording: The recording.
    ///   - file: Which of its files: `cast`, `cast.gz`, `chain.gz`, `seal` or `sig`.
    ///   - id: The session.
    ///   - take: Takes a piece.
    /// - Throws: `Problem`, also when it is not sealed and has no such file; what `take` throws.
    package func recording(
        _ recording: RecordingResource,
        _ file: String,
        of id: String,
        _ take: ([UInt8]) async throws -> Void,
    ) async throws {
        let parts = ["sessions", id, "recordings", recording.machine, recording.name, file]
        try await download(ServiceAddress.target(parts), "*/*", take)
    }

    /// The key that sealed recordings are verified with, in PEM.
    package func recordingKey() async throws -> String {
        var text: [UInt8] = []
        try await download(ServiceAddress.target(["recordings", "key"]), "*/*") { text += $0 }
        return String(decoding: text, as: UTF8.self)
    }
}

package import APIContract
import NIOHTTP1

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

    /// What a recording shows as text, line by line.
    ///
    /// - Parameters:
    ///   - recording: The recording.
    ///   - id: The session.
    ///   - take: Takes a line.
    /// - Throws: `Problem`; ``ConnectionFailure``; what `take` throws.
    package func transcript(
        _ recording: RecordingResource,
        of id: String,
        _ take: (TranscriptLineResource) async throws -> Void,
    ) async throws {
        let target = ServiceAddress.target([
            "sessions", id, "recordings", recording.machine, recording.name, "transcript",
        ])
        for try await line in try await lines(.GET, target, String?.none, accept: "application/x-ndjson") {
            try await take(try decoded(line))
        }
    }

    /// What was run at a terminal, as its machine tells it.
    package func commands(_ recording: RecordingResource, of id: String) async throws -> CommandList {
        try await get(
            ServiceAddress.target(["sessions", id, "recordings", recording.machine, recording.name, "commands"])
        )
    }

    /// The key that sealed recordings are verified with, in PEM.
    package func recordingKey() async throws -> String {
        var text: [UInt8] = []
        try await download(ServiceAddress.target(["recordings", "key"]), "*/*") { text += $0 }
        return String(decoding: text, as: UTF8.self)
    }
}

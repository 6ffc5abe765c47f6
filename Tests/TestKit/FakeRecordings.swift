package import SessionModel

/// Recordings that are made by hand.
package actor FakeRecordings: SessionRecordings {
    private var kept: [SessionID: [SessionRecording]] = [:]
    private var files: [SessionID: [RecordingName: [RecordingPiece: [UInt8]]]] = [:]
    private var texts: [SessionID: [RecordingName: [TranscriptLine]]] = [:]
    private var logs: [SessionID: [RecordingName: CommandLog]] = [:]
    private var refusal: Failure?
    private var isHeld = false
    private var held: [CheckedContinuation<Void, Never>] = []
    private let troubleStream: AsyncStream<RecordingTrouble>
    private let told: AsyncStream<RecordingTrouble>.Continuation
    /// Marks by session, in order.
    package private(set) var marks: [SessionID: [String]] = [:]
    /// Sessions that were removed, in order.
    package private(set) var removed: [SessionID] = []

    /// Makes an archive that has nothing.
    package init() { (troubleStream, told) = AsyncStream.makeStream() }

    /// Begins a recording.
    package func begin(_ name: RecordingName, of session: SessionID, _ pieces: [RecordingPiece: [UInt8]] = [:]) {
        let size = ByteCount(bytes: Int64(pieces[.cast]?.count ?? 0))
        kept[session, default: []].append(SessionRecording(name: name, state: .recording, size: size))
        files[session, default: [:]][name] = pieces
    }

    /// Says what a recording shows, and which commands it tells of.
    package func tell(_ name: RecordingName, of session: SessionID, _ text: [TranscriptLine], _ log: CommandLog) {
        texts[session, default: [:]][name] = text
        logs[session, default: [:]][name] = log
    }

    /// From now on the disk refuses; `nil` lets it take everything.
    package func refuse(_ failure: Failure?) { refusal = failure }

    /// From now on the disk does not answer, until ``release()``.
    package func hold() { isHeld = true }

    /// Lets the disk answer.
    package func release() {
        isHeld = false
        for one in held { one.resume() }
        held = []
    }

    /// Tells of something that could not be recorded.
    package func tell(_ trouble: RecordingTrouble) { told.yield(trouble) }

    private func disk() async throws {
        if isHeld { await withCheckedContinuation { held.append($0) } }
        if let refusal { throw refusal }
    }

    package func mark(_ text: String, in session: SessionID) { marks[session, default: []].append(text) }

    package func seal(_ session: SessionID) async throws -> [SessionRecording] {
        guard kept[session] != nil else { return [] }
        try await disk()
        kept[session] = kept[session]?.enumerated().map { number, one in
            SessionRecording(
                name: one.name,
                state: .sealed,
                size: one.size,
                lines: 12,
                head: String(repeating: "\(number % 10)", count: 64),
                started: Timestamp(milliseconds: 0),
                sealed: Timestamp(milliseconds: 1),
            )
        }
        return kept[session] ?? []
    }

    package func sessions() async throws -> [SessionID] { kept.keys.sorted { $0.description < $1.description } }

    package func unsealed() async throws -> [SessionID] {
        kept.filter { $0.value.contains { $0.state != .sealed } }.map(\.key)
    }

    package func recordings(of session: SessionID) async throws -> [SessionRecording] { kept[session] ?? [] }

    package func content(
        _ piece: RecordingPiece,
        of name: RecordingName,
        in session: SessionID,
        from offset: Int64,
    ) async throws -> RecordingContent {
        guard let bytes = files[session]?[name]?[piece] else {
            throw Failure(.notFound, "session \(session) has no \(piece.rawValue) of \(name)")
        }
        guard (0...bytes.count).contains(Int(offset)) else { throw Failure(.invalidInput, "it is not so long") }
        let rest = Rest(Array(bytes.dropFirst(Int(offset))))
        return RecordingContent(size: Int64(bytes.count)) { await rest.take() }
    }

    package func transcript(
        of name: RecordingName,
        in session: SessionID,
        for _: PersonID,
    ) async throws -> RecordingTranscript {
        guard let lines = texts[session]?[name] else { throw Failure(.notFound, "session \(session) has no \(name)") }
        let rest = Rest(lines)
        return RecordingTranscript { await rest.take() }
    }

    package func commands(of name: RecordingName, in session: SessionID, for _: PersonID) async throws -> CommandLog {
        guard let log = logs[session]?[name] else { throw Failure(.notFound, "session \(session) has no \(name)") }
        return log
    }

    package func remove(_ session: SessionID) async throws {
        try await disk()
        removed.append(session)
        kept[session] = nil
        files[session] = nil
    }

    package func troubles() -> AsyncStream<RecordingTrouble> { troubleStream }

    package func publicKey() -> String { "a key\n" }

    private actor Rest<Element: Sendable> {
        private var elements: [Element]?
        init(_ elements: [Element]) { self.elements = elements.isEmpty ? nil : elements }
        func take() -> [Element]? { elements.take() }
    }
}

/// Keeps the recordings of sessions' terminals.
///
/// Whoever connects people to terminals has them recorded; here is what the engine does with the recordings. All of it
/// may be repeated and throws ``Failure``, `storage` when the disk refuses.
package protocol SessionRecordings: Sendable {
    /// Puts a mark on the time line of each recording of a session that is being written.
    func mark(_ text: String, in session: SessionID) async
    /// Ends the recordings of a session that is over, and seals them.
    ///
    /// - Returns: All that it has.
    /// - Throws: ``Failure`` when one of them could not be sealed; the others are.
    func seal(_ session: SessionID) async throws -> [SessionRecording]
    /// Sessions that have recordings.
    func sessions() async throws -> [SessionID]
    /// Sessions that have recordings which are not sealed, over or not.
    func unsealed() async throws -> [SessionID]
    /// What a session has, by machine, terminal and part.
    func recordings(of session: SessionID) async throws -> [SessionRecording]
    /// One file of a recording, from an offset on.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is none, `invalidInput` when it does not reach so far.
    func content(
        _ piece: RecordingPiece,
        of name: RecordingName,
        in session: SessionID,
        from offset: Int64,
    ) async throws -> RecordingContent
    /// What one recording shows as text, read line by line.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is none, `throttled` when too many are read already, by that person
    ///   or by all; and where it is read, when the person has taken nothing for a minute and others wanted to read.
    func transcript(of name: RecordingName, in session: SessionID, for person: PersonID) async throws
        -> RecordingTranscript
    /// The commands that one recording tells of.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is none, `throttled` when too many are read already, by that person
    ///   or by all.
    func commands(of name: RecordingName, in session: SessionID, for person: PersonID) async throws -> CommandLog
    /// Removes all that there is of a session. Nothing is a success.
    func remove(_ session: SessionID) async throws
    /// What could not be recorded, and why; the newest 1,024 unread are kept. One reader.
    func troubles() async -> AsyncStream<RecordingTrouble>
    /// The key that sealed recordings are verified with, in PEM.
    func publicKey() async -> String
}

/// Which of a session's recordings.
package struct RecordingName: Sendable, Hashable, CustomStringConvertible {
    /// The machine's name in its lab.
    package let machine: String
    /// The terminal: `console`, or its number.
    package let terminal: String
    /// Which of the terminal's recordings, from 1.
    package let part: Int

    /// Names a recording.
    package init(machine: String, terminal: String, part: Int = 1) {
        self.machine = machine
        self.terminal = terminal
        self.part = part
    }

    /// Names a recording by its machine and its ``stem``; `nil` when no recording can have that one.
    package init?(machine: String, stem: String) {
        let parts = stem.split(separator: ".", omittingEmptySubsequences: false)
        guard let terminal = parts.first, !terminal.isEmpty, parts.count <= 2 else { return nil }
        guard let part = parts.count == 2 ? Int(parts[1]) : 1 else { return nil }
        self.init(machine: machine, terminal: String(terminal), part: part)
        guard self.stem == stem else { return nil }
    }

    /// The terminal, with the part where it is not the first: `0`, `0.2`.
    package var stem: String { part == 1 ? terminal : "\(terminal).\(part)" }

    package var description: String { "\(machine) \(stem)" }
}

/// One recording of one terminal of a session.
package struct SessionRecording: Sendable, Equatable {
    /// How it stands.
    package enum State: String, Sendable, CaseIterable {
        /// It is being written.
        case recording
        /// Nobody writes it, and it is not sealed yet.
        case unsealed
        /// It is sealed.
        case sealed
        /// What is there cannot be read as a recording.
        case unreadable
    }

    /// Which.
    package let name: RecordingName
    /// How it stands.
    package let state: State
    /// Its size before it is compressed; as it is on the disk while it is not sealed.
    package let size: ByteCount
    /// Lines, header included; `nil` while it is not known.
    package let lines: Int?
    /// The digest of its last line, 64 hexadecimal digits; `nil` while it is not sealed.
    package let head: String?
    /// When it began; `nil` when it is not known.
    package let started: Timestamp?
    /// When it was sealed; `nil` while it is not.
    package let sealed: Timestamp?

    /// Makes a description.
    package init(
        name: RecordingName,
        state: State,
        size: ByteCount,
        lines: Int? = nil,
        head: String? = nil,
        started: Timestamp? = nil,
        sealed: Timestamp? = nil,
    ) {
        self.name = name
        self.state = state
        self.size = size
        self.lines = lines
        self.head = head
        self.started = started
        self.sealed = sealed
    }
}

/// The files of a recording that are handed out.
package enum RecordingPiece: String, Sendable, CaseIterable {
    /// The recording itself, expanded where it is sealed.
    case cast
    /// The recording as it was sealed.
    case packedCast = "cast.gz"
    /// Its digests as they were sealed.
    case packedChain = "chain.gz"
    /// What it was when it was sealed.
    case seal
    /// The signature of the seal.
    case signature = "sig"
}

/// The bytes of a file as it is when it is opened, read piece by piece by one reader.
package struct RecordingContent: Sendable {
    /// How many bytes the whole file has.
    package let size: Int64
    /// The next bytes, never empty; `nil` at the end.
    package let next: @Sendable () async throws -> [UInt8]?

    /// Makes it from what reads it.
    package init(size: Int64, next: @escaping @Sendable () async throws -> [UInt8]?) {
        self.size = size
        self.next = next
    }
}

/// Something that could not be recorded.
package struct RecordingTrouble: Sendable, Equatable {
    /// Of which session.
    package let session: SessionID
    /// What, and why.
    package let what: String

    /// Tells of trouble.
    package init(session: SessionID, what: String) {
        self.session = session
        self.what = what
    }
}

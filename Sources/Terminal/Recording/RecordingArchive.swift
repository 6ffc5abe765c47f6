package import Logging
package import SessionModel

/// The recordings of all sessions: those that are written, and those on the disk.
///
/// A session's terminal has one recorder from when somebody first looks at it until the session is over, whatever becomes
/// of its machine meanwhile.
package actor RecordingArchive: SessionRecordings {
    /// Hears whether a recording reaches the disk.
    typealias Listener = @Sendable (_ state: Recorder.State) async -> Void

    private let shelf: RecordingShelf
    private let desk: ReadingDesk
    private let disk: any RecordingDisk
    private let key: SigningKey
    private let clock: any HostClock
    private let logger: Logger
    private let policy: @Sendable (SessionID) async throws -> Policy.Recording
    private var written: [RecordingLabel: LineRecording] = [:]
    /// What recorders that are over have added to recordings, and lost, in bytes.
    private var past: (added: Int64, lost: Int) = (0, 0)
    private let troubleStream: AsyncStream<RecordingTrouble>
    private let told: AsyncStream<RecordingTrouble>.Continuation

    /// Keeps recordings in a folder.
    ///
    /// - Parameters:
    ///   - folder: The folder; made with mode 0700 when something is recorded first.
    ///   - key: What recordings are sealed with.
    ///   - clock: The host's clocks.
    ///   - logger: Where trouble is told.
    ///   - policy: What is to be recorded of a session.
    package init(
        in folder: String,
        key: SigningKey,
        clock: any HostClock,
        logger: Logger,
        policy: @escaping @Sendable (SessionID) async throws -> Policy.Recording,
    ) {
        self.init(in: folder, on: LocalDisk(), key: key, clock: clock, logger: logger, policy: policy)
    }

    init(
        in folder: String,
        on disk: any RecordingDisk,
        key: SigningKey,
        clock: any HostClock,
        logger: Logger,
        policy: @escaping @Sendable (SessionID) async throws -> Policy.Recording,
    ) {
        self.disk = disk
        self.key = key
        self.clock = clock
        self.logger = logger
        self.policy = policy
        desk = ReadingDesk(clock: clock)
        shelf = RecordingShelf(at: folder, on: disk, sealingBy: RecordingSealer(key: key, clock: clock, on: disk))
        (troubleStream, told) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1024))
    }

    // MARK: For terminals

    /// The recording of a terminal, which is begun or continued unless it is being written; `nil` when the session's
    /// policy wants none.
    ///
    /// Where the policy requires it, this returns once it is written, or cannot be.
    ///
    /// - Parameters:
    ///   - label: Which terminal.
    ///   - size: How large its window is.
    ///   - listener: Hears of every change, from when it is begun until the session is over.
    /// - Returns: The recording.
    /// - Throws: What finding out the policy throws.
    func recording(of label: RecordingLabel, size: WindowSize, _ listener: @escaping Listener) async throws
        -> LineRecording?
    {
        if let recording = written[label] { return recording }
        let policy = try await policy(label.session)
        guard policy.mode != .none else { return nil }
        let recording = written[label] ?? begin(label, size, policy, listener)
        if recording.isRequired { await recording.recorder.begun() }
        return recording
    }

    private func begin(
        _ label: RecordingLabel,
        _ size: WindowSize,
        _ policy: Policy.Recording,
        _ listener: @escaping Listener,
    ) -> LineRecording {
        var logger = logger
        logger[metadataKey: "session.id"] = "\(label.session)"
        logger[metadataKey: "terminal"] = "\(label.machine) \(label.terminal)"
        let recorder = Recorder(
            label,
            in: shelf.folder(of: label),
            on: disk,
            size: size,
            limit: policy.limit,
            clock: clock,
            logger: logger,
        )
        let recording = LineRecording(recorder, under: policy)
        written[label] = recording
        let (changes, told) = (recorder.changes, told)
        // It ends with the recorder.
        Task {
            var isTold = false
            for await state in changes {
                await listener(state)
                guard case .stalled(let why) = state, !isTold else { continue }
                isTold = true
                told.yield(
                    RecordingTrouble(session: label.session, what: "\(label.machine) \(label.terminal): \(why)")
                )
            }
        }
        return recording
    }

    /// Ends all recorders but no recording: the next service continues them.
    ///
    /// - Parameter limit: How long to wait for the disk; what it has not taken by then is lost.
    package func close(within limit: Duration) async {
        let recorders = written.values.map(\.recorder)
        written = [:]
        guard !recorders.isEmpty else { return }
        let (closed, end) = AsyncStream<Void>.makeStream()
        // Not children of this task, which could not end before a disk that hangs.
        Task {
            await withDiscardingTaskGroup { group in
                for recorder in recorders { group.addTask { await recorder.close() } }
            }
            end.finish()
        }
        let deadline = clock.read().monotonic + limit
        let timer = Task { [clock] in
            try? await clock.sleep(until: deadline)  // Cancelled: they are closed.
            end.finish()
        }
        for await _ in closed {}
        timer.cancel()
    }

    /// How all recordings stand together, in bytes since the service was started.
    func figures() -> (writing: Int, stalled: Int, added: Int64, lost: Int) {
        let statuses = written.values.map(\.recorder.status)
        let writing = statuses.count { $0.state == .writing }
        return (
            writing, statuses.count - writing, statuses.reduce(past.added) { $0 + $1.added },
            statuses.reduce(past.lost) { $0 + $1.lostBytes },
        )
    }

    // MARK: SessionRecordings

    package func mark(_ text: String, in session: SessionID) {
        for (label, recording) in written where label.session == session { recording.recorder.marker(text) }
    }

    package func seal(_ session: SessionID) async throws -> [SessionRecording] {
        var failure: (any Error)?
        for (label, recording) in written where label.session == session {
            do {
                _ = try await recording.recorder.seal(with: key)
                letGo(label)
            } catch let over as Failure where over.code == .wrongState {
                // Somebody else was here; if it is not sealed, it is below.
                letGo(label)
            } catch {
                failure = failure ?? error
            }
        }
        do {
            try await shelf.seal(session, except: Set(written.keys))
        } catch {
            failure = failure ?? error
        }
        if let failure { throw failure }
        return try await recordings(of: session)
    }

    private func letGo(_ label: RecordingLabel) {
        guard let status = written.removeValue(forKey: label)?.recorder.status else { return }
        past.added += status.added
        past.lost += status.lostBytes
    }

    package func sessions() async throws -> [SessionID] { try await shelf.sessions() }

    package func unsealed() async throws -> [SessionID] { try await shelf.unsealed() }

    package func recordings(of session: SessionID) async throws -> [SessionRecording] {
        try await shelf.recordings(of: session, written: statuses(of: session))
    }

    /// How those recordings of a session stand that are being written.
    func statuses(of session: SessionID) -> [RecordingLabel: Recorder.Status] {
        written.filter { $0.key.session == session }.mapValues(\.recorder.status)
    }

    package func content(
        _ piece: RecordingPiece,
        of name: RecordingName,
        in session: SessionID,
        from offset: Int64,
    ) async throws -> RecordingContent {
        try await shelf.open(piece, of: name, in: session, from: offset)
    }

    package func transcript(
        of name: RecordingName,
        in session: SessionID,
        for person: PersonID,
    ) async throws -> RecordingTranscript {
        let (files, disk) = (try await shelf.files(of: name, in: session), disk)
        return try await desk.transcript(for: person) { try Transcriber(RecordingReader(files, on: disk)) }
    }

    package func commands(
        of name: RecordingName,
        in session: SessionID,
        for person: PersonID,
    ) async throws -> CommandLog {
        let (files, disk) = (try await shelf.files(of: name, in: session), disk)
        return try await desk.commands(for: person) { try CommandReader(RecordingReader(files, on: disk)) }
    }

    package func remove(_ session: SessionID) async throws { try await shelf.remove(session) }

    package func troubles() -> AsyncStream<RecordingTrouble> { troubleStream }

    package func publicKey() -> String { key.publicKey.pem }
}

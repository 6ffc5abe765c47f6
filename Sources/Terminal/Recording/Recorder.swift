package import Logging
package import SessionModel

/// Records one terminal.
///
/// Nothing here waits for the disk but ``sync()``, ``seal(with:)`` and ``close()``: what is recorded is held in memory, at
/// most 1 MiB, until a task of its own has written it. It is on the disk within a second, as whole lines.
///
/// ```text
///            made                          the disk refuses
///   ────────────────────────▶ writing ◀──────────────────────▶ stalled: tries again each second
///                                │         the disk takes it
///              seal, close       ▼
///                             (ended)
/// ```
///
/// A recording of the same terminal that was not sealed is continued. One that cannot be read is left as it is, and another
/// is begun beside it. End every recorder by ``seal(with:)`` or ``close()``.
package final class Recorder: Sendable {
    /// Whether what is recorded reaches the disk.
    package enum State: Sendable, Equatable {
        /// It does.
        case writing
        /// It does not, and why: the disk refuses and is asked again each second, or it has not answered for three.
        case stalled(String)
    }

    /// How a recording stands.
    package struct Status: Sendable, Equatable {
        /// Whether what is recorded reaches the disk.
        package var state = State.writing
        /// Which of the terminal's recordings is being written, from 1; 0 while none could be begun.
        package var part = 0
        /// Lines of the recording, header included.
        package var lines = 0
        /// Bytes of the recording.
        package var bytes: Int64 = 0
        /// Bytes that this recorder has added to it.
        package var added: Int64 = 0
        /// Whether it has reached its limit, so that only some markers can follow.
        package var isFull = false
        /// Bytes of output and input that were not recorded because the disk was too slow or refused them.
        package var lostBytes = 0
        /// What could not be continued and was left as it is, and why.
        package var leftAside: String?
    }

    private let inbox: RecorderInbox
    private let clock: any HostClock

    /// Every change of ``Status/state``, the latest only for who does not listen; ends with the recorder.
    ///
    /// For one listener.
    package var changes: AsyncStream<State> { inbox.changes }

    /// Begins or continues the recording of a terminal.
    ///
    /// Never fails: while the disk refuses, the recorder is stalled.
    ///
    /// - Parameters:
    ///   - label: Which terminal.
    ///   - folder: Where its files are, beside those of other terminals of the same machine; made with mode 0700.
    ///   - size: How large its window is.
    ///   - limit: How many bytes the recording may have, before it is compressed.
    ///   - clock: The host's clocks.
    ///   - logger: Where trouble is told.
    package convenience init(
        _ label: RecordingLabel,
        in folder: String,
        size: WindowSize,
        limit: ByteCount,
        clock: any HostClock,
        logger: Logger,
    ) {
        self.init(label, in: folder, on: LocalDisk(), size: size, limit: limit, clock: clock, logger: logger)
    }

    init(
        _ label: RecordingLabel,
        in folder: String,
        on disk: any RecordingDisk,
        size: WindowSize,
        limit: ByteCount,
        clock: any HostClock,
        logger: Logger,
    ) {
        inbox = RecorderInbox()
        self.clock = clock
        let writer = RecordingWriter(
            label,
            in: folder,
            on: disk,
            size: size,
            limit: limit,
            clock: clock,
            inbox: inbox,
            logger: logger,
        )
        // It ends when it is told to, which `seal` and `close` wait for.
        Task { await writer.run() }
    }

    deinit { _ = inbox.give(.close(nil), isLast: true) }

    /// How it stands now.
    package var status: Status { inbox.status }

    /// Records what the guest wrote.
    package func output(_ bytes: [UInt8]) { put(.output, bytes) }

    /// Records what somebody typed.
    package func input(_ bytes: [UInt8]) { put(.input, bytes) }

    /// Records that the window has another size.
    package func resize(_ size: WindowSize) {
        let time = clock.read().monotonic
        inbox.put { $0.put(size, at: time) }
    }

    /// Marks the time line with at most 1024 bytes of text.
    package func marker(_ text: String) {
        let time = clock.read().monotonic
        inbox.put(isText: false) { $0.put(marker: text, at: time) }
    }

    /// Returns once the first line is written, or cannot be, or the recording is over.
    func begun() async { await inbox.begun() }

    /// Waits for memory to become free, while less than half is: for who would rather slow the guest down than lose what it writes.
    ///
    /// Returns at once while the disk refuses, when the recording is full or over, and when the task is cancelled.
    package func room() async { await inbox.room() }

    /// Returns once everything that was recorded until now is on the disk.
    ///
    /// - Throws: ``Failure`` with `storage` when the disk refuses, with `wrongState` when the recording is over.
    package func sync() async throws {
        try await withCheckedThrowingContinuation { continuation in
            if !inbox.give(.sync(continuation), isLast: false) { continuation.resume(throwing: Self.isOver) }
        }
    }

    /// Ends the recording: nothing more is recorded, what there is is compressed, signed, and cannot be continued.
    ///
    /// - Parameter key: What it is signed with.
    /// - Returns: What it was when it was sealed.
    /// - Throws: ``Failure`` with `storage` when the disk refuses; call again, or seal it later with ``RecordingSealer``.
    package func seal(with key: SigningKey) async throws -> RecordingSeal {
        try await withCheckedThrowingContinuation { continuation in
            if !inbox.give(.seal(key, continuation), isLast: true) { continuation.resume(throwing: Self.isOver) }
        }
    }

    /// Ends the recorder but not the recording, which the next recorder of this terminal continues.
    ///
    /// What the disk does not take now is lost; ``status`` tells whether it is stalled.
    package func close() async {
        await withCheckedContinuation { continuation in
            if !inbox.give(.close(continuation), isLast: true) { continuation.resume() }
        }
    }

    static let isOver = Failure(.wrongState, "the recording is over")

    private func put(_ what: CastEvent.What, _ bytes: [UInt8]) {
        let time = clock.read().monotonic
        inbox.put { $0.put(what, bytes, at: time) }
    }
}

import Logging
import SessionModel

/// Has the recordings of sessions that are over sealed, and says in their timelines what was sealed.
///
/// A disk that is full or hangs keeps no session from ending: it is told, and asked again later.
actor RecordingKeeper {
    /// How long the end of a session waits for its recordings to be sealed.
    static let patience: Duration = .seconds(10)
    /// How long until a disk that refused is asked again.
    static let retry: Duration = .seconds(60)

    private let ports: EnginePorts
    private let time: ServiceTime
    private let logger: Logger
    /// Sessions whose recordings could not be sealed so far.
    private var late: Set<SessionID> = []
    /// Those of them of whom that was told.
    private var told: Set<SessionID> = []
    private var hasLookedBack = false

    init(ports: EnginePorts, time: ServiceTime, logger: Logger) {
        self.ports = ports
        self.time = time
        self.logger = logger
    }

    /// Seals what an earlier service has left, then what could not be sealed, and tells of what is not recorded.
    ///
    /// Runs until it is cancelled.
    func run() async {
        let troubles = await ports.recordings.troubles()
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await trouble in troubles { await self.tell(trouble) }
            }
            repeat {
                if !hasLookedBack { await lookBack() }
                for session in late { await finish(session) }
            } while (try? await time.sleep(for: Self.retry)) != nil  // nil: shutting down
            group.cancelAll()
        }
    }

    /// Seals the recordings of a session that is over.
    ///
    /// Returns when that is done, or could not be done, or takes too long: then it goes on.
    nonisolated func seal(_ session: SessionID) async {
        let (over, end) = AsyncStream<Void>.makeStream()
        // Not a child of the session's task, which must be able to end before a disk that hangs. The next start takes up
        // what was cut off.
        Task {
            await finish(session)
            end.finish()
        }
        let timer = Task {
            try? await time.sleep(for: Self.patience)  // Cancelled: it is done.
            end.finish()
        }
        for await _ in over {}
        timer.cancel()
    }

    private func lookBack() async {
        do {
            for session in try await ports.recordings.unsealed() where try await isOver(session) {
                late.insert(session)
            }
            hasLookedBack = true
        } catch {
            logger.error("It cannot be seen what recordings are to be sealed", metadata: ["error": "\(error)"])
        }
    }

    /// Whether all that follows from its end was done; then nobody else seals its recordings.
    private func isOver(_ session: SessionID) async throws -> Bool {
        do {
            return try await ports.store.session(session).lifecycle.state.kind == .tornDown
        } catch let failure as Failure where failure.code == .notFound {
            logger.warning("There are recordings of a session that is unknown", metadata: ["session.id": "\(session)"])
            return false
        }
    }

    private func finish(_ session: SessionID) async {
        do {
            let sealed = try await ports.recordings.seal(session)
            try await tell(sealed, of: session)
            late.remove(session)
            told.remove(session)
        } catch {
            late.insert(session)
            guard told.insert(session).inserted else { return }
            logger.error(
                "Recordings are not sealed yet",
                metadata: ["session.id": "\(session)", "error": "\(error)", "retry.in": "\(Self.retry)"],
            )
            let why = (error as? Failure)?.message ?? "\(error)"
            await tell(RecordingTrouble(session: session, what: "not sealed yet: \(why)"))
        }
    }

    /// Says what was sealed, each recording once.
    private func tell(_ recordings: [SessionRecording], of session: SessionID) async throws {
        let texts = recordings.compactMap(\.receipt)
        guard !texts.isEmpty else { return }
        var told: Set<String> = []
        _ = try await ports.store.lastLine(of: session) { line in
            if line.kind == TimelineRecord.sealed("").kind { told.insert(line.text) }
            return false
        }
        let lines = texts.filter { !told.contains($0) }.map { TimelineRecord.sealed($0) }
        if !lines.isEmpty { try await ports.store.append(lines, to: session, at: time.now()) }
    }

    private func tell(_ trouble: RecordingTrouble) async {
        do {
            try await ports.store.append([.unrecorded(trouble.what)], to: trouble.session, at: time.now())
        } catch {
            logger.error(
                "The record lacks a line",
                metadata: ["session.id": "\(trouble.session)", "line": "\(trouble.what)", "error": "\(error)"],
            )
        }
    }
}

extension SessionRecording {
    /// What a person takes away of it: no bit of the recording can be changed and still have this digest.
    fileprivate var receipt: String? {
        guard state == .sealed, let head, let lines else { return nil }
        return "\(name): \(lines) lines, head \(head)"
    }
}

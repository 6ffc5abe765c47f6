import Logging
import SessionModel

/// Removes what sessions have left once it was kept for as long as their policies say.
///
/// It looks after every start and once a day. What cannot be read or removed, and what is of a session that nobody knows,
/// is told in the log and left. What is removed is a line of the audit log and of the session's timeline.
struct RetentionKeeper: Sendable {
    /// How often it looks.
    static let interval: Duration = .seconds(86_400)

    let ports: EnginePorts
    let time: ServiceTime
    let logger: Logger

    /// Looks again and again until it is cancelled.
    func run() async {
        repeat { await look() } while (try? await time.sleep(for: Self.interval)) != nil  // nil: shutting down
    }

    private func look() async {
        for kind in Kind.allCases {
            do {
                for session in try await kind.sessions(ports) {
                    try Task.checkCancellation()
                    await remove(kind, of: session)
                }
            } catch {
                guard !Task.isCancelled else { return }
                logger.error("It cannot be seen what is kept", metadata: ["what": "\(kind)", "error": "\(error)"])
            }
        }
    }

    private func remove(_ kind: Kind, of id: SessionID) async {
        var logger = logger
        logger[metadataKey: "session.id"] = "\(id)"
        do {
            let session = try await ports.store.session(id)
            let days = kind.days(session.policy.retention)
            guard let end = try await end(of: session), end.advanced(by: days.duration) <= time.now().wall else {
                return
            }
            try await kind.remove(id, ports)
            logger.notice("What a session has left is removed", metadata: ["what": "\(kind)", "after": "\(days)"])
            let now = time.now()
            try await ports.audit.append(
                AuditRecord(
                    at: now.wall,
                    actor: nil,
                    origin: .service,
                    action: kind.action,
                    object: id.description,
                    detail: "\(days) after the end",
                )
            )
            try await ports.store.append([.removed("\(kind), \(days) after the end")], to: id, at: now)
        } catch {
            logger.error("What a session has left stays", metadata: ["what": "\(kind)", "error": "\(error)"])
        }
    }

    /// When a session ended of which nothing is left to be done; `nil` for any other.
    private func end(of session: Session) async throws -> Timestamp? {
        guard session.lifecycle.state.kind == .tornDown else { return nil }
        return try await ports.store.lastLine(of: session.id) { $0.kind == "ended" }?.at
    }

    /// What a session may leave.
    private enum Kind: String, CaseIterable, CustomStringConvertible {
        case recordings
        case files
        case disks

        var description: String { rawValue }

        func days(_ retention: Policy.Retention) -> Days {
            switch self {
            case .recordings: retention.recordings
            case .files: retention.files
            case .disks: retention.disks
            }
        }

        /// What the audit log calls its removal.
        var action: AuditAction {
            switch self {
            case .recordings: .removeRecordings
            case .files: .removeFiles
            case .disks: .removeDisks
            }
        }

        /// The sessions that have left some.
        func sessions(_ ports: EnginePorts) async throws -> [SessionID] {
            switch self {
            case .recordings: try await ports.recordings.sessions()
            case .files: try await ports.collections.sessions()
            case .disks: try await ports.disks.sessionsWithKeptDisks()
            }
        }

        func remove(_ session: SessionID, _ ports: EnginePorts) async throws {
            switch self {
            case .recordings: try await ports.recordings.remove(session)
            case .files: try await ports.collections.remove(session)
            case .disks: try await ports.disks.removeKeptDisks(of: session)
            }
        }
    }
}

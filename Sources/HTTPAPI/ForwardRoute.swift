import APIContract
import Hummingbird
import SessionEngine
import SessionModel
import Synchronization

extension API {
    /// Connects to a port of one of a session's guests, over a WebSocket.
    ///
    /// A browser makes dozens of connections for a page: the record has one line a minute of the same person and port.
    func forward(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await execution(request, context) { message, id, principal in
            guard let connect = message.connect else { return nil }
            let use = RecentForwards.Use(
                session: id,
                person: principal.person,
                machine: connect.machine,
                port: connect.port,
            )
            let isRecorded = forwards.isRecent(use)
            let connection = try await commands.connect(
                to: connect.port,
                on: connect.machine,
                of: id,
                by: principal,
                isRecorded: isRecorded,
            )
            if !isRecorded { forwards.note(use) }
            return connection
        }
    }
}

/// Which uses of ports the record has lately got a line of.
final class RecentForwards: Sendable {
    /// A person's use of a port.
    struct Use: Hashable {
        let session: SessionID
        let person: PersonID
        let machine: String?
        let port: UInt16
    }

    /// After this time it is told again.
    private static let memory: Duration = .seconds(60)
    private let uses = Mutex<[Use: ContinuousClock.Instant]>([:])

    func isRecent(_ use: Use) -> Bool {
        uses.withLock { uses in
            uses = uses.filter { $0.value.duration(to: .now) < Self.memory }
            return uses[use] != nil
        }
    }

    func note(_ use: Use) { uses.withLock { $0[use] = .now } }
}

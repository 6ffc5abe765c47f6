import GRDB
import SessionModel

/// A session's state as the columns of its row: each state fills exactly its own.
struct StateColumns: Sendable, Equatable {
    /// The columns' names, in the order of ``arguments``.
    static let names = [
        "state", "queued", "enterBy", "deadline", "idleBy", "resetting", "remainingMs", "extendedMs", "warnedJSON",
        "keepUntil", "pausedDeadline", "endReason",
    ]

    var state: String
    var queued: Bool?
    var enterBy: Int64?
    var deadline: Int64?
    var idleBy: Int64?
    var resetting: Bool?
    var remainingMs: Int64?
    var extendedMs: Int64?
    var warnedJSON: String?
    var keepUntil: Int64?
    var pausedDeadline: Int64?
    var endReason: String?

    /// Takes a state apart.
    init(_ state: SessionState) throws {
        self.state = state.kind.rawValue
        switch state {
        case .requested(let queued):
            self.queued = queued
        case .preparing:
            break
        case .ready(let enterBy):
            self.enterBy = enterBy.milliseconds
        case .running(let time):
            deadline = time.deadline.milliseconds
            idleBy = time.idleBy?.milliseconds
            resetting = time.isResetting
            extendedMs = time.extended.milliseconds
            warnedJSON = try StoredJSON.encode(time.warned.map(\.milliseconds))
        case .paused(let time):
            remainingMs = time.remaining.milliseconds
            extendedMs = time.extended.milliseconds
            warnedJSON = try StoredJSON.encode(time.warned.map(\.milliseconds))
            keepUntil = time.keepUntil.milliseconds
            pausedDeadline = time.deadline?.milliseconds
        case .finishing(let reason), .ended(let reason), .tornDown(let reason):
            endReason = reason.rawValue
        }
    }

    /// Takes the columns out of a row.
    init(_ row: Row) {
        state = row["state"]
        queued = row["queued"]
        enterBy = row["enterBy"]
        deadline = row["deadline"]
        idleBy = row["idleBy"]
        resetting = row["resetting"]
        remainingMs = row["remainingMs"]
        extendedMs = row["extendedMs"]
        warnedJSON = row["warnedJSON"]
        keepUntil = row["keepUntil"]
        pausedDeadline = row["pausedDeadline"]
        endReason = row["endReason"]
    }

    /// The values, in the order of ``names``.
    var arguments: [(any DatabaseValueConvertible)?] {
        [
            state, queued, enterBy, deadline, idleBy, resetting, remainingMs, extendedMs, warnedJSON, keepUntil,
            pausedDeadline, endReason,
        ]
    }

    /// Puts the state together again.
    ///
    /// - Throws: ``UndecodableColumn``.
    func decoded() throws -> SessionState {
        guard let kind = SessionState.Kind(rawValue: state) else {
            throw UndecodableColumn(column: "state", why: "\"\(state)\" is no state this version knows")
        }
        switch kind {
        case .requested:
            return .requested(queued: try need(queued, "queued"))
        case .preparing:
            return .preparing
        case .ready:
            return .ready(enterBy: ServiceInstant(milliseconds: try need(enterBy, "enterBy")))
        case .running:
            return .running(
                RunningTime(
                    deadline: ServiceInstant(milliseconds: try need(deadline, "deadline")),
                    idleBy: idleBy.map(ServiceInstant.init(milliseconds:)),
                    extended: .milliseconds(try need(extendedMs, "extendedMs")),
                    warned: try warned(),
                    isResetting: try need(resetting, "resetting"),
                )
            )
        case .paused:
            return .paused(
                PausedTime(
                    remaining: .milliseconds(try need(remainingMs, "remainingMs")),
                    extended: .milliseconds(try need(extendedMs, "extendedMs")),
                    warned: try warned(),
                    keepUntil: ServiceInstant(milliseconds: try need(keepUntil, "keepUntil")),
                    deadline: pausedDeadline.map(ServiceInstant.init(milliseconds:)),
                )
            )
        case .finishing:
            return .finishing(try reason())
        case .ended:
            return .ended(try reason())
        case .tornDown:
            return .tornDown(try reason())
        }
    }

    private func warned() throws -> [Duration] {
        try StoredJSON.decode([Int64].self, try need(warnedJSON, "warnedJSON"), column: "warnedJSON")
            .map(Duration.milliseconds(_:))
    }

    private func reason() throws -> EndReason {
        let text = try need(endReason, "endReason")
        guard let reason = EndReason(rawValue: text) else {
            throw UndecodableColumn(column: "endReason", why: "\"\(text)\" is no reason this version knows")
        }
        return reason
    }

    private func need<Value>(_ value: Value?, _ column: String) throws -> Value {
        guard let value else {
            throw UndecodableColumn(column: column, why: "a session that is \(state) has one, this one does not")
        }
        return value
    }
}

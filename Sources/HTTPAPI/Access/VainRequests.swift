import SessionModel
import Synchronization

/// What was asked for in vain within a minute, so that nobody fills the audit log, which never shrinks, by asking again.
///
/// The same by the same person leaves one line in a minute of the clock, and all of theirs leave ``perPerson`` at most.
final class VainRequests: Sendable {
    /// How many lines a person leaves at most in a minute.
    static let perPerson = 20

    private let recent = Mutex((minute: Int64.min, lines: [PersonID?: Set<[String]>]()))

    /// Whether a record is to be written; notes it when it is.
    func isNews(_ record: AuditRecord) -> Bool {
        recent.withLock { recent in
            let minute = record.at.milliseconds / 60_000
            if minute != recent.minute { recent = (minute, [:]) }
            let line = [record.action.rawValue, record.object, record.detail]
            guard recent.lines[record.actor, default: []].count < Self.perPerson else { return false }
            return recent.lines[record.actor, default: []].insert(line).inserted
        }
    }
}

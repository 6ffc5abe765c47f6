import SessionModel
import Synchronization

/// What was asked for in vain within a minute, so that nobody fills the audit log, which never shrinks, by asking again.
///
/// The same by the same person leaves one line in a minute of the clock, and all of theirs leave ``perPerson`` at most.
final class VainRequests: Sendable {
    /// How many lines a person leaves at most in a minute.
    static let perPerson = 20

    private let recent = Mutex((minute: Int64.min, lines: [PersonID?: Set<[String]>]()))

    /// What is to be written of a record, which is noted then; `nil` when nothing is.
    ///
    /// A person's last line of a minute says that there may be more.
    func news(_ record: AuditRecord) -> AuditRecord? {
        recent.withLock { recent in
            let minute = record.at.milliseconds / 60_000
            if minute != recent.minute { recent = (minute, [:]) }
            let line = [record.action.rawValue, record.object, record.detail]
            let count = recent.lines[record.actor, default: []].count
            guard count < Self.perPerson, recent.lines[record.actor, default: []].insert(line).inserted else {
                return nil
            }
            guard count == Self.perPerson - 1 else { return record }
            var last = record
            last.detail += "; more of this minute is left out"
            return last
        }
    }
}

/// One line of a session's timeline as it is decided; the store adds when.
package enum TimelineRecord: Sendable, Equatable {
    case requested
    case queued(String)
    case admitted
    case denied(String)
    case step(String, took: Duration)
    case ready
    case entered(limit: Duration)
    case attached(PersonID)
    case detached(PersonID)
    /// Who ran a program in a guest, and the program's name: its arguments may hold secrets.
    case exec(PersonID, program: String)
    /// Who copied what, which way.
    case copied(PersonID, String)
    /// Who connects to which port of a guest.
    case forwarded(PersonID, port: UInt16)
    /// Who let which key open the session.
    case keyAdded(PersonID)
    /// Who kept which key from opening the session.
    case keyRemoved(PersonID)
    /// Who had tasks checked, and what was found.
    case checked(PersonID, String)
    /// Who was told which hint of which task.
    case hinted(PersonID, task: String, number: Int)
    case warned(remaining: Duration)
    case extended(by: Duration)
    case credited(Duration, because: CreditCause)
    case overridden(String)
    case paused
    case resumed
    /// The machines are replaced by fresh ones, by whom.
    case reset(PersonID)
    /// A machine could not be forked and is booted from its image instead, and why.
    case coldBoot(String)
    case failed(String)
    case finishing(EndReason)
    /// What was found when the session was over.
    case graded(String)
    /// A machine's guest has written everything and holds its file systems still for what follows.
    case atRest(String)
    /// Which files of a machine outlive it.
    case collected(String)
    case diskKept(String)
    /// A recording was sealed: which, how long it is, and the digest of its last line.
    case sealed(String)
    /// What could not be recorded, or not sealed yet, and why.
    case unrecorded(String)
    /// What was kept of the session is removed: what, and after how long.
    case removed(String)
    /// Who had what was kept graded again, why, and what was found.
    case regraded(PersonID, String)
    case ended(EndReason)
    case undone(String, took: Duration)
    case tornDown

    /// The line's kind, as stored and shown.
    package var kind: String {
        switch self {
        case .requested: "requested"
        case .queued: "queued"
        case .admitted: "admitted"
        case .denied: "denied"
        case .step: "step"
        case .ready: "ready"
        case .entered: "entered"
        case .attached: "attached"
        case .detached: "detached"
        case .exec: "exec"
        case .copied: "copied"
        case .forwarded: "forwarded"
        case .keyAdded: "keyAdded"
        case .keyRemoved: "keyRemoved"
        case .checked: "checked"
        case .hinted: "hinted"
        case .warned: "warned"
        case .extended: "extended"
        case .credited: "credited"
        case .overridden: "overridden"
        case .paused: "paused"
        case .resumed: "resumed"
        case .reset: "reset"
        case .coldBoot: "coldBoot"
        case .failed: "failed"
        case .finishing: "finishing"
        case .graded: "graded"
        case .atRest: "atRest"
        case .collected: "collected"
        case .diskKept: "diskKept"
        case .sealed: "sealed"
        case .unrecorded: "unrecorded"
        case .removed: "removed"
        case .regraded: "regraded"
        case .ended: "ended"
        case .undone: "undone"
        case .tornDown: "tornDown"
        }
    }

    /// What the line says beyond its kind, in plain words; empty when there is nothing to add.
    package var text: String {
        switch self {
        case .requested, .admitted, .ready, .paused, .resumed, .tornDown: ""
        case .queued(let why), .denied(let why), .failed(let why), .overridden(let why), .diskKept(let why),
            .graded(let why), .coldBoot(let why), .atRest(let why), .collected(let why),
            .sealed(let why), .unrecorded(let why), .removed(let why):
            why
        case .step(let name, _), .undone(let name, _): name
        case .entered(let limit): "time limit \(limit.shortText)"
        case .attached(let person), .detached(let person), .reset(let person), .keyAdded(let person),
            .keyRemoved(let person):
            person.description
        case .exec(let person, let program): "\(person): \(program)"
        case .copied(let person, let what), .checked(let person, let what), .regraded(let person, let what):
            "\(person): \(what)"
        case .forwarded(let person, let port): "\(person): port \(port)"
        case .hinted(let person, let task, let number): "\(person): hint \(number) of \(task)"
        case .warned(let remaining): "\(remaining.shortText) left"
        case .extended(let step): "by \(step.shortText)"
        case .credited(let time, let cause): "\(time.shortText) given back: \(cause.text)"
        case .finishing(let reason), .ended(let reason): reason.rawValue
        }
    }

    /// How long what it tells of took or lasts, in milliseconds, where that is part of it.
    package var milliseconds: Int64? {
        switch self {
        case .step(_, let took), .undone(_, let took): took.milliseconds
        case .entered(let time), .warned(let time), .extended(let time), .credited(let time, _): time.milliseconds
        case .requested, .queued, .admitted, .denied, .ready, .attached, .detached, .exec, .copied, .forwarded,
            .keyAdded, .keyRemoved,
            .checked, .hinted, .atRest, .regraded, .overridden, .paused, .resumed, .reset, .coldBoot,
            .failed, .finishing, .graded, .collected, .diskKept, .sealed, .unrecorded, .removed, .ended,
            .tornDown:
            nil
        }
    }
}

/// One stored line of a session's timeline.
package struct TimelineEntry: Sendable, Equatable {
    /// Position among all lines of the store; grows, never reused.
    package let sequence: Int64
    /// The session it belongs to.
    package let session: SessionID
    /// When, on the wall clock.
    package let at: Timestamp
    /// When, in service time.
    package let serviceTime: ServiceInstant
    /// The line's kind; see ``TimelineRecord/kind``.
    package let kind: String
    /// What it says beyond its kind.
    package let text: String
    /// How long what it tells of took or lasts.
    package let milliseconds: Int64?

    /// The same without what was found, for people who may not know.
    package var withoutVerdicts: TimelineEntry {
        guard ["checked", "graded", "regraded"].contains(kind) else { return self }
        return TimelineEntry(
            sequence: sequence,
            session: session,
            at: at,
            serviceTime: serviceTime,
            kind: kind,
            text: "",
            milliseconds: milliseconds,
        )
    }

    /// Makes a stored line.
    package init(
        sequence: Int64,
        session: SessionID,
        at: Timestamp,
        serviceTime: ServiceInstant,
        kind: String,
        text: String,
        milliseconds: Int64?,
    ) {
        self.sequence = sequence
        self.session = session
        self.at = at
        self.serviceTime = serviceTime
        self.kind = kind
        self.text = text
        self.milliseconds = milliseconds
    }
}

/// Why time was given back.
package enum CreditCause: String, Sendable, Codable, CaseIterable {
    /// The daemon was not running.
    case daemonDown
    /// The host slept.
    case hostSuspended
    /// The daemon ran but could not work or write its record.
    case stalled

    /// The cause in plain words.
    package var text: String {
        switch self {
        case .daemonDown: "the service was down"
        case .hostSuspended: "the host was suspended"
        case .stalled: "the service could not work"
        }
    }
}

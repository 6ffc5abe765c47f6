/// Where a session stands.
///
/// Each case carries exactly what is valid in it; `docs/lifecycle.md` has the table.
///
/// ```text
/// requested ─▶ preparing ─▶ ready ─▶ running ⇄ paused
///     │            │          │         └────┬───┘
///     │            │          │              ▼
///     │            │          │          finishing
///     └────────────┴──────────┴──────────────┤
///                                            ▼
///                                   ended ─▶ tornDown
/// ```
package enum SessionState: Sendable, Equatable {
    /// Asked for; waits for admission, or in the queue for capacity. Nothing was made.
    case requested(queued: Bool)
    /// The machines are being made and booted.
    case preparing
    /// A prompt answers and nobody has entered. The deadline has not started.
    case ready(enterBy: ServiceInstant)
    /// Someone works; the deadline runs.
    case running(RunningTime)
    /// The machines stand still and so does the deadline.
    case paused(PausedTime)
    /// Input is closed; what outlives the session is being collected.
    case finishing(EndReason)
    /// Over; what was made is being removed.
    case ended(EndReason)
    /// Nothing is left but the record.
    case tornDown(EndReason)

    /// The state without what it carries.
    package var kind: Kind {
        switch self {
        case .requested: .requested
        case .preparing: .preparing
        case .ready: .ready
        case .running: .running
        case .paused: .paused
        case .finishing: .finishing
        case .ended: .ended
        case .tornDown: .tornDown
        }
    }

    /// Why the session is over, once it is.
    package var endReason: EndReason? {
        switch self {
        case .requested, .preparing, .ready, .running, .paused: nil
        case .finishing(let reason), .ended(let reason), .tornDown(let reason): reason
        }
    }

    /// A state's name, as stored and shown.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case requested, preparing, ready, running, paused, finishing, ended, tornDown

        /// Whether machines of the session may exist on the host.
        package var mayHoldMachines: Bool {
            switch self {
            case .requested, .tornDown: false
            case .preparing, .ready, .running, .paused, .finishing, .ended: true
            }
        }
    }
}

/// The time of a running session.
package struct RunningTime: Sendable, Equatable, Codable {
    /// When the time is over.
    package var deadline: ServiceInstant
    /// When the time is over for want of input; `nil` when the policy asks for no such limit.
    package var idleBy: ServiceInstant?
    /// What extensions have added so far.
    package var extended: Duration
    /// The remaining times that were already warned of.
    package var warned: [Duration]
    /// Whether its machines are being replaced by fresh ones.
    package var isResetting: Bool

    /// Makes the time of a running session.
    package init(
        deadline: ServiceInstant,
        idleBy: ServiceInstant? = nil,
        extended: Duration = .zero,
        warned: [Duration] = [],
        isResetting: Bool = false,
    ) {
        self.deadline = deadline
        self.idleBy = idleBy
        self.extended = extended
        self.warned = warned
        self.isResetting = isResetting
    }
}

/// The time of a paused session.
package struct PausedTime: Sendable, Equatable, Codable {
    /// What was left when the session was paused.
    package var remaining: Duration
    /// What extensions have added so far.
    package var extended: Duration
    /// The remaining times that were already warned of.
    package var warned: [Duration]
    /// When the paused machines are given up.
    package var keepUntil: ServiceInstant
    /// When the time is over although the session is paused; `nil` when it stands still, as policies usually say.
    package var deadline: ServiceInstant?

    /// Makes the time of a paused session.
    package init(
        remaining: Duration,
        extended: Duration,
        warned: [Duration],
        keepUntil: ServiceInstant,
        deadline: ServiceInstant? = nil,
    ) {
        self.remaining = remaining
        self.extended = extended
        self.warned = warned
        self.keepUntil = keepUntil
        self.deadline = deadline
    }
}

/// Why a session ended.
///
/// Failure is a reason, not another road: all of them meet in one teardown.
package enum EndReason: String, Sendable, Codable, CaseIterable {
    /// Admission said no.
    case denied
    /// The machines could not be made or no prompt answered in time.
    case startFailed
    /// Nobody entered within `time.enter`.
    case neverEntered
    /// The time was over.
    case expired
    /// Nobody typed for `time.idle`.
    case idle
    /// The person said they were done.
    case submitted
    /// Someone with the right to ended it.
    case stopped
    /// The guest switched itself off.
    case guestPoweredOff
    /// The guest's emulator or kernel died.
    case guestCrashed
    /// Sandglass or its host failed the session.
    case fault

    /// Whether what was done is checked once more when the session ends like this: its machines are there, and nobody has
    /// thrown it away.
    package var isGraded: Bool {
        switch self {
        case .expired, .idle, .submitted: true
        case .denied, .startFailed, .neverEntered, .stopped, .guestPoweredOff, .guestCrashed, .fault: false
        }
    }

    /// Whether someone has worked in the session before it ended.
    package var followsWork: Bool {
        switch self {
        case .denied, .startFailed, .neverEntered: false
        case .expired, .idle, .submitted, .stopped, .guestPoweredOff, .guestCrashed, .fault: true
        }
    }
}

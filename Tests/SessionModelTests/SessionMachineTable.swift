import SessionModel

/// Every state a session can be in, with one example of what it carries.
enum ExampleState: String, CaseIterable, Sendable {
    case requested, queued, preparing, ready, running, resetting, paused, finishing, ended, tornDown

    static let now = ServiceInstant(milliseconds: 1_000_000)

    static let time = Policy.TimeLimits(
        limit: .seconds(600),
        enter: .seconds(60),
        extendStep: .seconds(100),
        extendMax: .seconds(250),
        idle: .seconds(120),
        warn: [.seconds(300), .seconds(60)],
    )

    var state: SessionState {
        let now = Self.now
        return switch self {
        case .requested: .requested(queued: false)
        case .queued: .requested(queued: true)
        case .preparing: .preparing
        case .ready: .ready(enterBy: now.advanced(by: .seconds(60)))
        case .running:
            .running(
                RunningTime(deadline: now.advanced(by: .seconds(600)), idleBy: now.advanced(by: .seconds(120)))
            )
        case .resetting:
            .running(
                RunningTime(
                    deadline: now.advanced(by: .seconds(600)),
                    idleBy: now.advanced(by: .seconds(120)),
                    isResetting: true,
                )
            )
        case .paused:
            .paused(
                PausedTime(
                    remaining: .seconds(400),
                    extended: .zero,
                    warned: [],
                    keepUntil: now.advanced(by: SessionMachine.pausedRetention),
                )
            )
        case .finishing: .finishing(.expired)
        case .ended: .ended(.expired)
        case .tornDown: .tornDown(.expired)
        }
    }

    var machine: SessionMachine { SessionMachine(state: state, time: Self.time) }
}

/// Every call there is.
enum Call: String, CaseIterable, Sendable {
    case admit, enqueue, deny, guestAnswered, preparationFailed, enter, extend, extendTooFar, reset, pause, resume,
        submit, stop
    case guestPoweredOff, guestCrashed, guestVanished, tick, tickLate, finished, tornDown

    func apply(to machine: inout SessionMachine) throws(TransitionDenied) -> Transition {
        let now = ExampleState.now
        return switch self {
        case .admit: try machine.admit()
        case .enqueue: try machine.enqueue(because: "why")
        case .deny: try machine.deny(because: "why")
        case .guestAnswered: try machine.guestAnswered(at: now)
        case .preparationFailed: try machine.preparationFailed(because: "why")
        case .enter: try machine.enter(at: now)
        case .extend: try machine.extend(by: nil, at: now)
        case .extendTooFar: try machine.extend(by: .seconds(251), at: now)
        case .reset: try machine.reset(by: PersonID("uid:1"))
        case .pause: try machine.pause(at: now)
        case .resume: try machine.resume(at: now)
        case .submit: try machine.submit()
        case .stop: machine.stop()
        case .guestPoweredOff: machine.guestExited(.poweredOff)
        case .guestCrashed: machine.guestExited(.crashed)
        case .guestVanished: machine.guestExited(.vanished)
        case .tick: machine.tick(at: now)
        case .tickLate: machine.tick(at: now.advanced(by: .seconds(1_000_000)))
        case .finished: try machine.finished()
        case .tornDown: try machine.tornDown()
        }
    }
}

/// What a call does in a state: the row and column of `docs/lifecycle.md`.
enum Verdict: Sendable, Equatable, CustomStringConvertible {
    /// The state changes to this kind, and this work follows.
    case to(SessionState.Kind, [String])
    /// Nothing changes and nothing follows.
    case nothing
    /// It is refused and nothing changes.
    case denied

    var description: String {
        switch self {
        case .to(let kind, let effects): effects.isEmpty ? "\(kind)" : "\(kind) + \(effects.joined(separator: ", "))"
        case .nothing: "–"
        case .denied: "✗"
        }
    }
}

/// The whole table, state by state in the order of ``Call/allCases``.
enum LifecycleTable {
    // Order: admit, enqueue, deny, guestAnswered, preparationFailed, enter, extend, extendTooFar, reset, pause, resume,
    // submit, stop, guestPoweredOff, guestCrashed, guestVanished, tick, tickLate, finished, tornDown
    private static func row(_ text: String) -> [Verdict] {
        text.split(separator: ",").map { cell in
            switch cell.trimmingPrefix(" ") {
            case "✗": .denied
            case "–": .nothing
            case "over": .to(.finishing, ["finish"])
            case "end": .to(.ended, ["tearDown"])
            case let other: moves[String(other)] ?? .to(.requested, ["there is no such cell: \(other)"])
            }
        }
    }

    private static let moves: [String: Verdict] = [
        "prepare": .to(.preparing, ["prepare"]), "queue": .to(.requested, []), "ready": .to(.ready, []),
        "run": .to(.running, []), "tell": .to(.running, ["tell"]), "stay": .to(.paused, []),
        "reset": .to(.running, ["tell", "replace"]), "sleep": .to(.paused, ["tell", "hibernate"]),
        "wake": .to(.running, ["wake", "tell"]), "gone": .to(.tornDown, []),
    ]

    static let rows: [ExampleState: [Verdict]] = [
        .requested: row("prepare, queue, end, ✗, ✗, ✗, ✗, ✗, ✗, ✗, ✗, ✗, end, end, end, end, –, –, ✗, ✗"),
        .queued: row("prepare, –, end, ✗, ✗, ✗, ✗, ✗, ✗, ✗, ✗, ✗, end, end, end, end, –, –, ✗, ✗"),
        .preparing: row("–, ✗, ✗, ready, end, ✗, ✗, ✗, ✗, ✗, ✗, ✗, end, end, end, end, –, –, ✗, ✗"),
        .ready: row("✗, ✗, ✗, –, ✗, run, ✗, ✗, ✗, ✗, ✗, ✗, end, end, end, end, –, end, ✗, ✗"),
        .running: row("✗, ✗, ✗, –, ✗, –, tell, ✗, reset, sleep, –, over, over, over, over, over, –, over, ✗, ✗"),
        .resetting: row("✗, ✗, ✗, run, over, –, tell, ✗, –, ✗, –, over, over, –, –, –, –, over, ✗, ✗"),
        .paused: row("✗, ✗, ✗, –, ✗, ✗, stay, ✗, ✗, –, wake, over, over, over, over, over, –, over, ✗, ✗"),
        .finishing: row("✗, ✗, ✗, ✗, –, ✗, ✗, ✗, ✗, ✗, ✗, –, –, –, –, –, –, –, end, ✗"),
        .ended: row("✗, ✗, ✗, ✗, –, ✗, ✗, ✗, ✗, ✗, ✗, –, –, –, –, –, –, –, –, gone"),
        .tornDown: row("✗, ✗, ✗, ✗, –, ✗, ✗, ✗, ✗, ✗, ✗, –, –, –, –, –, –, –, –, –"),
    ]

    static func verdict(_ state: ExampleState, _ call: Call) -> Verdict? {
        guard let row = rows[state], let column = Call.allCases.firstIndex(of: call) else { return nil }
        return row.indices.contains(column) ? row[column] : nil
    }
}

extension SessionEffect {
    /// The effect's name.
    var name: String {
        switch self {
        case .prepare: "prepare"
        case .hibernate: "hibernate"
        case .replace: "replace"
        case .wake: "wake"
        case .tell: "tell"
        case .finish: "finish"
        case .tearDown: "tearDown"
        }
    }
}

import SessionModel

/// What can be put into a session's mailbox.
enum SessionMessage: Sendable {
    /// Someone wants something and waits for the answer.
    case command(SessionCommand, CheckedContinuation<Session, any Error>)
    /// Look whether something has become due.
    case tick
    /// Ask the admission desk (again).
    case seekAdmission
    /// The machines were made, or not.
    case prepared(Result<Void, any Error>)
    /// The final work is done.
    case finished
    /// Everything that was made is gone.
    case undone
    /// A machine went away.
    case machineGone(MachineExit)
    /// Time was given back to everyone.
    case credited(Credit)
    /// The person typed something.
    case inputSeen
}

/// What someone may want of a session.
enum SessionCommand: Sendable, Equatable {
    case enter
    case extend(Duration?)
    case pause
    case resume
    case submit
    case stop
}

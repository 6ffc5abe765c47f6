import SessionModel

/// What can be put into a session's mailbox.
enum SessionMessage: Sendable {
    /// Someone wants something and waits for the answer.
    case command(SessionCommand, CheckedContinuation<Session, any Error>)
    /// Copy the disk of one of its machines for another machine; answered with why it was not at rest, if it was not.
    case copyDisk(of: MachineID, for: MachineID, CheckedContinuation<String?, any Error>)
    /// Look whether something has become due.
    case tick
    /// Ask the admission desk (again).
    case seekAdmission
    /// The machines were made, or not; with those that they have replaced.
    case prepared(Result<[Machine], any Error>)
    /// A piece of work on the machines is over.
    case workEnded
    /// The final work is done.
    case finished
    /// Everything that was made is gone.
    case undone
    /// The machines sleep, or could not be saved.
    case asleep(Result<Void, any Error>)
    /// The machines go on, with those that were not brought up to date; or could not be woken.
    case awake(Result<[MachineID], any Error>)
    /// The machines are not asleep, or not awake, as the state wants it.
    case compare
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
    case reset(PersonID)
    case submit
    case stop
}

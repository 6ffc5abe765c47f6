import Logging
import SessionModel
import Synchronization

/// The only writer of one session: one task that drains a mailbox.
///
/// ```text
///  command, tick, exit, result ─▶ mailbox ─▶ decide ─▶ commit ─▶ effects ─┐
///                                   ▲                                     │ results
///                                   └─────────────────────────────────────┘
/// ```
final class SessionRunner: Sendable {
    let id: SessionID
    /// The machines of the session.
    let machines: [MachineID]
    private let isInputOpen = Atomic(true)
    private let mailbox: AsyncStream<SessionMessage>
    private let sender: AsyncStream<SessionMessage>.Continuation

    init(_ session: Session) {
        id = session.id
        machines = session.machines.map(\.id)
        // Unbounded, because every sender either waits for the answer or is rare by nature.
        (mailbox, sender) = AsyncStream.makeStream()
    }

    /// Whether the session's machines may still be given input.
    var takesInput: Bool { isInputOpen.load(ordering: .relaxed) }

    /// Puts something into the mailbox.
    ///
    /// A command to a session that is no longer served is answered with an error.
    func send(_ message: SessionMessage) {
        if case .terminated = sender.yield(message) { refuse(message) }
    }

    /// Asks for something and waits until it is stored.
    func perform(_ command: SessionCommand) async throws -> Session {
        try await withCheckedThrowingContinuation { send(.command(command, $0)) }
    }

    /// Copies the disk of one of its machines, when nothing else is being done to its machines.
    ///
    /// - Returns: Why the disk was not at rest; `nil` when it was.
    func copyDisk(of machine: MachineID, for other: MachineID) async throws -> String? {
        try await withCheckedThrowingContinuation { send(.copyDisk(of: machine, for: other, $0)) }
    }

    /// Serves the session until it is torn down, or until the task is cancelled: then its guests are left running.
    func run(_ session: Session, surroundings: SessionRun.Surroundings) async {
        let run = SessionRun(session, surroundings) { [weak self] in self?.send($0) }
        isInputOpen.store(run.takesInput, ordering: .relaxed)
        await withDiscardingTaskGroup { group in
            for job in run.begin() { group.addTask { await job() } }
            for await message in mailbox {
                let jobs = await run.handle(message)
                isInputOpen.store(run.takesInput, ordering: .relaxed)
                for job in jobs { group.addTask { await job() } }
                if run.isOver { break }
            }
            group.cancelAll()
        }
        await close()
    }

    /// Refuses whatever is in the mailbox and all that comes later.
    func close() async {
        sender.finish()
        for await message in mailbox { refuse(message) }
    }

    private func refuse(_ message: SessionMessage) {
        let failure = Failure(.wrongState, "session \(id) is no longer served")
        switch message {
        case .command(_, let waiting): waiting.resume(throwing: failure)
        case .copyDisk(_, _, let waiting): waiting.resume(throwing: failure)
        default: return
        }
    }
}

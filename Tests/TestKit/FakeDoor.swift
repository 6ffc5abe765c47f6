package import SessionModel

/// Guests that answer when a test lets them.
package actor FakeDoor: GuestDoor {
    private var isSilent = false
    private var failure: Failure?
    private var waiting: [MachineID: CheckedContinuation<Void, any Error>] = [:]
    /// What was said, by session.
    package private(set) var notices: [SessionID: [Notice]] = [:]
    /// Sessions whose input is closed.
    package private(set) var closed: Set<SessionID> = []
    /// Machines that someone talks to.
    package private(set) var known: Set<MachineID> = []

    /// Between which machines terminals were moved, in order.
    package private(set) var moves: [(old: MachineID, new: MachineID)] = []

    /// Makes guests that answer at once.
    package init() {}

    /// From now on guests do not answer until ``answer()``.
    package func keepSilent() { isSilent = true }

    /// From now on the next wait fails.
    package func failNext(with failure: Failure) { self.failure = failure }

    /// Lets everyone answer who is waited for, and all later ones.
    package func answer() {
        isSilent = false
        for one in waiting.values { one.resume() }
        waiting = [:]
    }

    /// How many waits are under way.
    package var waits: Int { waiting.count }

    package func waitUntilAnswering(_ machine: Machine, within limit: Duration) async throws {
        known.insert(machine.id)
        if let failure {
            self.failure = nil
            throw failure
        }
        guard isSilent else { return }
        try await withTaskCancellationHandler {
            try Task.checkCancellation()
            try await withCheckedThrowingContinuation { waiting[machine.id] = $0 }
        } onCancel: {
            Task { await self.cancel(machine.id) }
        }
    }

    package func adopt(_ machine: Machine) { known.insert(machine.id) }
    package func tell(_ session: SessionID, _ notice: Notice) { notices[session, default: []].append(notice) }
    package func closeInput(of session: SessionID) { closed.insert(session) }
    package func moveTerminals(from old: MachineID, to new: Machine) {
        moves.append((old, new.id))
        known.remove(old)
        known.insert(new.id)
    }
    package func forget(_ id: MachineID) { known.remove(id) }

    private func cancel(_ id: MachineID) { waiting.removeValue(forKey: id)?.resume(throwing: CancellationError()) }
}

import SessionModel
import Synchronization

/// Who serves which session, and which machines are held without one.
///
/// Runners are started by the engine's service; here they are found.
final class SessionDirectory: Sendable {
    private struct State {
        var runners: [SessionID: SessionRunner] = [:]
        var owners: [MachineID: SessionRunner] = [:]
        var held: Set<MachineID> = []
        var watchers: [MachineID: AsyncStream<MachineExit>.Continuation] = [:]
    }

    private let state = Mutex(State())

    /// Everyone who serves a session.
    var all: [SessionRunner] { state.withLock { Array($0.runners.values) } }

    func add(_ runner: SessionRunner) {
        state.withLock { state in
            state.runners[runner.id] = runner
            for machine in runner.machines { state.owners[machine] = runner }
        }
    }

    func remove(_ runner: SessionRunner) {
        state.withLock { state in
            state.runners[runner.id] = nil
            state.owners = state.owners.filter { $0.value !== runner }
        }
    }

    /// A session has another machine than before.
    func own(_ machine: MachineID, by session: SessionID, inPlaceOf old: MachineID) {
        state.withLock { state in
            state.owners[old] = nil
            state.owners[machine] = state.runners[session]
        }
    }

    func runner(_ id: SessionID) -> SessionRunner? { state.withLock { $0.runners[id] } }

    /// Who serves the session that owns the machine.
    func runner(of machine: MachineID) -> SessionRunner? { state.withLock { $0.owners[machine] } }

    /// Machines that someone in this process holds for a short while without a session; they are not leftovers.
    var held: Set<MachineID> { state.withLock { $0.held } }
    func hold(_ machine: MachineID) { state.withLock { _ = $0.held.insert(machine) } }
    func letGo(_ machine: MachineID) { state.withLock { _ = $0.held.remove(machine) } }

    /// How a machine goes away by itself from now on; one reader at a time.
    func exits(of machine: MachineID) -> AsyncStream<MachineExit> {
        let (exits, watcher) = AsyncStream.makeStream(of: MachineExit.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.watchers[machine] = watcher }
        return exits
    }

    /// Nobody reads any more how a machine goes away.
    func stopWatching(_ machine: MachineID) {
        state.withLock { $0.watchers.removeValue(forKey: machine) }?.finish()
    }

    /// A machine that is held has gone away by itself.
    func gone(_ machine: MachineID, _ exit: MachineExit) {
        _ = state.withLock { $0.watchers[machine] }?.yield(exit)
    }
}

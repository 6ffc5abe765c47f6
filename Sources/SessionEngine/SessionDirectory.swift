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
}

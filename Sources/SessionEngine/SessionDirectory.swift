import SessionModel
import Synchronization

/// Who serves which session.
///
/// Runners are started by the engine's service; here they are found.
final class SessionDirectory: Sendable {
    private let runners = Mutex<[SessionID: SessionRunner]>([:])

    func add(_ runner: SessionRunner) { runners.withLock { $0[runner.id] = runner } }
    func remove(_ id: SessionID) { _ = runners.withLock { $0.removeValue(forKey: id) } }
    func runner(_ id: SessionID) -> SessionRunner? { runners.withLock { $0[id] } }
    /// Machines that someone in this process holds for a short while without a session; they are not leftovers.
    private let heldMachines = Mutex<Set<MachineID>>([])

    var held: Set<MachineID> { heldMachines.withLock { $0 } }
    func hold(_ machine: MachineID) { heldMachines.withLock { _ = $0.insert(machine) } }
    func letGo(_ machine: MachineID) { heldMachines.withLock { _ = $0.remove(machine) } }

    var all: [SessionRunner] { runners.withLock { Array($0.values) } }
}

import Logging
import SessionModel

/// Brings the host in line with the record: compares, by the table ``Reconciliation``, what every machine should do
/// with what it does.
///
/// It takes no input and may run at any time.
struct Reconciler: Sendable {
    let ports: EnginePorts
    let directory: SessionDirectory
    let saga: MachineSaga
    let logger: Logger

    /// Looks once at everything.
    func reconcile() async throws {
        // First the host, then the record: what is made in between is in the record (or held) before it is on the host.
        let observed = try await ports.hypervisor.observe()
        let disks = try await ports.disks.observeDisks()
        let (sessions, unreadable) = try await ports.store.openSessions()
        let spares = try await ports.store.spares()
        for session in unreadable {
            logger.error(
                "Session cannot be read and is left alone",
                metadata: ["session.id": "\(session.id)", "why": "\(session.why)"],
            )
        }

        let found = Dictionary(observed.map { ($0.id, $0) }) { first, _ in first }
        var owned = directory.held
        for session in sessions {
            let intended = Reconciliation.intended(by: session.lifecycle.state.kind)
            for machine in session.machines {
                owned.insert(machine.id)
                let action = Reconciliation.action(intended, .init(found[machine.id]))
                await perform(action, on: machine.id, session: session.id)
            }
        }
        for spare in spares {
            owned.insert(spare.id)
            let action = Reconciliation.action(.spare, .init(found[spare.id]))
            if action == .destroy {
                try await removeSpare(spare)
            } else {
                await perform(action, on: spare.id, session: nil)
            }
        }
        let closed = Set(unreadable.map(\.id))
        for machine in observed where !owned.contains(machine.id) {
            let intended: Reconciliation.Intended =
                machine.session.map { closed.contains($0.description) } == true ? .unreadable : .unowned
            await perform(Reconciliation.action(intended, .init(machine)), on: machine.id, session: machine.session)
        }
        // A folder does not say whose it is in a way that could be trusted: while a session cannot be read, all stay.
        guard unreadable.isEmpty else { return }
        for disk in disks where !owned.contains(disk) {
            logger.notice("Removing a leftover disk", metadata: ["vm.id": "\(disk)"])
            try await ports.hypervisor.destroy(disk)
            try await ports.disks.removeDisk(of: disk)
        }
    }

    private func removeSpare(_ spare: Machine) async throws {
        try await saga.undo(spare, keepingDisk: false)
        try await ports.store.removeSpare(spare.id)
    }

    private func perform(_ action: Reconciliation.Action, on id: MachineID, session: SessionID?) async {
        do {
            switch action {
            case .nothing: return
            case .resume: try await ports.hypervisor.resume(id)
            case .suspend: try await ports.hypervisor.suspend(id)
            case .report(let exit): session.flatMap(directory.runner)?.send(.machineGone(id, exit))
            case .destroy: try await ports.hypervisor.destroy(id)
            }
            logger.notice("Reconciled", metadata: ["vm.id": "\(id)", "action": "\(action)"])
        } catch {
            logger.error(
                "A machine could not be reconciled",
                metadata: ["vm.id": "\(id)", "action": "\(action)", "error": "\(error)"],
            )
        }
    }
}

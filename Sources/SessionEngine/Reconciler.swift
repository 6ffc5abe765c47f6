import Logging
import SessionModel

/// Brings the host in line with the record: compares, by the table ``Reconciliation``, what every machine should do
/// with what it does.
///
/// It takes no input and may run at any time. What cannot be done for one machine is logged and tried again the next
/// time; it holds up no other.
struct Reconciler: Sendable {
    let ports: EnginePorts
    let directory: SessionDirectory
    let saga: MachineSaga
    /// Whether anybody wants spares; those of an earlier daemon are leftovers where nobody does.
    let keepsSpares: Bool
    let logger: Logger

    /// Looks once at everything.
    func reconcile() async throws {
        // First the host, then the record: what is made in between is in the record (or held) before it is on the host.
        let observed = try await ports.hypervisor.observe()
        let disks = try await ports.disks.observeDisks()
        // First those that nobody owns: one that is claimed in between is in both, and then its session's.
        let unowned = try await ports.store.unowned()
        let (sessions, unreadable) = try await ports.store.openSessions()
        let members = Set(sessions.lazy.flatMap(\.machines).map(\.id))
        let spares = unowned.filter { !members.contains($0.id) }
        // Who makes a spare holds it before it is in the record, and lets it go when its steps are done or undone.
        let held = directory.held
        for session in unreadable {
            logger.error(
                "Session cannot be read and is left alone",
                metadata: ["session.id": "\(session.id)", "why": "\(session.why)"],
            )
        }

        var wishes = sessions.flatMap { session in
            let intended = Reconciliation.intended(by: session.lifecycle.state)
            return session.machines.map { Wish(machine: $0, intended: intended) }
        }
        for spare in spares { wishes.append(await wish(spare, isHeld: held.contains(spare.id))) }
        let saved = Set(disks.lazy.filter(\.isSaved).map(\.id))
        try await fulfil(wishes, observed, saved)

        let owned = held.union(wishes.map(\.machine.id))
        let closed = Set(unreadable.map(\.id))
        for machine in observed where !owned.contains(machine.id) {
            let intended: Reconciliation.Intended =
                machine.session.map { closed.contains($0.description) } == true ? .unreadable : .unowned
            let action = Reconciliation.action(intended, .init(machine))
            await attempt(action, machine.id) { try await perform(action, on: machine.id) }
        }
        // A folder does not say whose it is in a way that could be trusted: while a session cannot be read, all stay.
        guard unreadable.isEmpty else { return }
        for disk in disks.map(\.id) where !owned.contains(disk) {
            await attempt(.destroy, disk) {
                try await ports.hypervisor.destroy(disk)
                try await ports.disks.removeDisk(of: disk)
            }
        }
    }

    // MARK: Private

    /// A machine of the record and what it wants of it.
    private struct Wish {
        let machine: Machine
        let intended: Reconciliation.Intended

        func action(_ observed: [MachineID: ObservedMachine], _ saved: Set<MachineID>) -> Reconciliation.Action {
            Reconciliation.action(intended, .init(observed[machine.id], isSaved: saved.contains(machine.id)))
        }
    }

    private func wish(_ spare: Machine, isHeld: Bool) async -> Wish {
        guard spare.role != .spare || keepsSpares else { return Wish(machine: spare, intended: .abandoned) }
        do {
            let steps = try await ports.store.steps(of: spare.id)
            return Wish(
                machine: spare,
                intended: Reconciliation.intended(byUnowned: spare.role, steps, isHeld: isHeld),
            )
        } catch {
            logger.error(
                "A spare's steps cannot be read; it is left alone",
                metadata: ["vm.id": "\(spare.id)", "error": "\(error)"],
            )
            return Wish(machine: spare, intended: .unreadable)
        }
    }

    /// Does what the record wants, and what cannot be taken back only if a second look, younger than the record, agrees.
    private func fulfil(
        _ wishes: [Wish],
        _ observed: [ObservedMachine],
        _ saved: Set<MachineID>,
    ) async throws {
        let found = observed.byID
        var doubtful: [Wish] = []
        for wish in wishes {
            let action = wish.action(found, saved)
            if action.isFinal {
                doubtful.append(wish)
            } else {
                await fulfil(wish, action)
            }
        }
        guard !doubtful.isEmpty else { return }
        let foundAgain = try await ports.hypervisor.observe().byID
        let unowned = Set(try await ports.store.unowned().map(\.id))
        let savedNow = Set(try await ports.disks.observeDisks().lazy.filter(\.isSaved).map(\.id))
        // A spare that was claimed since is its session's.
        for wish in doubtful where wish.machine.session != nil || unowned.contains(wish.machine.id) {
            let action = wish.action(foundAgain, savedNow)
            if action.isFinal { await fulfil(wish, action) }
        }
    }

    private func fulfil(_ wish: Wish, _ action: Reconciliation.Action) async {
        await attempt(action, wish.machine.id) {
            if action == .destroy, wish.machine.session == nil {
                try await saga.undo(wish.machine, keepingDisk: false)
                try await ports.store.removeUnowned(wish.machine.id)
            } else {
                try await perform(action, on: wish.machine.id)
            }
        }
    }

    private func perform(_ action: Reconciliation.Action, on id: MachineID) async throws {
        switch action {
        case .nothing: return
        case .suspend: try await ports.hypervisor.suspend(id)
        // The session's own writer does it, unless it is at it.
        case .resume, .save, .restore: directory.runner(of: id)?.send(.compare)
        case .report(let exit): directory.runner(of: id)?.send(.machineGone(exit))
        case .destroy: try await ports.hypervisor.destroy(id)
        }
    }

    private func attempt(_ action: Reconciliation.Action, _ id: MachineID, _ body: () async throws -> Void) async {
        guard action != .nothing else { return }
        do {
            try await body()
            logger.notice("Reconciled", metadata: ["vm.id": "\(id)", "action": "\(action)"])
        } catch {
            logger.error(
                "A machine could not be reconciled",
                metadata: ["vm.id": "\(id)", "action": "\(action)", "error": "\(error)"],
            )
        }
    }
}

extension Reconciliation.Action {
    /// Whether it cannot be taken back, or not in time.
    fileprivate var isFinal: Bool {
        switch self {
        case .nothing, .save, .restore: false
        // A spare may be claimed meanwhile, and its session would find it standing still.
        case .resume, .suspend, .report, .destroy: true
        }
    }
}

extension [ObservedMachine] {
    fileprivate var byID: [MachineID: ObservedMachine] {
        Dictionary(map { ($0.id, $0) }) { first, _ in first }
    }
}

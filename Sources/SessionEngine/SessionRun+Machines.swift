import Logging
import SessionModel

// Work on a session's machines: one piece after the other, beside the mailbox, into which each reports.

extension SessionRun {
    func prepare() {
        if let refusal {
            return perform({ .prepared($0) }) { throw Failure(.policyRefused, refusal) }
        }
        let (id, around) = (session.id, around)
        perform({ .prepared($0) }) {
            let session = try await around.ports.store.session(id)
            for machine in session.machines { try await around.provider.make(machine, of: session) }
            return []
        }
    }

    func replace() {
        let (id, around) = (session.id, around)
        perform({ .prepared($0) }) {
            let session = try await around.ports.store.session(id)
            for machine in session.machines { try await around.provider.replace(machine, of: session) }
            return session.machines
        }
    }

    func hibernate() {
        let (machines, ports) = (session.machines, around.ports)
        perform({ .asleep($0) }) {
            let saved = Set(try await ports.disks.observeDisks().lazy.filter(\.isSaved).map(\.id))
            // All stand still before the first is saved: that may take a while, or fail.
            for machine in machines where !saved.contains(machine.id) { try await ports.hypervisor.suspend(machine.id) }
            for machine in machines {
                if !saved.contains(machine.id) {
                    do {
                        try await ports.disks.prepareSave(of: machine)
                        try await ports.hypervisor.save(machine.id)
                        try await ports.disks.sealSave(of: machine.id)
                    } catch {
                        // What was written of it takes up space for nothing. The first error says more.
                        try? await ports.disks.removeSave(of: machine.id)
                        throw error
                    }
                }
                await ports.agents.forget(machine.id)
                try await ports.hypervisor.destroy(machine.id)
            }
        }
    }

    func wake() {
        let (machines, ports, logger) = (session.machines, around.ports, logger)
        sleepsInMemory = false
        perform({ .awake($0) }) {
            let saved = Set(try await ports.disks.observeDisks().lazy.filter(\.isSaved).map(\.id))
            for machine in machines {
                if saved.contains(machine.id) {
                    try await ports.hypervisor.restore(machine)
                    // Before it goes on: what was saved would be older than its disk.
                    try await ports.disks.removeSave(of: machine.id)
                }
                try await ports.hypervisor.resume(machine.id)
                do {
                    let identity = MachineIdentity(entropy: .random(MachineIdentity.entropySize))
                    try await ports.agents.identify(identity, in: machine.id, within: .seconds(10))
                } catch {
                    // A guest without an agent keeps the time it went to sleep at.
                    logger.warning(
                        "The clock of a machine that slept was not set",
                        metadata: ["vm.id": "\(machine.id)", "error": "\(error)"],
                    )
                }
            }
        }
    }

    /// Saves or wakes the machines once more where that was cut short.
    func compare() {
        guard underway == 0 else { return }
        switch session.lifecycle.state.kind {
        case .paused where !sleepsInMemory: hibernate()
        case .paused: standStill()
        case .running: wake()
        case .requested, .preparing, .ready, .finishing, .ended, .tornDown: return
        }
    }

    /// Makes sure that machines which could not be saved at least stand still.
    private func standStill() {
        let (machines, ports) = (session.machines, around.ports)
        perform({ .asleep($0) }) {
            let saved = Set(try await ports.disks.observeDisks().lazy.filter(\.isSaved).map(\.id))
            for machine in machines where !saved.contains(machine.id) { try await ports.hypervisor.suspend(machine.id) }
        }
    }

    /// Does a piece of work on the machines when the one before it is over.
    private func perform<Outcome: Sendable>(
        _ report: @escaping @Sendable (Result<Outcome, any Error>) -> SessionMessage,
        _ body: @escaping @Sendable () async throws -> Outcome,
    ) {
        let (before, send) = (work, send)
        underway += 1
        let task = Task {
            await withTaskCancellationHandler {
                await before?.value
            } onCancel: {
                before?.cancel()
            }
            do {
                try Task.checkCancellation()
                let outcome = try await body()
                send(.workEnded)
                send(report(.success(outcome)))
            } catch {
                send(.workEnded)
                // Cancelled: the teardown, or the next start, goes on from here.
                if !Task.isCancelled { send(report(.failure(error))) }
            }
        }
        work = task
        jobs.append {
            await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
        }
    }

    func tearDown() {
        let (session, around, logger, send, work) = (session, around, logger, send, work)
        let keepingDisk = session.policy.keep.disk && session.lifecycle.state.endReason?.followsWork == true
        jobs.append {
            work?.cancel()
            await work?.value
            var pause = Self.retry.first
            while !Task.isCancelled {
                do {
                    // Not those of the state it ended in: they may have been replaced since.
                    for machine in try await around.ports.store.session(session.id).machines.reversed() {
                        await around.ports.agents.forget(machine.id)
                        try await around.saga.undo(machine, keepingDisk: keepingDisk)
                    }
                    await around.desk.release(session.id)
                    return send(.undone)
                } catch {
                    // Cut off: the next start goes on from here.
                    if Task.isCancelled { return }
                    // A teardown is never given up, but it slows down, and every failure is in the log.
                    logger.error("Teardown is incomplete", metadata: ["error": "\(error)", "retry.in": "\(pause)"])
                    // nil: cancelled, taken up at the next start.
                    guard (try? await around.time.sleep(for: pause)) != nil else { return }
                    pause = min(pause * 2, Self.retry.slowest)
                }
            }
        }
    }
}

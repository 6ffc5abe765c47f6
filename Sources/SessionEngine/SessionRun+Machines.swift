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
        perform({ .awake($0) }) { try await Self.wake(machines, ports, logger) }
    }

    /// Lets machines go on that stand still or sleep.
    ///
    /// - Returns: Those that could not be brought up to date.
    private static func wake(
        _ machines: [Machine],
        _ ports: EnginePorts,
        _ logger: Logger,
    ) async throws -> [MachineID] {
        var late: [MachineID] = []
        let saved = Set(try await ports.disks.observeDisks().lazy.filter(\.isSaved).map(\.id))
        for machine in machines {
            if saved.contains(machine.id) {
                try await ports.hypervisor.restore(machine)
                // Before it goes on: what was saved would be older than its disk.
                try await ports.disks.removeSave(of: machine.id)
            }
            try await ports.hypervisor.resume(machine.id)
            do {
                try await refresh(machine.id, ports)
            } catch {
                logger.info(
                    "The clock of a machine that slept is not set yet",
                    metadata: ["vm.id": "\(machine.id)", "error": "\(error)"],
                )
                late.append(machine.id)
            }
        }
        return late
    }

    /// Goes on trying for machines that are awake and were not brought up to date, until the next work on them begins.
    func refreshLater(_ machines: [MachineID]) {
        guard !machines.isEmpty, underway == 0, session.lifecycle.state.kind == .running else { return }
        let (around, logger) = (around, logger)
        for machine in machines {
            let task = Task { await SessionRun.keepRefreshing(machine, around, logger) }
            refreshing.append(task)
            jobs.append {
                await withTaskCancellationHandler {
                    await task.value
                } onCancel: {
                    task.cancel()
                }
            }
        }
    }

    private func stopRefreshing() {
        for task in refreshing { task.cancel() }
        refreshing = []
    }

    private static func keepRefreshing(_ machine: MachineID, _ around: Surroundings, _ logger: Logger) async {
        var last: (any Error)?
        for pause in refreshPauses {
            // nil: cancelled, and the next to wake the machine does it.
            guard (try? await around.time.sleep(for: pause)) != nil else { return }
            do {
                return try await refresh(machine, around.ports)
            } catch {
                if Task.isCancelled { return }
                last = error
            }
        }
        // A guest without an agent keeps the time it went to sleep at.
        logger.warning(
            "The clock of a machine that slept was not set",
            metadata: ["vm.id": "\(machine)", "error": "\(last, default: "none")"],
        )
    }

    /// How long to wait before each further attempt to bring a machine up to date.
    private static let refreshPauses: [Duration] = [.seconds(5), .seconds(10), .seconds(20), .seconds(40)]

    /// Gives a machine that has slept the time and new randomness.
    private static func refresh(_ machine: MachineID, _ ports: EnginePorts) async throws {
        let identity = MachineIdentity(entropy: .random(MachineIdentity.entropySize))
        try await ports.agents.identify(identity, in: machine, within: .seconds(10))
    }

    /// Saves or wakes the machines once more where that was cut short.
    func compare() {
        guard underway == 0 else { return }
        switch session.lifecycle.state.kind {
        case .paused where !sleepsInMemory: hibernate()
        case .paused: standStill()
        case .ready, .running: wake()
        case .requested, .preparing, .finishing, .ended, .tornDown: return
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

    /// Ends a session whose machines nobody may use any more: grades what was done in them.
    func finish(because reason: EndReason) {
        let (session, around, logger, send) = (session, around, logger, send)
        let lab = session.definition
        let isGraded = reason.isGraded && lab.map { !$0.tasks.isEmpty || !$0.collect.isEmpty } == true
        let awake = isGraded ? wakeToBeGraded() : nil
        jobs.append {
            await around.ports.door.closeInput(of: session.id)
            await around.ports.door.tell(session.id, .ended(reason))
            await awake?.value
            var pause = Self.retry.first
            while isGraded {
                do {
                    try await around.checks.gradeFinally(session, around.ports.store)
                    break
                } catch {
                    // The daemon is stopping; the next one takes it up here.
                    if Task.isCancelled { return }
                    logger.error(
                        "What was graded cannot be recorded",
                        metadata: ["error": "\(error)", "retry.in": "\(pause)"],
                    )
                    guard (try? await around.time.sleep(for: pause)) != nil else { return }  // nil: likewise
                    pause = min(pause * 2, Self.retry.slowest)
                }
            }
            if session.policy.keep.disk { await Self.bringToRest(session, around, logger) }
            send(.finished)
        }
    }

    /// Has guests write what is pending, so that the disks to be kept are complete; they are ended before they go on.
    private static func bringToRest(_ session: Session, _ around: Surroundings, _ logger: Logger) async {
        for machine in session.machines {
            do {
                try await around.ports.agents.freeze(machine.id, atMost: .seconds(60))
                try await around.ports.store.append([.atRest(machine.name)], to: session.id, at: around.time.now())
            } catch {
                // Without that line nobody takes it for complete.
                logger.info(
                    "A disk is kept that may lack what was written last",
                    metadata: ["vm.id": "\(machine.id)", "error": "\(error)"],
                )
            }
        }
    }

    /// Lets machines go on that slept when the session's time ran out.
    private func wakeToBeGraded() -> Task<Void, Never> {
        let (machines, ports, logger) = (session.machines, around.ports, logger)
        return enqueue {
            do {
                let running = try await ports.hypervisor.observe().filter { $0.activity == .running }.map(\.id)
                guard machines.contains(where: { !running.contains($0.id) }) else { return nil }
                _ = try await Self.wake(machines, ports, logger)
            } catch {
                // Then they cannot be checked, and are said to be that.
                logger.warning("The machines cannot be woken to be graded", metadata: ["error": "\(error)"])
            }
            return nil
        }
    }

    /// Copies the disk of one of the machines as it is, for another machine.
    func copyDisk(of machine: MachineID, for other: MachineID, _ waiting: CheckedContinuation<String?, any Error>) {
        let ports = around.ports
        _ = enqueue {
            do {
                try Task.checkCancellation()
                waiting.resume(returning: try await DiskCopy.make(of: machine, for: other, ports))
            } catch {
                waiting.resume(throwing: error)
            }
            return nil
        }
    }

    /// Does a piece of work on the machines when the one before it is over, and reports what came of it.
    private func perform<Outcome: Sendable>(
        _ report: @escaping @Sendable (Result<Outcome, any Error>) -> SessionMessage,
        _ body: @escaping @Sendable () async throws -> Outcome,
    ) {
        stopRefreshing()
        _ = enqueue {
            do {
                try Task.checkCancellation()
                return report(.success(try await body()))
            } catch {
                // Cancelled: the teardown, or the next start, goes on from here.
                return Task.isCancelled ? nil : report(.failure(error))
            }
        }
    }

    /// Does a piece of work on the machines when the one before it is over.
    ///
    /// - Parameter body: The work; returns what the session hears of it then.
    /// - Returns: The work, for whoever waits for it.
    private func enqueue(_ body: @escaping @Sendable () async -> SessionMessage?) -> Task<Void, Never> {
        let (before, send) = (work, send)
        underway += 1
        let task = Task {
            await withTaskCancellationHandler {
                await before?.value
            } onCancel: {
                before?.cancel()
            }
            let message = await body()
            send(.workEnded)
            if let message { send(message) }
        }
        work = task
        jobs.append {
            await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
        }
        return task
    }

    func tearDown() {
        stopRefreshing()
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
                    await around.recordings.seal(session.id)
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

import Logging
import SessionModel

/// Gives a session its machines, the quickest way that works: a spare, a fork of the snapshot, a boot from the image.
///
/// A way that fails is one warning and one line in the timeline; the next is taken.
struct MachineProvider: Sendable {
    /// How long a spare or a fork may take to answer before the next way is taken.
    static let warmLimit: Duration = .seconds(60)

    let ports: EnginePorts
    let directory: SessionDirectory
    let saga: MachineSaga
    let scripts: LabScripts
    let warm: WarmKeeper?
    let desk: AdmissionDesk
    /// For forks: together they take longer than a few at a time, and none is ready before all are.
    let lanes: Lanes
    let time: ServiceTime
    let meter: EngineMeter
    let logger: Logger

    /// Makes one machine of a session, or goes on making it.
    ///
    /// - Throws: What the last way threw, what its lab's scripts threw, or `CancellationError`; what was made is left for
    ///   the session's teardown.
    func make(_ machine: Machine, of session: Session) async throws {
        var machine = machine
        let steps = try await ports.store.steps(of: machine.id)
        if steps[.answer] == .done, session.definition?.hasScripts == true {
            // They may have run, or a part of them, before the service was started anew. None runs twice in a machine.
            try await saga.undo(machine, keepingDisk: false)
            machine = try await prepare(machine, of: session)
        } else if steps.isEmpty {
            machine = try await prepare(machine, of: session)
        }
        _ = try await finish(machine, of: session)
    }

    /// Makes a machine and runs in it what its lab wants.
    private func finish(_ machine: Machine, of session: Session) async throws -> Machine {
        let made = try await makeByAnyWay(machine, of: session)
        guard let lab = session.definition else { return made }
        if made.fork == nil, lab.setup.contains(where: { $0.machine == made.name }) {
            try await step("setup", of: made, in: session) { try await scripts.setUp(made, for: lab) }
        }
        if lab.start.contains(where: { $0.machine == made.name }) || lab.ready?.script.machine == made.name {
            try await step("start", of: made, in: session) { try await scripts.begin(made, of: session) }
        }
        return made
    }

    private func step(
        _ name: String,
        of machine: Machine,
        in session: Session,
        _ body: () async throws -> Void,
    ) async throws {
        let took = try await time.measure { try await body() }.took
        try await ports.store.append([.step("\(name) \(machine.name)", took: took)], to: session.id, at: time.now())
    }

    private func makeByAnyWay(_ machine: Machine, of session: Session) async throws -> Machine {
        var machine = machine
        let limit = session.policy.time.ready
        let start = time.monotonic(after: .zero)
        var attempts = 0
        // Should it die while it is made warm, that is known here, and no reason to end the session. What it was is gone
        // before it is let go.
        directory.hold(machine.id)
        defer { directory.letGo(machine.id) }
        while let fork = machine.fork {
            attempts += 1
            let wasThere = try await ports.store.steps(of: machine.id)[.answer] == .done
            do {
                let limit = min(Self.warmLimit, limit / 6)
                guard !wasThere else {
                    return try await timed(.spare) { try await makeWarm(machine, within: limit, from: fork) }
                }
                return try await lanes.run { [machine] in
                    try await timed(.fork) { try await makeWarm(machine, within: limit, from: fork) }
                }
            } catch {
                try Task.checkCancellation()
                let isGone = (error as? Failure)?.code == .notFound
                if !wasThere { await warm?.failed(fork.snapshot, with: error) }
                let mayForkAgain = attempts == 1 && (wasThere || isGone)
                machine = try await fallBack(machine, from: fork, mayForkAgain, because: error, session)
            }
        }
        directory.letGo(machine.id)
        let left = limit - (time.monotonic(after: .zero) - start)
        try await timed(.boot) { try await saga.make(machine, answeringWithin: max(left, .seconds(1))) }
        return machine
    }

    private func timed<R>(_ way: EngineMeter.Way, _ body: () async throws -> R) async rethrows -> R {
        let (result, took) = try await time.measure(body)
        meter.started(by: way, in: took)
        return result
    }

    /// Puts a fresh machine in the place of one of a session's.
    ///
    /// Whoever is at the terminals of the old one is at those of the new one afterwards. The old one is left for
    /// ``discard(_:)``; where the host has no room for both, it ends before the new one begins.
    ///
    /// - Throws: What ``make(_:of:)`` or measuring the host throws.
    func replace(_ old: Machine, of session: Session) async throws {
        // Else the reconciler removes it, and with it whoever is at its terminals.
        directory.hold(old.id)
        defer { directory.letGo(old.id) }
        var generator = SystemRandomNumberGenerator()
        let fresh = Machine(
            id: MachineID(using: &generator),
            session: session.id,
            name: old.name,
            specification: old.specification,
        )
        let new: Machine
        if let claimed = try await claim(inPlaceOf: old, fresh, session) {
            new = claimed
        } else {
            let hasRoom = try await desk.hasRoom(for: fresh.specification)
            let stored = try await exchange(old, for: fresh, session)
            if !hasRoom { try await ports.hypervisor.destroy(old.id) }
            new = try await prepare(stored, of: session)
        }
        let made = try await finish(new, of: session)
        await ports.door.moveTerminals(from: old.id, to: made)
    }

    /// Removes a machine that was replaced.
    func discard(_ old: Machine) async {
        do {
            await ports.agents.forget(old.id)
            try await saga.undo(old, keepingDisk: false)
            try await ports.store.removeUnowned(old.id)
        } catch {
            // It is discarded: the reconciler removes it.
            logger.warning(
                "A discarded machine stays behind for now",
                metadata: ["vm.id": "\(old.id)", "error": "\(error)"],
            )
        }
    }

    /// Chooses the quickest way for a machine that has nothing yet.
    private func prepare(_ machine: Machine, of session: Session) async throws -> Machine {
        if let claimed = try await claim(inPlaceOf: machine, machine, session) { return claimed }
        var machine = machine
        let fork = await warm?.fork(for: machine, of: session)
        if fork != machine.fork { try await ports.store.setFork(fork, of: machine.id) }
        machine.fork = fork
        return machine
    }

    /// Puts a spare that can be the wanted machine in the place of one of the session's; `nil` when there is none.
    private func claim(inPlaceOf old: Machine, _ wanted: Machine, _ session: Session) async throws -> Machine? {
        guard let warm, let spare = await warm.claim(for: wanted, of: session) else { return nil }
        do {
            return try await exchange(old, for: spare, session)
        } catch {
            // If it is gone, the next look at the pool shows it.
            await warm.putBack(spare)
            guard let failure = error as? Failure, failure.code != .storage else { throw error }
            // It is not what it was taken for. Another way is taken.
            logger.warning("A spare could not be claimed", metadata: ["vm.id": "\(spare.id)", "error": "\(failure)"])
            return nil
        }
    }

    private func exchange(_ old: Machine, for new: Machine, _ session: Session) async throws -> Machine {
        let stored = try await ports.store.exchange(old.id, for: new, in: session.id, at: time.now())
        directory.own(stored.id, by: session.id, inPlaceOf: old.id)
        return stored
    }

    private func makeWarm(_ machine: Machine, within limit: Duration, from fork: Fork) async throws -> Machine {
        try await directory.watching(machine) { try await saga.make(machine, answeringWithin: limit) }
        await warm?.loaded(fork.snapshot)
        return machine
    }

    /// Removes what a warm machine has made and chooses the next way.
    ///
    /// That a machine which was there before, a spare above all, is of no use says nothing about its snapshot: it is
    /// forked again, once.
    private func fallBack(
        _ machine: Machine,
        from fork: Fork,
        _ mayForkAgain: Bool,
        because error: any Error,
        _ session: Session,
    ) async throws -> Machine {
        logger.warning(
            "A machine could not be had warm",
            metadata: [
                "session.id": "\(session.id)", "vm.id": "\(machine.id)", "snapshot.id": "\(fork.snapshot)",
                "error": "\(error)",
            ],
        )
        try await saga.undo(machine, keepingDisk: false)
        var machine = machine
        machine.fork = mayForkAgain ? await warm?.fork(for: machine, of: session) : nil
        try await ports.store.setFork(machine.fork, of: machine.id)
        if machine.fork == nil {
            let why = (error as? Failure)?.message ?? "\(error)"
            let line = TimelineRecord.coldBoot("\(machine.name) is booted from its image: \(why)")
            try await ports.store.append([line], to: session.id, at: time.now())
        }
        return machine
    }
}

package import SessionModel

/// Makes machines step by step and undoes what was made.
///
/// Every step is recorded as begun before it runs, so that a later undo finds whatever may exist; every step and every
/// undo may be repeated.
package struct MachineSaga: Sendable {
    private let ports: EnginePorts
    private let time: ServiceTime
    private let userIDs: ClosedRange<UInt32>

    /// Makes a saga over the given ports.
    ///
    /// - Parameters:
    ///   - ports: Everything outside.
    ///   - time: The service's time, for the record and for measuring steps.
    ///   - userIDs: Host user ids that guests may run under.
    package init(ports: EnginePorts, time: ServiceTime, userIDs: ClosedRange<UInt32>) {
        self.ports = ports
        self.time = time
        self.userIDs = userIDs
    }

    /// Makes a machine and returns when a prompt of it answers.
    ///
    /// - Parameters:
    ///   - machine: The machine, stored.
    ///   - limit: How long the prompt may take to answer once the machine runs.
    /// - Throws: What the failed step threw, or `CancellationError`; what was made is left for ``undo(_:keepingDisk:)``.
    package func make(_ machine: Machine, answeringWithin limit: Duration) async throws {
        var machine = machine
        let phases = try await ports.store.steps(of: machine.id)
        for step in MachineStep.allCases.sorted() {
            try Task.checkCancellation()
            try await ports.store.record(step, .begun, of: machine.id, at: time.now())
            let took = try await time.measure {
                switch step {
                case .reserve: machine.userID = try await ports.store.reserveUserID(for: machine.id, from: userIDs)
                case .overlay: try await ports.disks.makeDisk(for: machine)
                case .boot: try await start(machine, after: phases[.boot])
                case .answer: try await answer(machine, again: phases[.answer] == .done, within: limit)
                }
            }.took
            try await ports.store.record(step, .done, of: machine.id, at: time.now())
            try await note(.step("\(machine.name(of: step)) \(machine.name)", took: took), of: machine)
        }
    }

    /// Removes everything a machine may have made, newest first.
    ///
    /// Calling it again goes on where it stopped. What cannot be recorded is removed all the same, and once more by the
    /// next call: where the disk is full, nothing else would make room for the record.
    ///
    /// - Parameters:
    ///   - machine: The machine, stored.
    ///   - keepingDisk: Whether the final disk becomes evidence of the machine's session.
    /// - Throws: What the failed step threw; what is left is removed by the next call.
    package func undo(_ machine: Machine, keepingDisk: Bool) async throws {
        let phases = try await ports.store.steps(of: machine.id)
        var unrecorded: (any Error)?
        for step in MachineStep.allCases.sorted().reversed() {
            switch phases[step] {
            case nil, .undone: continue
            case .begun, .done: break
            }
            let took = try await time.measure {
                switch step {
                case .answer: await ports.door.forget(machine.id)
                case .boot: try await ports.hypervisor.destroy(machine.id)
                case .overlay: try await removeDisk(of: machine, keeping: keepingDisk && phases[.overlay] == .done)
                case .reserve: try await ports.store.releaseUserID(of: machine.id)
                }
            }.took
            do {
                try await ports.store.record(step, .undone, of: machine.id, at: time.now())
                try await note(.undone("\(step.rawValue) \(machine.name)", took: took), of: machine)
            } catch {
                unrecorded = unrecorded ?? error
            }
        }
        if let unrecorded { throw unrecorded }
    }

    /// Lets a machine run.
    ///
    /// A fork that may have run before is never forked again on the same disk: the snapshot's memory knows nothing of
    /// what was written since.
    private func start(_ machine: Machine, after phase: StepPhase?) async throws {
        switch phase {
        case .done where machine.fork != nil:
            try await ports.hypervisor.resume(machine.id)
        case .begun where machine.fork != nil:
            // Not resumed before the driver has looked whether its state was loaded to the end.
            let found = try await ports.hypervisor.observe().first { $0.id == machine.id }
            guard let found, found.activity != .stopped else {
                throw Failure(.notFound, "machine \(machine.id), a fork that was being started, is gone")
            }
        case .begun, .done, .undone, nil:
            break
        }
        try await ports.hypervisor.start(machine)
    }

    /// Waits until a prompt answers; nobody is let into a fork before it is a machine of its own.
    private func answer(_ machine: Machine, again: Bool, within limit: Duration) async throws {
        if let fork = machine.fork {
            var identity = MachineIdentity(entropy: .random(MachineIdentity.entropySize))
            if !again {
                identity.hostname = machine.name
                identity.machineID = .random(16)
                identity.renewing = try await ports.snapshots.contents(of: fork.snapshot)
            }
            try await ports.agents.identify(identity, in: machine.id, within: limit)
        }
        switch machine.role {
        case .member, .spare, .template, .discarded:
            try await ports.door.waitUntilAnswering(machine, within: limit)
        case .grader, .restarted:
            // Nobody is let in: whether its console has a prompt does not matter.
            try await waitForAgent(of: machine, within: limit)
        }
    }

    private func waitForAgent(of machine: Machine, within limit: Duration) async throws {
        let end = time.monotonic(after: limit)
        while true {
            do {
                return try await ports.agents.requireAgent(in: machine.id)
            } catch let failure as Failure where failure.code == .guestSilent {
                guard time.monotonic(after: .zero) < end else { throw failure }
                try await time.sleep(for: .milliseconds(200))
            }
        }
    }

    private func removeDisk(of machine: Machine, keeping: Bool) async throws {
        if keeping, let session = machine.session {
            let problem = try await ports.disks.keepDisk(of: machine.id, session: session)
            let what = problem.map { "is set aside and is no evidence: \($0)" } ?? "is evidence now"
            try await note(.diskKept("the final disk of \(machine.name) \(what)"), of: machine)
        }
        try await ports.disks.removeDisk(of: machine.id)
    }

    private func note(_ record: TimelineRecord, of machine: Machine) async throws {
        guard let session = machine.session else { return }
        try await ports.store.append([record], to: session, at: time.now())
    }
}

extension MachineIdentity {
    /// How many random bytes a guest is given.
    static let entropySize = 512
}

extension [UInt8] {
    /// Random bytes of the host.
    static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}

extension Machine {
    /// What a step of making it is called.
    fileprivate func name(of step: MachineStep) -> String {
        step == .boot && fork != nil ? "fork" : step.rawValue
    }
}

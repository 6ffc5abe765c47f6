package import SessionModel

/// What every ``Hypervisor`` must do, one case each.
///
/// A case returns when the contract is kept and throws ``ConformanceFailure`` when it is not.
package enum HypervisorConformance: String, CaseIterable, Sendable, CustomStringConvertible {
    case startedIsObserved = "a started machine is observed running, with its session"
    case spareHasNoSession = "a spare is observed without a session"
    case startIsRepeatable = "starting a machine twice, also at once, makes one"
    case startResumes = "starting a suspended machine lets it go on"
    case spareIsClaimed = "starting a spare for a session makes it the session's and lets it run, for good"
    case suspendAndResumeAreRepeatable = "suspending and resuming can be repeated"
    case absentCannotBeSuspended = "an absent machine can be neither suspended nor resumed"
    case destroyIsRepeatable = "destroying can be repeated, and an absent machine is a success"
    case destroyedCanStartAgain = "a destroyed machine can be started again"
    case foreignIsLeftAlone = "what is not ours is neither observed, taken over nor destroyed"
    case successorSeesTheSame = "a successor on the same host sees and ends the same machines"
    case powerOffIsAnExit = "a guest that switches itself off is an exit"
    case crashIsAnExit = "a guest that crashes is an exit"
    case vanishingIsAnExit = "a machine that somebody else ends is an exit"
    case destroyIsNoExit = "a machine that is destroyed is not an exit"
    case freezingEndsTemplate = "freezing a template ends it, can be repeated, and is no exit"
    case absentCannotBeFrozen = "an absent machine can be neither frozen, saved nor restored"
    case forkRuns = "machines forked from a snapshot at once all run, each for itself"
    case saveStandsStill = "saving leaves a machine standing still, can be repeated, and it can go on from there"
    case restoreGoesOn = "a saved machine that was destroyed is restored, once"
    case copiesAreForGraders = "a machine that is no grader has no copy to be plugged in"
    case restoreReplacesSaved = "a saved machine that still stands there is restored all the same"

    package var description: String { rawValue }

    /// Runs the case.
    ///
    /// Machines it makes are gone afterwards, whatever comes of it.
    package func check(_ subject: HypervisorSubject) async throws {
        let hypervisor = subject.hypervisor
        switch self {
        case .startedIsObserved:
            var generator = SystemRandomNumberGenerator()
            let session = SessionID(using: &generator)
            try await subject.withMachine(session: session) { machine in
                try await subject.require(machine.id, is: nil)
                try await hypervisor.start(machine)
                let expected = ObservedMachine(id: machine.id, session: session, activity: .running)
                let seen = try await hypervisor.observe().filter { $0.id == machine.id }
                guard seen == [expected] else { throw ConformanceFailure("expected \(expected), observed \(seen)") }
            }
        case .spareHasNoSession:
            try await subject.withMachine { machine in
                try await hypervisor.start(machine)
                let seen = try await hypervisor.observe().first { $0.id == machine.id }
                guard let seen, seen.session == nil else {
                    throw ConformanceFailure("expected a spare, observed \(String(describing: seen))")
                }
            }
        case .startIsRepeatable:
            try await subject.withMachine { machine in
                try await withThrowingTaskGroup { group in
                    for _ in 0..<3 { group.addTask { try await hypervisor.start(machine) } }
                    try await group.waitForAll()
                }
                try await hypervisor.start(machine)
                try await subject.require(machine.id, is: .running)
            }
        case .startResumes:
            try await subject.withMachine { machine in
                try await hypervisor.start(machine)
                try await hypervisor.suspend(machine.id)
                try await hypervisor.start(machine)
                try await subject.require(machine.id, is: .running)
            }
        case .spareIsClaimed: try await subject.checkClaim()
        case .suspendAndResumeAreRepeatable:
            try await subject.withMachine { machine in
                try await hypervisor.start(machine)
                for _ in 0..<2 {
                    try await hypervisor.resume(machine.id)
                    try await subject.require(machine.id, is: .running)
                }
                for _ in 0..<2 {
                    try await hypervisor.suspend(machine.id)
                    try await subject.require(machine.id, is: .suspended)
                }
                try await hypervisor.resume(machine.id)
                try await subject.require(machine.id, is: .running)
            }
        case .absentCannotBeSuspended:
            try await subject.withMachine { machine in
                try await subject.expectFailure(.notFound) { try await hypervisor.suspend(machine.id) }
                try await subject.expectFailure(.notFound) { try await hypervisor.resume(machine.id) }
            }
        case .destroyIsRepeatable:
            try await subject.withMachine { machine in
                try await hypervisor.destroy(machine.id)
                try await hypervisor.start(machine)
                try await withThrowingTaskGroup { group in
                    for _ in 0..<3 { group.addTask { try await hypervisor.destroy(machine.id) } }
                    try await group.waitForAll()
                }
                try await hypervisor.destroy(machine.id)
                try await subject.require(machine.id, is: nil)
            }
        case .destroyedCanStartAgain:
            try await subject.withMachine { machine in
                try await hypervisor.start(machine)
                try await hypervisor.destroy(machine.id)
                try await hypervisor.start(machine)
                try await subject.require(machine.id, is: .running)
            }
        case .foreignIsLeftAlone:
            try await subject.withMachine { machine in
                try await subject.placeForeign(machine)
                do {
                    try await subject.require(machine.id, is: nil)
                    try await subject.expectFailure(.hypervisor) { try await hypervisor.start(machine) }
                    try await subject.expectFailure(.hypervisor) { try await hypervisor.suspend(machine.id) }
                    try await subject.expectFailure(.hypervisor) { try await hypervisor.destroy(machine.id) }
                    try await subject.removeForeign(machine.id)
                } catch {
                    // Whatever is wrong, nothing stays behind; a second removal harms nobody.
                    try? await subject.removeForeign(machine.id)
                    throw error
                }
            }
        case .successorSeesTheSame:
            try await subject.withMachine { machine in
                try await hypervisor.start(machine)
                let successor = subject.successor()
                try await successor.start(machine)
                guard try await successor.observe().contains(where: { $0.id == machine.id }) else {
                    throw ConformanceFailure("the successor does not see machine \(machine.id)")
                }
                try await successor.destroy(machine.id)
                try await subject.require(machine.id, is: nil)
            }
        case .powerOffIsAnExit: try await subject.checkExit(.poweredOff)
        case .crashIsAnExit: try await subject.checkExit(.crashed)
        case .vanishingIsAnExit: try await subject.checkExit(.vanished)
        case .destroyIsNoExit:
            try await subject.checkNoExit { try await hypervisor.destroy($0) }
        case .copiesAreForGraders:
            try await subject.withMachine { machine in
                try await hypervisor.start(machine)
                try await subject.expectFailure(.invalidInput) { try await hypervisor.plugCopy(into: machine) }
                try await subject.require(machine.id, is: .running)
            }
        case .freezingEndsTemplate, .absentCannotBeFrozen, .forkRuns, .saveStandsStill, .restoreGoesOn,
            .restoreReplacesSaved:
            try await checkState(subject)
        }
    }
}

/// A hypervisor under test, with what a test may do behind its back.
package struct HypervisorSubject: Sendable {
    /// The hypervisor.
    package var hypervisor: any Hypervisor
    /// Makes a machine that can be started.
    package var prepare: @Sendable (SessionID?) async throws -> Machine
    /// What it takes to freeze, fork, save and restore machines.
    package var states: HypervisorStates
    /// Removes what ``prepare`` made, after the machine is gone.
    package var discard: @Sendable (Machine) async throws -> Void
    /// Lets a running machine go away, not through the hypervisor under test.
    package var end: @Sendable (MachineID, MachineExit) async throws -> Void
    /// Puts something with the machine's identifier but without our mark on the host.
    package var placeForeign: @Sendable (Machine) async throws -> Void
    /// Takes that away.
    ///
    /// Throws when it is not there any more.
    package var removeForeign: @Sendable (MachineID) async throws -> Void
    /// Another hypervisor on the same host, as after a restart of the service.
    package var successor: @Sendable () -> any Hypervisor

    /// How long an exit may take to be told.
    private static let patience: Duration = .seconds(20)

    /// Makes a subject.
    package init(
        hypervisor: any Hypervisor,
        prepare: @escaping @Sendable (SessionID?) async throws -> Machine,
        states: HypervisorStates,
        discard: @escaping @Sendable (Machine) async throws -> Void = { _ in },
        end: @escaping @Sendable (MachineID, MachineExit) async throws -> Void,
        placeForeign: @escaping @Sendable (Machine) async throws -> Void,
        removeForeign: @escaping @Sendable (MachineID) async throws -> Void,
        successor: @escaping @Sendable () -> any Hypervisor,
    ) {
        self.hypervisor = hypervisor
        self.prepare = prepare
        self.states = states
        self.discard = discard
        self.end = end
        self.placeForeign = placeForeign
        self.removeForeign = removeForeign
        self.successor = successor
    }

    func withMachine(session: SessionID? = nil, _ body: (Machine) async throws -> Void) async throws {
        try await with(try await prepare(session), body)
    }

    /// Runs a case with a machine, which is gone afterwards.
    func with(_ machine: Machine, _ body: (Machine) async throws -> Void) async throws {
        do {
            try await body(machine)
        } catch {
            // The case has failed already; clearing up must not hide why.
            try? await hypervisor.destroy(machine.id)
            // Likewise.
            try? await discard(machine)
            throw error
        }
        try await hypervisor.destroy(machine.id)
        try await discard(machine)
    }

    func require(_ id: MachineID, is wanted: ObservedMachine.Activity?) async throws {
        let seen = try await hypervisor.observe().filter { $0.id == id }.map(\.activity)
        guard seen == (wanted.map { [$0] } ?? []) else {
            throw ConformanceFailure("expected \(wanted?.rawValue ?? "no machine"), observed \(seen.map(\.rawValue))")
        }
    }

    func expectFailure(_ code: FailureCode, _ call: () async throws -> Void) async throws {
        do {
            try await call()
        } catch let failure as Failure where failure.code == code {
            return
        } catch {
            throw ConformanceFailure("expected a failure \(code.rawValue), got \(error)")
        }
        throw ConformanceFailure("expected a failure \(code.rawValue), got none")
    }

    func checkClaim() async throws {
        var generator = SystemRandomNumberGenerator()
        let session = SessionID(using: &generator)
        let another = SessionID(using: &generator)
        try await withMachine { spare in
            try await hypervisor.start(spare)
            try await hypervisor.suspend(spare.id)
            for _ in 0..<2 {
                try await hypervisor.start(spare.owned(by: session))
                let seen = try await hypervisor.observe().filter { $0.id == spare.id }
                guard seen == [ObservedMachine(id: spare.id, session: session, activity: .running)] else {
                    throw ConformanceFailure("expected the session's machine, observed \(seen)")
                }
            }
            for owner in [another, nil] {
                try await expectFailure(.hypervisor) { try await hypervisor.start(spare.owned(by: owner)) }
            }
        }
    }

    /// Makes sure that a way of ending a machine is not told.
    func checkNoExit(_ end: (MachineID) async throws -> Void) async throws {
        let ours = try await states.prepareTemplate()
        try await with(ours) { ours in
            let exits = await hypervisor.exits()
            try await hypervisor.start(ours)
            try await end(ours.id)
            // Exits come in order: when the second machine's is the first to come, the first made none.
            try await withMachine { ended in
                try await hypervisor.start(ended)
                try await self.end(ended.id, .vanished)
                let exit = try await firstExit(of: [ours.id, ended.id], in: exits)
                guard exit.id == ended.id else {
                    throw ConformanceFailure("a machine that we ended was reported as \(exit.exit)")
                }
            }
        }
    }

    func checkExit(_ wanted: MachineExit) async throws {
        try await withMachine { machine in
            let exits = await hypervisor.exits()
            try await hypervisor.start(machine)
            try await end(machine.id, wanted)
            let exit = try await firstExit(of: [machine.id], in: exits)
            guard exit.exit == wanted else { throw ConformanceFailure("expected \(wanted), was told \(exit.exit)") }
            try await require(machine.id, is: nil)
        }
    }

    func firstExit(
        of ids: Set<MachineID>,
        in exits: AsyncStream<(MachineID, MachineExit)>,
    ) async throws -> (id: MachineID, exit: MachineExit) {
        try await withThrowingTaskGroup { group in
            group.addTask {
                for await (id, exit) in exits where ids.contains(id) { return (id, exit) }
                throw ConformanceFailure("the exits ended")
            }
            group.addTask {
                // Polled: nothing; this only bounds the wait above.
                try await Task.sleep(for: Self.patience)
                throw ConformanceFailure("no exit was told within \(Self.patience.shortText)")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw ConformanceFailure("no exit was told") }
            return first
        }
    }
}

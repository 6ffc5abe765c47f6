package import SessionModel

/// What a test does in place of the disk store, which keeps the files that states are in.
package struct HypervisorStates: Sendable {
    /// Makes a machine whose memory can be frozen.
    package var prepareTemplate: @Sendable () async throws -> Machine
    /// Makes a machine that is forked from what a frozen template left.
    package var fork: @Sendable (_ template: Machine) async throws -> Machine
    /// Makes the empty file a machine is saved to.
    package var prepareSave: @Sendable (Machine) async throws -> Void
    /// Lets the machine be restored from that file.
    package var sealSave: @Sendable (Machine) async throws -> Void

    /// Makes a keeper of states; without its verbs, states are kept by the hypervisor itself.
    package init(
        prepareTemplate: @escaping @Sendable () async throws -> Machine,
        fork: @escaping @Sendable (_ template: Machine) async throws -> Machine,
        prepareSave: @escaping @Sendable (Machine) async throws -> Void = { _ in },
        sealSave: @escaping @Sendable (Machine) async throws -> Void = { _ in },
    ) {
        self.prepareTemplate = prepareTemplate
        self.fork = fork
        self.prepareSave = prepareSave
        self.sealSave = sealSave
    }
}

extension HypervisorConformance {
    /// Runs one of the cases about states in files.
    func checkState(_ subject: HypervisorSubject) async throws {
        let hypervisor = subject.hypervisor
        let states = subject.states
        switch self {
        case .freezingEndsTemplate:
            try await subject.checkNoExit { id in
                try await hypervisor.freeze(id)
                try await subject.require(id, is: nil)
                try await hypervisor.freeze(id)
                try await subject.require(id, is: nil)
            }
        case .absentCannotBeFrozen:
            try await subject.with(try await states.prepareTemplate()) { template in
                try await states.prepareSave(template)
                try await subject.expectFailure(.notFound) { try await hypervisor.freeze(template.id) }
                try await subject.expectFailure(.notFound) { try await hypervisor.save(template.id) }
                try await subject.expectFailure(.notFound) { try await hypervisor.restore(template) }
                try await subject.require(template.id, is: nil)
            }
        case .forkRuns:
            try await subject.with(try await states.prepareTemplate()) { template in
                try await hypervisor.start(template)
                try await hypervisor.freeze(template.id)
                try await withThrowingTaskGroup { group in
                    for _ in 0..<3 {
                        group.addTask {
                            try await subject.with(try await states.fork(template)) { fork in
                                try await withThrowingTaskGroup { starts in
                                    for _ in 0..<2 { starts.addTask { try await hypervisor.start(fork) } }
                                    try await starts.waitForAll()
                                }
                                try await subject.require(fork.id, is: .running)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        case .saveStandsStill:
            try await subject.withMachine { machine in
                try await hypervisor.start(machine)
                for _ in 0..<2 {
                    try await states.prepareSave(machine)
                    for _ in 0..<2 {
                        try await hypervisor.save(machine.id)
                        try await subject.require(machine.id, is: .suspended)
                    }
                }
                try await hypervisor.resume(machine.id)
                try await subject.require(machine.id, is: .running)
            }
        case .restoreGoesOn:
            try await subject.withMachine { machine in
                try await hypervisor.start(machine)
                try await states.prepareSave(machine)
                try await hypervisor.save(machine.id)
                try await states.sealSave(machine)
                try await hypervisor.destroy(machine.id)
                for _ in 0..<2 {
                    try await hypervisor.restore(machine)
                    try await subject.require(machine.id, is: .suspended)
                }
                for _ in 0..<2 {
                    try await hypervisor.resume(machine.id)
                    try await subject.require(machine.id, is: .running)
                    try await hypervisor.restore(machine)
                }
            }
        case .restoreReplacesSaved:
            try await subject.withMachine { machine in
                try await hypervisor.start(machine)
                try await states.prepareSave(machine)
                try await hypervisor.save(machine.id)
                try await states.sealSave(machine)
                try await hypervisor.restore(machine)
                try await subject.require(machine.id, is: .suspended)
                try await hypervisor.resume(machine.id)
                try await subject.require(machine.id, is: .running)
            }
        case .startedIsObserved, .spareHasNoSession, .startIsRepeatable, .startResumes, .spareIsClaimed,
            .suspendAndResumeAreRepeatable, .absentCannotBeSuspended, .destroyIsRepeatable, .destroyedCanStartAgain,
            .foreignIsLeftAlone, .successorSeesTheSame, .powerOffIsAnExit, .crashIsAnExit, .vanishingIsAnExit,
            .destroyIsNoExit, .copiesAreForGraders:
            throw ConformanceFailure("\(self) is not about a state")
        }
    }
}

extension Machine {
    /// The same machine, owned by another session, or by none.
    package func owned(by session: SessionID?) -> Machine {
        Machine(id: id, session: session, name: name, specification: specification, userID: userID, fork: fork)
    }
}

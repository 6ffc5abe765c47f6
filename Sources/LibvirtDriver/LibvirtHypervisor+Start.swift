package import SessionModel

extension LibvirtHypervisor {
    /// Lets a machine run whose disk exists: boots it, or forks it from its snapshot.
    ///
    /// One that is there already is resumed if it stands still, and marked as its session's if it was a spare. One whose
    /// load was cut short is started anew.
    ///
    /// - Throws: ``Failure`` with `snapshotUnusable` when its snapshot could not be loaded, `guestSilent` when its emulator
    ///   died or took too long over that, and nobody knows why; nothing of it is left then.
    ///   `hypervisor` when libvirt or the emulator refuses, or when a domain that was not made for this machine has its
    ///   identifier.
    package func start(_ machine: Machine) async throws {
        if try await takeUp(machine) { return }
        do {
            guard !configuration.isSimulation else {
                return try await create(machine, simulated(machine), loading: nil)
            }
            let files = try await configuration.locate(machine)
            if case .fork(let memory, let state) = files.memory {
                try StateSource.requireMemory(machine.specification.memory, in: memory)
                let source = StateSource(path: state, form: .devices)
                try await create(machine, describe(machine, files, .fork), loading: source)
            } else {
                try await create(machine, describe(machine, files, .boot), loading: nil)
            }
        } catch {
            // Two starts at once: the second finds what the first has made.
            if case .some(true) = try? await takeUp(machine) { return }
            throw error
        }
    }

    /// Makes a saved machine again as it was saved; it stands still.
    ///
    /// Does nothing when it is there already. One that has stood still since it was saved is made anew.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no saved state, `snapshotUnusable` when it could not be loaded,
    ///   `guestSilent` when it is not known why it was not, `hypervisor` otherwise.
    package func restore(_ machine: Machine) async throws {
        let saved = configuration.savedState(machine.id)
        let isSaved = StateMover.isWritten(saved)
        if try await takeUp(machine, isSaved: isSaved, running: false) { return }
        guard isSaved else { throw Failure(.notFound, "machine \(machine.id) has no saved state to restore") }
        guard !configuration.isSimulation else {
            return try await create(machine, simulated(machine), loading: nil, running: false)
        }
        let files = try await configuration.locate(machine)
        let source = StateSource(path: saved, form: .everything)
        try await create(machine, describe(machine, files, .restore), loading: source, running: false)
    }

    /// Makes sure of a machine that is there already: marks it, limits it and, when asked to, lets it run.
    ///
    /// - Parameters:
    ///   - machine: The machine.
    ///   - isSaved: Whether its state is safe in a file, so that one which has stood still since then is of no more use.
    ///   - running: Whether it shall run.
    /// - Returns: Whether it is there. One that is of no use is gone.
    /// - Throws: ``Failure`` with `hypervisor`, also when the domain was made for somebody else.
    private func takeUp(_ machine: Machine, isSaved: Bool = false, running: Bool = true) async throws -> Bool {
        let mark = mark(of: machine)
        return try await link.call("look for machine \(machine.id)") {
            [feed, mover, ceiling = ceiling(of: machine)] connection in
            let isTaken = try connection.withDomain(machine.id) { domain in
                try Self.claim(domain, mark, of: machine)
                let activity = try domain.activity()
                guard activity != .stopped else { return false }
                // The service may have died between the start and this.
                if let ceiling { try domain.limitMemory(to: ceiling) }
                if activity == .running { return true }
                let isComplete = try mover.isComplete(domain)
                let isSuperseded = isSaved ? try mover.phase(of: domain) == .written : false
                guard isComplete, !isSuperseded else {
                    feed.expectEnd(of: machine.id)
                    try domain.destroy()
                    return false
                }
                if running { try domain.bring(to: .running) }
                return true
            }
            return isTaken ?? false
        }
    }

    /// Makes sure that a domain is this machine's; a spare becomes its session's.
    private static func claim(_ domain: borrowing DomainHandle, _ mark: DomainMark, of machine: Machine) throws {
        guard case .ours(let found) = try domain.ownership(as: mark.installation) else { throw notOurs(machine.id) }
        if found == mark { return }
        guard found.session == nil else { throw notOurs(machine.id) }
        try domain.setMark(mark)
    }

    /// Makes a domain, from a state if there is one, and lets it run unless told otherwise; leaves nothing when that fails.
    private func create(
        _ machine: Machine,
        _ document: String,
        loading source: StateSource?,
        running: Bool = true,
    ) async throws {
        let id = machine.id
        let ceiling = ceiling(of: machine)
        let launch = Launch(
            id: id,
            document: document,
            source: source,
            ceiling: ceiling,
            runs: running,
            mover: mover,
            feed: feed,
        )
        do {
            try await link.call("start machine \(id)") { try launch.perform(over: $0) }
        } catch let failure as Failure where [.snapshotUnusable, .guestSilent].contains(failure.code) {
            let words = lastWords(of: id)
            removeLog(of: id)
            guard let words else { throw failure }
            let cause = Failure(.hypervisor, "the emulator's last words were: \(words)", cause: failure.cause)
            throw Failure(failure.code, failure.message, cause: cause)
        }
    }

    /// What the machine may use of the host's memory; nothing is limited in the simulation.
    private func ceiling(of machine: Machine) -> ByteCount? {
        configuration.isSimulation ? nil : machine.specification.memoryCeiling
    }

    private func mark(of machine: Machine) -> DomainMark {
        DomainMark(installation: configuration.installation, session: machine.session)
    }

    private func simulated(_ machine: Machine) -> String {
        TestDomainDescription(machine: machine, mark: mark(of: machine)).document
    }

    private func describe(
        _ machine: Machine,
        _ files: MachineFiles,
        _ beginning: DomainDescription.Beginning,
    ) throws(Failure) -> String {
        try DomainDescription(
            machine: machine,
            mark: mark(of: machine),
            files: files,
            acceleration: acceleration,
            emulator: configuration.emulator,
            groupID: configuration.groupID,
            beginning: beginning,
        ).document
    }
}

import SessionModel

/// One attempt at a session's tasks: the machines that are looked at, each made when it is needed first and kept until
/// another one is needed, or until the attempt is over.
///
/// A machine that could not be had, or that does not answer, is not tried again.
actor Examination {
    private let session: Session
    private let copies: CopyMachines
    /// For machines that are made; without any they are made at once.
    private let lanes: Lanes?
    private let source: @Sendable (MachineID) -> DiskSource
    /// Why what was left of a machine was not at rest, by its name; `nil` for a session that has its machines.
    private let left: [String: String]?
    private let keepsAll: Bool
    private var places: [Place: Result<CopyMachines.Made, any Error>] = [:]

    /// Where a check looks.
    struct Place: Hashable {
        let machine: String
        let kind: Kind

        enum Kind: Hashable, Comparable { case live, restarted, disk }
    }

    /// Begins an attempt at the tasks of a session that has its machines.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - copies: Makes machines of copies.
    ///   - lanes: For machines that are made; without any they are made at once.
    ///   - keepsAll: Whether machines are kept when another one is needed. Whoever waits for room then keeps some from
    ///     others.
    init(_ session: Session, _ copies: CopyMachines, in lanes: Lanes? = nil, keepingAll keepsAll: Bool = false) {
        self.session = session
        self.keepsAll = keepsAll
        self.copies = copies
        self.lanes = lanes
        source = { .machine($0) }
        left = nil
    }

    /// Begins an attempt at what a session has left.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - unrest: Why the disk of a machine was not at rest when it was kept, by the machine's name.
    ///   - copies: Makes machines of copies.
    ///   - lanes: For machines that are made.
    init(leftBy session: Session, unrest: [String: String], _ copies: CopyMachines, in lanes: Lanes) {
        self.session = session
        self.copies = copies
        self.lanes = lanes
        keepsAll = false
        source = { [id = session.id] in .evidence(id, $0) }
        left = unrest
    }

    /// The machine that a check looks at.
    ///
    /// - Throws: ``Failure`` with the reason why nobody can look; or `CancellationError`.
    func machine(for check: LabCheck) async throws -> CopyMachines.Made { try await machine(at: check.place) }

    /// A machine of the session, or one made of a copy of its disk.
    ///
    /// - Throws: As ``machine(for:)`` does.
    func machine(named name: String, _ kind: Place.Kind) async throws -> CopyMachines.Made {
        try await machine(at: Place(machine: name, kind: kind))
    }

    private func machine(at place: Place) async throws -> CopyMachines.Made {
        if let known = places[place] { return try known.get() }
        do {
            let made = try await have(place)
            places[place] = .success(made)
            return made
        } catch {
            try Task.checkCancellation()
            places[place] = .failure(error)
            throw error
        }
    }

    /// A machine has not answered.
    func giveUp(on check: LabCheck, because failure: Failure) async {
        if case .success(let made) = places[check.place], check.place.kind != .live {
            await copies.remove(made.machine)
        }
        places[check.place] = .failure(failure)
    }

    /// Removes the machines that were made for it.
    func end() async {
        for (place, made) in places where place.kind != .live {
            guard case .success(let made) = made else { continue }
            places[place] = nil
            await copies.remove(made.machine)
        }
    }

    private func have(_ place: Place) async throws -> CopyMachines.Made {
        guard let machine = session.machines.first(where: { $0.name == place.machine }) else {
            throw Failure(.notFound, "the session has no machine \"\(place.machine)\"")
        }
        switch place.kind {
        case .live:
            guard left == nil else { throw Failure(.wrongState, "the machine is gone, only its disk was kept") }
            return CopyMachines.Made(machine: machine, unrest: nil)
        case .restarted:
            return try await copy(.restarted, of: machine)
        case .disk:
            return try await copy(.grader, of: machine)
        }
    }

    private func copy(_ role: Machine.Role, of machine: Machine) async throws -> CopyMachines.Made {
        if !keepsAll { await end() }
        let made = try await copies.make(role, of: machine, from: source(machine.id), in: lanes)
        return CopyMachines.Made(machine: made.machine, unrest: made.unrest ?? left?[machine.name])
    }
}

extension LabCheck {
    /// Where it looks.
    var place: Examination.Place {
        if case .disk = way { return Examination.Place(machine: machine, kind: .disk) }
        return Examination.Place(machine: machine, kind: isAfterReboot ? .restarted : .live)
    }
}

extension [LabTask] {
    /// In the order in which they are checked: those in the person's own machine, those in one that was started anew, those
    /// of the disk; none before one that it needs.
    var inOrderOfChecks: [LabTask] {
        var kinds: [String: Examination.Place.Kind] = [:]
        for task in self {
            kinds[task.id] = task.needs.compactMap { kinds[$0] }.reduce(task.check.place.kind, Swift.max)
        }
        return [.live, .restarted, .disk].flatMap { kind in filter { kinds[$0.id] == kind } }
    }
}

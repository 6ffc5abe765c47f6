import Glibc
package import Logging
package import SessionModel

/// Runs machines through libvirt, one transient domain each.
///
/// A domain is ours when it carries our mark in its metadata; any other is neither observed nor changed. Nothing is kept in
/// memory that matters: whoever starts anew on the same host sees the same machines.
package final class LibvirtHypervisor: Hypervisor, Sendable {
    /// How guests' processors are provided, as configured.
    package let acceleration: Acceleration
    let configuration: LibvirtDriverConfiguration
    let link: LibvirtLink
    let consoles = ConsoleClaims()
    private let feed = ExitFeed()
    private let logger: Logger

    /// Makes a driver.
    ///
    /// Nothing is connected before the first call.
    package init(configuration: LibvirtDriverConfiguration, logger: Logger) {
        self.configuration = configuration
        self.acceleration = configuration.acceleration
        self.logger = logger
        self.link = LibvirtLink(
            uri: configuration.uri,
            exits: feed,
            callLimit: configuration.callLimit,
            patience: configuration.patience,
            logger: logger,
        )
    }

    /// Starts a machine whose disk exists.
    ///
    /// One that is there already, running or suspended, is left as it is.
    ///
    /// - Throws: ``Failure`` with `hypervisor` when libvirt or the emulator refuses, or when a domain that is not ours
    ///   has the machine's identifier.
    package func start(_ machine: Machine) async throws {
        let ceiling = configuration.isSimulation ? nil : machine.specification.memoryCeiling
        if try await takeUp(machine, ceiling: ceiling) { return }
        let document = try await describe(machine)
        do {
            try await link.call("start machine \(machine.id)") { [feed] connection in
                feed.expectNothing(of: machine.id)
                let domain = try connection.start(document)
                guard let ceiling else { return }
                do {
                    try domain.limitMemory(to: ceiling)
                } catch {
                    // A machine without its limit must not run; whoever asked is told why there is none.
                    feed.expectEnd(of: machine.id)
                    try domain.destroy()
                    throw error
                }
            }
        } catch {
            // Two starts at once: the second finds what the first has made.
            if case .some(true) = try? await takeUp(machine, ceiling: ceiling) { return }
            throw error
        }
    }

    /// Stops a machine's processors.
    ///
    /// Does nothing when they stand still.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such machine, `hypervisor` otherwise.
    package func suspend(_ id: MachineID) async throws {
        try await change(id, "suspend", to: .suspended) { domain throws(LibvirtError) in try domain.suspend() }
    }

    /// Lets a machine's processors go on.
    ///
    /// Does nothing when they run.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such machine, `hypervisor` otherwise.
    package func resume(_ id: MachineID) async throws {
        try await change(id, "resume", to: .running) { domain throws(LibvirtError) in try domain.resume() }
    }

    /// Ends a machine at once, with the log libvirt kept of it.
    ///
    /// An absent machine is a success.
    ///
    /// - Throws: ``Failure`` with `hypervisor` when libvirt refuses, or when the domain is not ours.
    package func destroy(_ id: MachineID) async throws {
        try await link.call("end machine \(id)") { [feed, installation = configuration.installation] connection in
            _ = try connection.withDomain(id) { domain in
                guard case .ours = try domain.ownership(as: installation) else { throw Self.notOurs(id) }
                feed.expectEnd(of: id)
                do {
                    try domain.destroy()
                } catch {
                    // It may have ended by itself between the look and the call.
                    let isThere = try connection.withDomain(id) { try $0.activity() != .stopped }
                    guard isThere == true else { return }
                    feed.expectNothing(of: id)
                    throw error
                }
            }
        }
        removeLog(of: id)
    }

    /// All machines on the host that carry our mark, and no others.
    package func observe() async throws -> [ObservedMachine] {
        try await link.call("observe machines") { [logger, installation = configuration.installation] connection in
            var machines: [ObservedMachine] = []
            try connection.forEachDomain { domain throws(LibvirtError) in
                switch try domain.ownership(as: installation) {
                case .ours(let mark):
                    guard let id = domain.id else { return }
                    let activity = try domain.activity()
                    machines.append(ObservedMachine(id: id, session: mark.session, activity: activity))
                case .unreadable(let text):
                    logger.warning(
                        "A domain carries our namespace but no readable mark and is left alone",
                        metadata: ["domain.name": "\(domain.name)", "domain.metadata": "\(text)"],
                    )
                case .foreign:
                    return
                }
            }
            return machines
        }
    }

    /// Machines that went away without ``destroy(_:)``, from the time of the call on.
    ///
    /// Exits while libvirt cannot be reached are missed; ``observe()`` tells the truth then. Machines of another installation
    /// on the same host may be among them.
    package func exits() async -> AsyncStream<(MachineID, MachineExit)> {
        let exits = feed.exits()
        // Events flow once there is a connection. Without one there is nothing to miss that `observe` would not show.
        try? await link.call("listen for events") { _ in }
        return exits
    }

    /// Makes sure of a machine that is there already.
    ///
    /// - Returns: Whether it is.
    private func takeUp(_ machine: Machine, ceiling: ByteCount?) async throws -> Bool {
        let mark = mark(of: machine)
        return try await link.call("look for machine \(machine.id)") { connection in
            let isThere = try connection.withDomain(machine.id) { domain in
                guard try domain.ownership(as: mark.installation) == .ours(mark) else {
                    throw Self.notOurs(machine.id)
                }
                guard try domain.activity() != .stopped else { return false }
                // The service may have died between the start and this.
                if let ceiling { try domain.limitMemory(to: ceiling) }
                return true
            }
            return isThere ?? false
        }
    }

    private func mark(of machine: Machine) -> DomainMark {
        DomainMark(installation: configuration.installation, session: machine.session)
    }

    private func describe(_ machine: Machine) async throws -> String {
        if configuration.isSimulation {
            return TestDomainDescription(machine: machine, mark: mark(of: machine)).document
        }
        return try DomainDescription(
            machine: machine,
            mark: mark(of: machine),
            files: try await configuration.locate(machine),
            acceleration: acceleration,
            emulator: configuration.emulator,
            groupID: configuration.groupID,
        ).document
    }

    private func change(
        _ id: MachineID,
        _ verb: String,
        to wanted: ObservedMachine.Activity,
        _ change: @escaping @Sendable (borrowing DomainHandle) throws(LibvirtError) -> Void,
    ) async throws {
        try await link.call("\(verb) machine \(id)") { [installation = configuration.installation] connection in
            let found: Void? = try connection.withDomain(id) { domain in
                guard case .ours = try domain.ownership(as: installation) else { throw Self.notOurs(id) }
                if try domain.activity() == wanted { return }
                do {
                    try change(domain)
                } catch {
                    // Two callers at once: the other may have done it.
                    if try domain.activity() == wanted { return }
                    throw error
                }
            }
            if found == nil { throw Failure(.notFound, "there is no machine \(id) to \(verb)") }
        }
    }

    private func removeLog(of id: MachineID) {
        guard let folder = configuration.logFolder, !configuration.isSimulation else { return }
        let path = "\(folder)/\(DomainMark.domainName(of: id)).log"
        if unlink(path) != 0, errno != ENOENT {
            let reason = String(cString: strerror(errno))
            logger.warning("The log of a machine stays behind", metadata: ["path": "\(path)", "reason": "\(reason)"])
        }
    }

    private static func notOurs(_ id: MachineID) -> Failure {
        Failure(.hypervisor, "a domain with the identifier \(id) exists but was not made for it; it is left alone")
    }
}

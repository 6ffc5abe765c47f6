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
    let feed = ExitFeed()
    let mover: StateMover
    let dependencies = DependencyCache()
    let logger: Logger

    /// Makes a driver.
    ///
    /// Nothing is connected before the first call.
    package init(configuration: LibvirtDriverConfiguration, logger: Logger) {
        self.configuration = configuration
        self.acceleration = configuration.acceleration
        self.logger = logger
        self.mover = StateMover(isSimulation: configuration.isSimulation)
        self.link = LibvirtLink(
            uri: configuration.uri,
            exits: feed,
            callLimit: configuration.callLimit,
            patience: configuration.patience,
            logger: logger,
        )
    }

    /// Stops a machine's processors.
    ///
    /// Does nothing when they stand still.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such machine, `hypervisor` otherwise.
    package func suspend(_ id: MachineID) async throws {
        try await bring(id, to: .suspended, "suspend")
    }

    /// Lets a machine's processors go on.
    ///
    /// Does nothing when they run.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such machine, `hypervisor` otherwise.
    package func resume(_ id: MachineID) async throws {
        try await bring(id, to: .running, "resume")
    }

    /// Ends a machine at once, with the log libvirt kept of it.
    ///
    /// An absent machine is a success.
    ///
    /// - Throws: ``Failure`` with `hypervisor` when libvirt refuses, or when the domain is not ours.
    package func destroy(_ id: MachineID) async throws {
        try await link.call("end machine \(id)") { [feed, installation = configuration.installation] connection in
            _ = try connection.withDomain(id) { domain in
                try domain.requireOurs(id, as: installation)
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

    private func bring(_ id: MachineID, to wanted: ObservedMachine.Activity, _ verb: String) async throws {
        try await link.call("\(verb) machine \(id)") { [installation = configuration.installation] connection in
            let found: Void? = try connection.withDomain(id) { domain in
                try domain.requireOurs(id, as: installation)
                try domain.bring(to: wanted)
            }
            if found == nil { throw Self.absent(id, verb) }
        }
    }

    static func absent(_ id: MachineID, _ verb: String) -> Failure {
        Failure(.notFound, "there is no machine \(id) to \(verb)")
    }

    static func notOurs(_ id: MachineID) -> Failure {
        Failure(.hypervisor, "a domain with the identifier \(id) exists but was not made for it; it is left alone")
    }
}

extension DomainHandle {
    /// Makes sure that the domain is ours to change.
    ///
    /// - Throws: ``Failure`` with `hypervisor` when it is not, ``LibvirtError``.
    func requireOurs(_ id: MachineID, as installation: String) throws {
        guard case .ours = try ownership(as: installation) else { throw LibvirtHypervisor.notOurs(id) }
    }
}

package import SessionModel

extension LibvirtHypervisor {
    /// Freezes a template: stops its processors, writes the state of its devices beside its memory and ends it.
    ///
    /// Does nothing when that was done.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is neither the machine nor its state, `hypervisor` otherwise; the
    ///   machine stands still then.
    package func freeze(_ id: MachineID) async throws {
        let state = MachineFiles.templateState(in: configuration.machineFolder(id))
        try await link.call("freeze machine \(id)") {
            [feed, mover, installation = configuration.installation] connection in
            let found: Void? = try connection.withDomain(id) { domain in
                try domain.requireOurs(id, as: installation)
                try mover.write(domain, .devices, to: state)
                feed.expectEnd(of: id)
                try domain.destroy()
            }
            if found == nil, !StateMover.isWritten(state) { throw Self.absent(id, "freeze") }
        }
        removeLog(of: id)
    }

    /// Stops a machine's processors and writes everything it is into the file made for it.
    ///
    /// Does nothing when that was done. The machine stands still afterwards.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such machine, `hypervisor` otherwise.
    package func save(_ id: MachineID) async throws {
        let state = MachineFiles.unsealedSave(in: configuration.machineFolder(id))
        try await link.call("save machine \(id)") { [mover, installation = configuration.installation] connection in
            let found: Void? = try connection.withDomain(id) { domain in
                try domain.requireOurs(id, as: installation)
                try mover.write(domain, .everything, to: state)
            }
            if found == nil { throw Self.absent(id, "save") }
        }
    }
}

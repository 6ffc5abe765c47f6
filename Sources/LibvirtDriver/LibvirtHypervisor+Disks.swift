package import SessionModel

extension LibvirtHypervisor {
    /// Plugs the copy of a disk that a grader was given into it, while it runs.
    ///
    /// Does nothing when it is plugged in.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such machine, `invalidInput` when it was given no copy,
    ///   `hypervisor` otherwise.
    package func plugCopy(into grader: Machine) async throws {
        let device = try await examinedDisk(of: grader)
        try await link.call("plug a disk into machine \(grader.id)") {
            [installation = configuration.installation] connection in
            let found: Void? = try connection.withDomain(grader.id) { domain in
                try domain.requireOurs(grader.id, as: installation)
                // Absent in the simulation, which can plug nothing in.
                guard let device, try !domain.hasDisk(DomainDescription.examinedTarget) else { return }
                try domain.attach(device)
            }
            if found == nil { throw Self.absent(grader.id, "plug a disk into") }
        }
    }

    private func examinedDisk(of grader: Machine) async throws -> String? {
        guard grader.role == .grader else {
            throw Failure(.invalidInput, "machine \(grader.id) is no grader and was given no copy of a disk")
        }
        guard !configuration.isSimulation else { return nil }
        let files = try await configuration.locate(grader)
        guard let disk = DomainDescription.examinedDisk(files.examined) else {
            throw Failure(.invalidInput, "machine \(grader.id) was given no copy of a disk")
        }
        return disk.document
    }
}

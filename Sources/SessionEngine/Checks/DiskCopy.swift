import SessionModel

/// Copies a running machine's disk as it is at one moment.
enum DiskCopy {
    /// For how long the guest holds its file systems still.
    private static let rest: Duration = .seconds(5)

    /// Copies the disk of a machine for another one; the machine goes on afterwards.
    ///
    /// Its guest is asked to write what is pending and to hold still, then its processors stand while the file is copied.
    ///
    /// - Returns: Why the disk was not at rest; `nil` when it was.
    /// - Throws: ``Failure`` when it could not be copied.
    static func make(of machine: MachineID, for other: MachineID, _ ports: EnginePorts) async throws -> String? {
        var unrest: String?
        do {
            try await ports.agents.freeze(machine, atMost: rest)
        } catch {
            unrest = (error as? Failure)?.message ?? "\(error)"
        }
        guard !Task.isCancelled else {
            // The guest does it by itself after a while.
            try? await Task { try await ports.agents.thaw(machine) }.value
            throw CancellationError()
        }
        // Once it is begun it is ended: a machine that is left standing would be somebody's.
        let copying = Task {
            try await ports.hypervisor.suspend(machine)
            do {
                try await ports.disks.copyDisk(of: .machine(machine), for: other)
            } catch {
                try await ports.hypervisor.resume(machine)
                throw error
            }
            try await ports.hypervisor.resume(machine)
        }
        let result = await copying.result
        // The guest does it by itself after a while.
        try? await ports.agents.thaw(machine)
        try result.get()
        return unrest
    }
}

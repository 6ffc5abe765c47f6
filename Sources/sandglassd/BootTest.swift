import DiskImages
import LibvirtDriver
import SessionEngine
import SessionModel
import Terminal

/// Starts a machine from an imported image to find out how a person can reach it, and removes it again.
struct BootTest: Sendable {
    /// How long a prompt may take; software emulation of a full system is slow.
    static let limit: Duration = .seconds(240)

    let service: SessionService
    let disks: any DiskStore
    let hypervisor: any Hypervisor
    let terminals: TerminalHub
    /// The host user id to run it under.
    let userID: UInt32

    /// Boots the image once.
    func console(of image: Image) async throws -> Image.Console {
        var generator = SystemRandomNumberGenerator()
        let machine = Machine(
            id: MachineID(using: &generator),
            session: nil,
            name: "boot-test",
            specification: MachineSpecification(bootTestOf: image),
            userID: userID,
        )
        return try await service.holding(machine.id) {
            do {
                try await disks.makeDisk(for: machine)
                try await hypervisor.start(machine)
                let console = try await terminals.console(of: machine, within: Self.limit)
                try await remove(machine.id)
                return console
            } catch {
                // The first error says more; what could not be removed is a leftover and goes with the next look.
                try? await remove(machine.id)
                throw error
            }
        }
    }

    private func remove(_ machine: MachineID) async throws {
        await terminals.forget(machine)
        try await hypervisor.destroy(machine)
        try await disks.removeDisk(of: machine)
    }
}

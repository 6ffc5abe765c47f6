import DiskImages
import LibvirtDriver
import SessionEngine
import SessionModel
import Terminal

/// Starts a machine from an imported image to find out how a person can reach it, and removes it again.
///
/// One at a time: all of them run under one user id.
struct BootTest: Sendable {
    /// How long a prompt may take; software emulation of a full system is slow.
    static let limit: Duration = .seconds(240)

    let service: SessionService
    let disks: any DiskStore
    let hypervisor: any Hypervisor
    let terminals: TerminalHub
    let gauge: any HostGauge
    /// The host user id to run it under.
    let userID: UInt32
    private let turn = Turn()

    init(
        service: SessionService,
        disks: any DiskStore,
        hypervisor: any Hypervisor,
        terminals: TerminalHub,
        gauge: any HostGauge,
        userID: UInt32,
    ) {
        self.service = service
        self.disks = disks
        self.hypervisor = hypervisor
        self.terminals = terminals
        self.gauge = gauge
        self.userID = userID
    }

    /// Boots the image once, when it is its turn.
    ///
    /// Nothing is left of the machine afterwards, whoever gave up waiting.
    ///
    /// - Throws: ``Failure`` with `noCapacity` when the host has no room for the machine, what making it throws, or
    ///   `CancellationError`.
    func console(of image: Image) async throws -> Image.Console {
        try await turn.take { try await boot(image) }
    }

    private func boot(_ image: Image) async throws -> Image.Console {
        var generator = SystemRandomNumberGenerator()
        let machine = Machine(
            id: MachineID(using: &generator),
            session: nil,
            name: "boot-test",
            specification: MachineSpecification(bootTestOf: image),
            userID: userID,
        )
        try await gauge.requireMemory(machine.specification.memoryCeiling)
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

    /// Removes the machine, in a task of its own because a cancelled one must clean up too.
    private func remove(_ machine: MachineID) async throws {
        let removal = Task {
            await terminals.forget(machine)
            try await hypervisor.destroy(machine)
            try await disks.removeDisk(of: machine)
        }
        try await removal.value
    }
}

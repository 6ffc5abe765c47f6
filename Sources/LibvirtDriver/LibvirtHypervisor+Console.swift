package import SessionModel

extension LibvirtHypervisor: ConsoleConnector {
    /// How long to wait for a console's socket: an emulator that was just started may not listen yet.
    private static let consolePatience: Duration = .seconds(2)

    /// Runs `body` with a machine's serial console; the connection is closed when it returns.
    ///
    /// What the guest writes while nobody is connected is lost, as on a real serial line.
    ///
    /// - Throws: ``Failure`` with `inUse` when the console is connected already, `hypervisor` when there is none; what
    ///   `body` throws.
    package func withConsole(
        _ id: MachineID,
        _ body: @Sendable (_ connection: ConsoleConnection) async throws -> Void,
    ) async throws {
        try consoles.claim(id)
        defer { consoles.release(id) }
        let socket = MachineFiles.consoleSocket(in: configuration.machineFolder(id))
        let console = try await SerialConsole(path: socket, patience: Self.consolePatience)
        try await console.converse(body)
    }
}

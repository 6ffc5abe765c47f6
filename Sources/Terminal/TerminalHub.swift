package import Logging
package import SessionModel

/// All terminals of all machines. The engine sees it as the door to the guests; edges attach people to it.
package actor TerminalHub: GuestDoor {
    /// Views that may be open of one terminal.
    package static let viewerLimit = 16

    private struct Entry {
        let hub: ConsoleHub
        let task: Task<Void, Never>
    }

    private let connector: any ConsoleConnector
    private let logger: Logger
    private var entries: [MachineID: Entry] = [:]

    /// Makes a hub that reaches machines through the given connector.
    package init(connector: any ConsoleConnector, logger: Logger) {
        self.connector = connector
        self.logger = logger
    }

    // MARK: For edges

    /// Opens a view of a machine's terminal that starts with the recent output.
    ///
    /// - Throws: ``Failure`` with `wrongState` when the machine has no terminal, with `noCapacity` when
    ///   ``viewerLimit`` views are open.
    package func attach(_ machine: MachineID) async throws -> TerminalViewer {
        guard let entry = entries[machine] else {
            throw Failure(.wrongState, "the machine has no terminal: it is not running")
        }
        return try await entry.hub.attach()
    }

    /// Makes sure that another view of a machine's terminal could be opened now, when it has a terminal.
    ///
    /// - Throws: ``Failure`` with `noCapacity`.
    package func requireRoom(at machine: MachineID) async throws { try await entries[machine]?.hub.requireRoom() }

    /// Closes a view.
    package func detach(_ viewer: TerminalViewer, from machine: MachineID) async {
        await entries[machine]?.hub.detach(viewer)
    }

    /// Types into a machine's terminal, waiting while the guest does not read.
    ///
    /// Ignored once input is closed or the machine is gone. Held while its console is connected anew.
    package func type(_ bytes: [UInt8], into machine: MachineID) async throws {
        try await entries[machine]?.hub.type(bytes)
    }

    /// Tells a machine the window's size where the terminal can carry it.
    package func resize(_ machine: MachineID, columns: Int, rows: Int) async {
        await entries[machine]?.hub.resize(columns: columns, rows: rows)
    }

    // MARK: GuestDoor

    package func waitUntilAnswering(_ machine: Machine, within limit: Duration) async throws {
        _ = try await findPrompt(of: machine, within: limit)
    }

    /// Finds out how a person can reach a machine that was just started.
    ///
    /// ``forget(_:)`` it afterwards.
    ///
    /// - Returns: `graphics` when no prompt answered on its serial console in time.
    package func console(of machine: Machine, within limit: Duration) async throws -> Image.Console {
        do {
            return switch try await findPrompt(of: machine, within: limit) {
            case .shell, nil: .serialShell
            case .login: .serialLogin
            }
        } catch let failure as Failure where failure.code == .guestSilent {
            return .graphics
        }
    }

    private func findPrompt(of machine: Machine, within limit: Duration) async throws -> PromptProbe.Prompt? {
        let hub = open(machine, isAnswering: false)
        let timer = Task {
            // Cancelled means that an answer came first.
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            let failure = Failure(
                .guestSilent,
                "machine \"\(machine.name)\" showed no prompt within \(limit.shortText)",
            )
            await hub.giveUpWaiting(failure)
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await hub.waitUntilAnswering()
        } onCancel: {
            Task { await hub.giveUpWaiting(CancellationError()) }
        }
    }

    package func adopt(_ machine: Machine) { _ = open(machine, isAnswering: true) }

    package func tell(_ session: SessionID, _ notice: Notice) async {
        for entry in entries.values where entry.hub.session == session { await entry.hub.tell(notice) }
    }

    package func closeInput(of session: SessionID) async {
        for entry in entries.values where entry.hub.session == session { await entry.hub.closeInput() }
    }

    package func forget(_ id: MachineID) async {
        guard let entry = entries.removeValue(forKey: id) else { return }
        await entry.hub.close()
        entry.task.cancel()
        await entry.task.value
    }

    private func open(_ machine: Machine, isAnswering: Bool) -> ConsoleHub {
        if let entry = entries[machine.id] { return entry.hub }
        let hub = ConsoleHub(machine, isAnswering: isAnswering, logger: logger)
        let connector = connector
        entries[machine.id] = Entry(hub: hub, task: Task { await hub.run(connector) })
        return hub
    }
}

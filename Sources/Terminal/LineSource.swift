import SessionModel

/// Where the bytes of a terminal come from: a machine's serial console, or a shell of its agent.
protocol LineSource: Sendable {
    /// After how long without output a key is pressed in search of a prompt.
    var probePatience: Duration { get }

    /// Runs `body` with a connection, which is closed when it returns.
    ///
    /// - Throws: ``ShellOver`` when there is nothing to connect to until somebody wants it anew; anything else is worth
    ///   another attempt.
    func withLine(size: WindowSize, _ body: @Sendable (Line) async throws -> Void) async throws
}

/// Both directions of a connection to a terminal.
struct Line: Sendable {
    /// What it shows.
    let output: AsyncThrowingStream<[UInt8], any Error>
    /// Types; returns how many bytes were typed, none of them were when it throws.
    let write: @Sendable ([UInt8]) async throws -> Int
    /// Changes the window's size; `nil` where the line cannot carry it.
    let resize: (@Sendable (WindowSize) async throws -> Void)?
    /// Whether a secret is probably being typed; `nil` where the line does not tell.
    var takesSecret: (@Sendable () -> Bool)?
    /// Whether what runs there was there before and waits with an empty screen for somebody who knows nothing of it.
    var isResumed = false
}

/// A shell has ended by itself.
struct ShellOver: Error {}

/// A machine's serial console.
struct ConsoleSource: LineSource {
    let machine: MachineID
    let connector: any ConsoleConnector

    var probePatience: Duration { PromptProbe.patience }

    func withLine(size: WindowSize, _ body: @Sendable (Line) async throws -> Void) async throws {
        try await connector.withConsole(machine) { console in
            let line = Line(
                output: console.output,
                write: { bytes in
                    try await console.write(bytes)
                    return bytes.count
                },
                resize: nil,
            )
            try await body(line)
        }
    }
}

/// A terminal of a machine's agent.
struct ShellSource: LineSource {
    let machine: MachineID
    let number: Int
    let agents: any GuestAgents

    /// An agent answers at once, and so does the shell that waits in a copy of a machine.
    var probePatience: Duration { .milliseconds(200) }

    func withLine(size: WindowSize, _ body: @Sendable (Line) async throws -> Void) async throws {
        let terminal = try await agents.openTerminal(number, of: machine, size: size)
        let line = Line(
            output: terminal.output,
            write: terminal.write,
            resize: terminal.resize,
            takesSecret: terminal.takesSecret,
            isResumed: !terminal.isNew,
        )
        do {
            try await body(line)
            let isOver = try await terminal.isShellOver()
            await terminal.close()
            if isOver { throw ShellOver() }
        } catch {
            await terminal.close()
            throw error
        }
    }
}

import Logging
import SessionModel

/// A machine's serial console: one connection to the guest, any number of viewers, the recent output for those who come
/// later.
actor ConsoleHub {
    /// Recent output is kept up to this many bytes.
    static let scrollbackLimit = 256 * 1024
    /// What is typed while the console is away is held up to this many bytes, as a terminal line does; more is lost.
    static let heldLimit = 4096

    let session: SessionID?
    private let machine: MachineID
    private let logger: Logger
    private var write: (@Sendable ([UInt8]) async throws -> Void)?
    private var probe: PromptProbe?
    private var silenceTimer: Task<Void, Never>?
    private var prompt: PromptProbe.Prompt?
    private var waiting: [CheckedContinuation<Void, any Error>] = []
    private var scrollback: [UInt8] = []
    private var viewers: [ObjectIdentifier: TerminalViewer] = [:]
    private var inputIsOpen = true
    private var isClosed = false
    private var quiet: QuietCommand?
    private var isUntouched = true
    private var held: [UInt8] = []

    init(_ machine: Machine, isAnswering: Bool, logger: Logger) {
        self.machine = machine.id
        session = machine.session
        probe = isAnswering ? nil : PromptProbe()
        var logger = logger
        logger[metadataKey: "vm.id"] = "\(machine.id)"
        self.logger = logger
    }

    /// Keeps the console connected until the task is cancelled.
    func run(_ connector: any ConsoleConnector) async {
        while !Task.isCancelled {
            do {
                try await connector.withConsole(machine) { connection in
                    await self.connected(connection.write)
                    for try await bytes in connection.output { await self.received(bytes) }
                }
                logger.debug("Console closed")
            } catch {
                logger.debug("Console lost", metadata: ["error": "\(error)"])
            }
            write = nil
            // The machine may be restarting its emulator or be gone; whoever knows that it is gone cancels us.
            do { try await Task.sleep(for: .milliseconds(500)) } catch { break }
        }
    }

    /// Returns once a prompt answers, with its kind when it was probed here.
    func waitUntilAnswering() async throws -> PromptProbe.Prompt? {
        guard probe != nil, !isClosed else { return prompt }
        // Between this and the wait nothing else runs here, so a later cancellation finds us waiting.
        try Task.checkCancellation()
        try await withCheckedThrowingContinuation { waiting.append($0) }
        return prompt
    }

    /// Fails those who wait for a prompt.
    func giveUpWaiting(_ error: any Error) {
        for one in waiting { one.resume(throwing: error) }
        waiting = []
    }

    /// Opens a view that starts with the recent output.
    func attach() throws -> TerminalViewer {
        try requireRoom()
        let viewer = TerminalViewer(showing: scrollback)
        if isClosed { viewer.close() } else { viewers[ObjectIdentifier(viewer)] = viewer }
        return viewer
    }

    /// Throws ``Failure`` with `noCapacity` when no further view may be opened.
    func requireRoom() throws {
        guard viewers.count < TerminalHub.viewerLimit else {
            throw Failure(
                .noCapacity,
                "\(viewers.count) people watch this terminal already; one of them must leave first",
            )
        }
    }

    /// Closes a view.
    func detach(_ viewer: TerminalViewer) {
        viewer.close()
        viewers[ObjectIdentifier(viewer)] = nil
    }

    /// Types into the guest, unless input is closed.
    ///
    /// Waits while the guest does not read; holds the bytes while the console is away.
    func type(_ bytes: [UInt8]) async throws {
        guard inputIsOpen, !isClosed, !bytes.isEmpty else { return }
        if quiet != nil {
            quiet?.typed += bytes
            return
        }
        isUntouched = false
        guard let write, held.isEmpty else { return hold(bytes) }
        do {
            try await write(bytes)
        } catch let cancellation as CancellationError {
            throw cancellation
        } catch {
            logger.debug("Not typed, the console is lost", metadata: ["error": "\(error)"])
            hold(bytes)
        }
    }

    private func hold(_ bytes: [UInt8]) { held += bytes.prefix(Self.heldLimit - held.count) }

    private func typeHeld() async {
        while inputIsOpen, let write, !held.isEmpty {
            // They stay held until they are written, so that what is typed meanwhile comes after them.
            let bytes = held
            do { try await write(bytes) } catch { return }
            held.removeFirst(bytes.count)
        }
    }

    /// Tells the guest the window's size.
    ///
    /// A serial line cannot carry it, so a command is typed where that is harmless: at a prompt at which nobody has
    /// typed since it appeared. Elsewhere nothing happens.
    func resize(columns: Int, rows: Int) async {
        guard inputIsOpen, !isClosed, probe == nil, quiet == nil, let write else { return }
        guard isUntouched, PromptProbe.endsInShellPrompt(scrollback) else { return }
        quiet = QuietCommand()
        let command = QuietCommand.line("stty rows \(rows) cols \(columns)")
        do { try await write(Array(command.utf8)) } catch {
            logger.debug("Window size not told", metadata: ["error": "\(error)"])
        }
        for _ in 0..<30 where quiet != nil {
            // Cancelled is fine: the size is told at the next chance.
            try? await Task.sleep(for: .milliseconds(50))
        }
        await endQuiet(showing: true)
    }

    /// Writes a line of ours into every view.
    func tell(_ notice: Notice) { publish(NoticeText.bytes(for: notice)) }

    /// Refuses any further input.
    func closeInput() { inputIsOpen = false }

    /// Ends every view.
    func close() {
        isClosed = true
        silenceTimer?.cancel()
        for viewer in viewers.values { viewer.close() }
        viewers = [:]
        giveUpWaiting(CancellationError())
    }

    // MARK: Output

    private func connected(_ write: @escaping @Sendable ([UInt8]) async throws -> Void) async {
        self.write = write
        if probe != nil { await follow(.listen(PromptProbe.patience)) }
        await typeHeld()
    }

    private func received(_ bytes: [UInt8]) async {
        if probe != nil {
            if let step = probe?.hear(bytes) { await follow(step) }
        } else if quiet != nil {
            if quiet?.swallow(bytes) == true { await endQuiet(showing: false) }
        } else {
            if bytes.contains(0x0A) { isUntouched = true }
            publish(bytes)
        }
    }

    private func publish(_ bytes: [UInt8]) {
        scrollback += bytes
        if scrollback.count > Self.scrollbackLimit * 2 {
            scrollback.removeFirst(scrollback.count - Self.scrollbackLimit)
        }
        for viewer in viewers.values { viewer.show(bytes) }
    }

    private func endQuiet(showing: Bool) async {
        guard let ended = quiet.take() else { return }
        if showing { publish(ended.swallowed) }
        do { try await type(ended.typed) } catch {
            logger.warning("Typed input was lost", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Probing

    private func follow(_ step: PromptProbe.Step) async {
        silenceTimer?.cancel()
        switch step {
        case .listen(let wait):
            silenceTimer = Task {
                do { try await Task.sleep(for: wait) } catch { return }
                await self.nothingCame()
            }
        case .type(let text):
            do { try await write?(Array(text.utf8)) } catch {
                logger.debug("Probe not typed", metadata: ["error": "\(error)"])
            }
            await follow(.listen(PromptProbe.patience))
        case .answers(let prompt, let screen):
            self.prompt = prompt
            probe = nil
            publish(screen)
            for one in waiting { one.resume() }
            waiting = []
        }
    }

    private func nothingCame() async {
        if let step = probe?.silence() { await follow(step) }
    }
}

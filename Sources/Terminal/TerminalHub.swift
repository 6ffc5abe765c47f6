package import Logging
package import SessionModel

/// All terminals of all machines. The engine sees it as the door to the guests; edges attach people to it.
///
/// A machine has its serial console and the terminals of its agent. None of them is connected before somebody wants it.
package actor TerminalHub: GuestDoor {
    /// Views that may be open of one terminal.
    package static let viewerLimit = 256

    /// What is known of a machine that runs.
    private struct Entry {
        /// `nil` while it is a spare.
        var session: SessionID?
        /// Its name in its session's lab.
        var name: String
        var lines: [TerminalName: TerminalLine] = [:]
        var inputIsOpen = true
        /// Whether its agent did not answer when people wanted a terminal.
        var hasNoAgent = false
    }

    private let connector: any ConsoleConnector
    private let agents: any GuestAgents
    private let recordings: RecordingArchive?
    private let logger: Logger
    private var entries: [MachineID: Entry] = [:]
    /// Where people sit; only here, so that they can be moved at once.
    private var seats: [ObjectIdentifier: Seat] = [:]

    private struct Seat {
        var place: Place
        /// Whose machine it is.
        let session: SessionID?
        let visitor: Visitor
        let viewer: TerminalViewer
    }

    /// Makes a hub that reaches machines through the given connector and agents.
    ///
    /// - Parameters:
    ///   - connector: Reaches serial consoles.
    ///   - agents: Reach the terminals of agents.
    ///   - recordings: Where what people do is recorded; `nil` when nothing is.
    ///   - logger: Where decisions are logged.
    package init(
        connector: any ConsoleConnector,
        agents: any GuestAgents,
        recordings: RecordingArchive? = nil,
        logger: Logger,
    ) {
        self.connector = connector
        self.agents = agents
        self.recordings = recordings
        self.logger = logger
    }

    // MARK: For edges

    /// Where a person can sit down.
    package struct Place: Sendable, Hashable {
        /// The machine.
        package let machine: MachineID
        /// Its terminal.
        package let terminal: TerminalName
        /// Whether it is the console because no agent answers.
        package let isFallback: Bool

        /// Names a place.
        package init(_ machine: MachineID, _ terminal: TerminalName, isFallback: Bool = false) {
            self.machine = machine
            self.terminal = terminal
            self.isFallback = isFallback
        }
    }

    /// Finds a place at a machine and makes sure that somebody could sit down there now.
    ///
    /// - Parameters:
    ///   - machine: The machine.
    ///   - terminal: Which; `nil` for the first of its agent, or the console where no agent answers.
    /// - Returns: The place.
    /// - Throws: ``Failure`` with `wrongState` when the machine is not running, `noCapacity` when ``viewerLimit`` views
    ///   are open, `invalidInput` when there is no such terminal, `guestSilent` when one of an agent is asked for that
    ///   does not answer.
    package func place(at machine: MachineID, _ terminal: TerminalName? = nil) async throws -> Place {
        guard entries[machine] != nil else {
            throw Failure(.wrongState, "the machine has no terminal: it is not running")
        }
        if case .shell(let number)? = terminal, !(0...AgentTerminal.highestNumber).contains(number) {
            throw Failure(.invalidInput, "terminals have the numbers 0 to \(AgentTerminal.highestNumber)")
        }
        let place = try await reachable(machine, terminal)
        try await entries[machine]?.lines[place.terminal]?.requireRoom()
        return place
    }

    private func reachable(_ machine: MachineID, _ terminal: TerminalName?) async throws -> Place {
        switch terminal {
        case .console: return Place(machine, .console)
        case .shell:
            try await agents.requireAgent(in: machine)
            return Place(machine, terminal ?? .console)
        case nil:
            if entries[machine]?.hasNoAgent == true { return Place(machine, .console, isFallback: true) }
            do {
                try await agents.requireAgent(in: machine)
                return Place(machine, .shell(0))
            } catch let failure as Failure where failure.code == .guestSilent || failure.code == .hypervisor {
                logger.info("No agent answers, the console is used", metadata: ["vm.id": "\(machine)"])
                entries[machine]?.hasNoAgent = true
                return Place(machine, .console, isFallback: true)
            }
        }
    }

    /// Opens a view of a terminal.
    ///
    /// - Parameters:
    ///   - place: Where.
    ///   - visitor: Who comes, and to do what. That somebody else than the session's owner may type is said in the terminal.
    ///   - size: How large the person's window is; `nil`, or a watcher's, leaves the terminal as it is.
    ///   - seen: Up to which position the client shows everything already; `nil` when it shows nothing. What is no longer
    ///     kept from there on is replaced by the screen as it is, after what has scrolled off lately.
    ///   - isPaced: Whether the client says what it has shown, and is sent no more than ``Pace/window`` bytes ahead of that.
    /// - Returns: The view; detach it.
    /// - Throws: ``Failure`` with `wrongState` when the machine is not running, with `noCapacity` when ``viewerLimit``
    ///   views are open.
    package func attach(
        _ place: Place,
        as visitor: Visitor,
        size: WindowSize? = nil,
        seen: Int64? = nil,
        isPaced: Bool = false,
    ) async throws -> TerminalViewer {
        guard let line = line(place.terminal, of: place.machine) else {
            throw Failure(.wrongState, "the machine has no terminal: it is not running")
        }
        await replace(visitor, at: place)
        let viewer = TerminalViewer()
        let session = entries[place.machine]?.session
        seats[ObjectIdentifier(viewer)] = Seat(place: place, session: session, visitor: visitor, viewer: viewer)
        tellPresence(in: session)
        let size = visitor.part == .driver ? size : nil
        do {
            if let size { await line.resize(size) }
            try await record(line, at: place)
            try await line.attach(
                Audience.Member(viewer, visitor, size: size, seen: seen, isPaced: isPaced),
                isFallback: place.isFallback,
            )
        } catch {
            seats[ObjectIdentifier(viewer)] = nil
            tellPresence(in: session)
            throw error
        }
        return viewer
    }

    /// Closes the view that a client has left behind which comes anew.
    ///
    /// Of a connection that was cut nobody may have heard yet; what still comes by that is typed no more.
    private func replace(_ visitor: Visitor, at place: Place) async {
        guard let client = visitor.client else { return }
        for seat in seats.values
        where seat.place.machine == place.machine && seat.place.terminal == place.terminal
            && seat.visitor.client == client && seat.visitor.person == visitor.person
        {
            await detach(seat.viewer)
        }
    }

    /// Tells everybody in a session who is there, at whichever of its terminals: nobody looks on unseen.
    private func tellPresence(in session: SessionID?) {
        let present = seats.values.filter { $0.session == session }
        let presence = Presence(present.map(\.visitor))
        for seat in present { seat.viewer.tell(presence) }
    }

    /// Who is in a session, at whichever of its terminals.
    package func presence(in session: SessionID) -> Presence {
        Presence(seats.values.filter { $0.session == session }.map(\.visitor))
    }

    /// Has a terminal recorded from now on, where its session's policy wants that.
    ///
    /// - Throws: ``Failure`` when that cannot be found out: then nobody may look.
    private func record(_ line: TerminalLine, at place: Place) async throws {
        guard let recordings, await line.recording == nil else { return }
        guard let entry = entries[place.machine], let session = entry.session else { return }
        let label = try RecordingLabel(session: session, machine: entry.name, terminal: place.terminal)
        let recording = try await recordings.recording(of: label, size: await line.size) { [weak self] state in
            await self?.recordingIs(state, of: label)
        }
        if let recording { await line.record(by: recording) }
    }

    /// Tells those at a terminal whether what they do is recorded.
    private func recordingIs(_ state: Recorder.State, of label: RecordingLabel) async {
        for entry in entries.values where entry.session == label.session && entry.name == label.machine {
            await entry.lines[label.terminal]?.recordingIs(state)
        }
    }

    /// Closes a view.
    package func detach(_ viewer: TerminalViewer) async {
        let line = line(of: viewer)
        let seat = seats.removeValue(forKey: ObjectIdentifier(viewer))
        viewer.close()
        tellPresence(in: seat?.session)
        await line?.detach(viewer)
    }

    /// Types into the terminal that somebody looks at, waiting while the guest does not read.
    ///
    /// Ignored from those who only watch, and once input is closed or the machine is gone. Held while the terminal is
    /// connected anew.
    package func type(_ bytes: [UInt8], at viewer: TerminalViewer) async {
        await line(of: viewer)?.type(bytes, by: viewer)
    }

    /// Likewise, for bytes that may have come before.
    ///
    /// - Parameters:
    ///   - bytes: What is typed.
    ///   - offset: How many bytes the same client typed before these.
    ///   - viewer: Where.
    /// - Returns: How many bytes the client has typed now.
    /// - Throws: ``Failure`` with `conflict` when bytes before these are missing.
    package func type(_ bytes: [UInt8], from offset: Int64, at viewer: TerminalViewer) async throws -> Int64 {
        try await line(of: viewer)?.type(bytes, from: offset, by: viewer) ?? offset
    }

    /// Tells the terminal that somebody looks at how large their window is, where it can carry that.
    ///
    /// Ignored from those who only watch.
    package func resize(_ viewer: TerminalViewer, to size: WindowSize) async {
        await line(of: viewer)?.resize(to: size, by: viewer)
    }

    /// Says that somebody's screen shows everything up to a position.
    package func shown(_ position: Int64, by viewer: TerminalViewer) async {
        await line(of: viewer)?.shown(position, by: viewer)
    }

    /// The view that a client has open at a machine; `nil` when it has none.
    package func view(of client: ClientID, _ person: PersonID, at machine: MachineID) -> TerminalViewer? {
        seats.values.first { seat in
            seat.place.machine == machine && seat.visitor.client == client && seat.visitor.person == person
        }?.viewer
    }

    /// What a terminal shows as text, one line per row; empty when nobody ever wanted it.
    package func screen(of place: Place) async -> [String] {
        await entries[place.machine]?.lines[place.terminal]?.screen() ?? []
    }

    /// Bytes that are held for all who look at a terminal, however many they are.
    func heldBytes(at place: Place) async -> Int {
        await entries[place.machine]?.lines[place.terminal]?.heldBytes() ?? 0
    }

    /// Terminals that somebody wanted, and those who look at them.
    func census() -> (terminals: Int, drivers: Int, watchers: Int) {
        let parts = seats.values.map(\.visitor.part)
        return (
            entries.values.reduce(0) { $0 + $1.lines.count }, parts.count { $0 == .driver },
            parts.count { $0 == .watcher },
        )
    }

    // MARK: GuestDoor

    package func waitUntilAnswering(_ machine: Machine, within limit: Duration) async throws {
        let isFork = machine.fork != nil && machine.role != .template
        _ = try await findPrompt(of: machine, at: isFork ? .shell(0) : .console, within: limit)
    }

    /// Finds out how a person can reach a machine that was just started.
    ///
    /// ``forget(_:)`` it afterwards.
    ///
    /// - Returns: `graphics` when no prompt answered on its serial console in time.
    package func console(of machine: Machine, within limit: Duration) async throws -> Image.Console {
        do {
            return switch try await findPrompt(of: machine, at: .console, within: limit) {
            case .shell, nil: .serialShell
            case .login: .serialLogin
            }
        } catch let failure as Failure where failure.code == .guestSilent {
            return .graphics
        }
    }

    private func findPrompt(
        of machine: Machine,
        at terminal: TerminalName,
        within limit: Duration,
    ) async throws -> PromptProbe.Prompt? {
        know(machine)
        guard let line = line(terminal, of: machine.id, answers: false) else { return nil }
        let timer = Task {
            // Cancelled means that an answer came first.
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            let failure = Failure(
                .guestSilent,
                "machine \"\(machine.name)\" showed no prompt within \(limit.shortText)",
            )
            await line.giveUpWaiting(failure)
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await line.waitUntilAnswering()
        } onCancel: {
            Task { await line.giveUpWaiting(CancellationError()) }
        }
    }

    package func adopt(_ machine: Machine) { know(machine) }

    package func tell(_ session: SessionID, _ notice: Notice) async {
        for line in lines(of: session) { await line.tell(notice) }
    }

    package func closeInput(of session: SessionID) async {
        for (machine, entry) in entries where entry.session == session { entries[machine]?.inputIsOpen = false }
        for line in lines(of: session) { await line.closeInput() }
    }

    package func moveTerminals(from old: MachineID, to new: Machine) async {
        know(new)
        if let entry = entries[old] {
            entries[new.id]?.hasNoAgent = entry.hasNoAgent
            // First of all: what is typed from now on is for the new machine.
            for (viewer, seat) in seats where seat.place.machine == old {
                seats[viewer]?.place = Place(new.id, seat.place.terminal, isFallback: seat.place.isFallback)
            }
            for (terminal, line) in entry.lines {
                let legacy = await line.release()
                guard let line = self.line(terminal, of: new.id) else {
                    for member in legacy.audience.members { member.viewer.close() }
                    continue
                }
                await line.welcome(legacy.audience)
                if let recording = legacy.recording { await line.record(by: recording) }
            }
        }
        await forget(old)
    }

    package func forget(_ id: MachineID) async {
        guard let entry = entries.removeValue(forKey: id) else { return }
        for line in entry.lines.values { await line.close() }
    }

    // MARK: What is where

    /// Takes a machine up, or its session, which a spare gets late.
    private func know(_ machine: Machine) {
        if entries[machine.id] == nil { entries[machine.id] = Entry(name: machine.name) }
        entries[machine.id]?.session = machine.session
        entries[machine.id]?.name = machine.name
    }

    private func lines(of session: SessionID) -> [TerminalLine] {
        entries.values.filter { $0.session == session }.flatMap(\.lines.values)
    }

    private func line(of viewer: TerminalViewer) -> TerminalLine? {
        seats[ObjectIdentifier(viewer)].flatMap { line($0.place.terminal, of: $0.place.machine) }
    }

    /// A terminal of a machine that is known, which is made when it is wanted first.
    private func line(_ terminal: TerminalName, of machine: MachineID, answers: Bool = true) -> TerminalLine? {
        guard let entry = entries[machine] else { return nil }
        if let line = entry.lines[terminal] { return line }
        let source: any LineSource =
            switch terminal {
            case .console: ConsoleSource(machine: machine, connector: connector)
            case .shell(let number): ShellSource(machine: machine, number: number, agents: agents)
            }
        var logger = logger
        logger[metadataKey: "vm.id"] = "\(machine)"
        logger[metadataKey: "terminal"] = "\(terminal)"
        let line = TerminalLine(
            source,
            origin: Int64.random(in: 0..<OutputRing.originLimit),
            answers: answers,
            inputIsOpen: entry.inputIsOpen,
            logger: logger,
        )
        entries[machine]?.lines[terminal] = line
        return line
    }
}

import Logging
import SessionModel

/// One terminal of a machine: one connection to the guest, any number of viewers, the recent output for those who come
/// later.
///
/// ```text
///            wanted: probed, watched, typed into            lost, and somebody wants it
///   apart ───────────────────────────────────▶ connected ◀──────────────────────────────▶ connecting anew
///     ▲                                            │                                          │
///     └──────────── the shell is over ─────────────┘                    nobody has wanted it for a while
///     ▲                                                                                       │
///     └───────────────────────────────────────────────────────────────────────────────────────┘
/// ```
///
/// Once connected it stays so, watched or not: what runs there must be able to speak. While apart it costs nothing.
actor TerminalLine {
    /// What is typed while the line is away is held up to this many bytes, as a terminal line does; more is lost.
    static let heldLimit = 4096
    /// How long a lost line is looked for while nobody watches.
    static let lonelySearch: Duration = .seconds(30)
    private static let shortestPause: Duration = .milliseconds(50)
    private static let longestPause: Duration = .seconds(2)

    private let source: any LineSource
    private let logger: Logger
    private var audience: Audience
    private var line: Line?
    private var worker: Task<Void, Never>?
    private var pause = TerminalLine.shortestPause
    private var lostAt: ContinuousClock.Instant?
    private(set) var size = WindowSize.usual
    private var probe: PromptProbe?
    private var silenceTimer: Task<Void, Never>?
    private var prompt: PromptProbe.Prompt?
    private var waiting: [CheckedContinuation<Void, any Error>] = []
    private var answers: Bool
    private var inputIsOpen = true
    private var isClosed = false
    private var isShellOver = false
    private var quiet: QuietCommand?
    private var isUntouched = true
    /// How it is recorded; `nil` while nobody has looked at it, and where nothing is recorded.
    private(set) var recording: LineRecording?
    /// What people are told in lines of ours.
    private var announcer: Announcer
    /// Lets it speak, and when.
    private var speaker: Task<Void, Never>?
    private var speaksNext: ContinuousClock.Instant?
    /// Whether anything of the guest's was shown yet.
    private var guestHasSpoken = false
    /// What was typed and not written yet.
    private var outbox: [UInt8] = []
    private var writer: Task<Void, Never>?
    private var typing: [CheckedContinuation<Void, Never>] = []

    init(
        _ source: any LineSource,
        origin: Int64,
        answers: Bool,
        inputIsOpen: Bool,
        announcer: Announcer = Announcer(),
        logger: Logger,
    ) {
        self.announcer = announcer
        self.source = source
        audience = Audience(origin: origin, size: .usual)
        self.answers = answers
        self.inputIsOpen = inputIsOpen
        self.logger = logger
    }

    /// Returns once a prompt answers, with its kind when it was probed here.
    func waitUntilAnswering() async throws -> PromptProbe.Prompt? {
        guard !answers, !isClosed else { return prompt }
        if probe == nil { probe = PromptProbe(patience: source.probePatience) }
        connect()
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

    /// Throws ``Failure`` with `noCapacity` when no further view may be opened.
    func requireRoom() throws { try audience.requireRoom() }

    /// Records it from now on, what it has shown lately first.
    func record(by recording: LineRecording) {
        guard self.recording == nil, !isClosed else { return }
        self.recording = recording
        recording.recorder.resize(size)
        recording.shown(NoticeText.clear + audience.story)
        // For people, and no part of what they do.
        audience.interject(NoticeText.recorded(withInput: recording.includesInput), at: .now)
        recordingIs(recording.recorder.status.state)
    }

    /// Tells people whether what they do is recorded, once that has changed.
    func recordingIs(_ state: Recorder.State) {
        guard let recording else { return }
        say(announcer.recordingIs(state, isRequired: recording.isRequired))
    }

    /// Opens a view, for somebody who may have found the console where they asked for no terminal in particular.
    func attach(_ member: Audience.Member, isFallback: Bool = false) throws {
        try audience.requireRoom()
        if isClosed { return member.viewer.close() }
        if isFallback { say(announcer.fallback()) }
        let visitor = member.visitor
        if visitor.part == .driver, !visitor.isOwner, !audience.hasDriver(visitor.person) { say(NoticeText.takeOver) }
        member.viewer.look(at: self)
        var member = member
        member.recording = recording.map { $0.includesInput ? .input : .output }
        audience.add(member)
        connect()
    }

    /// Closes a view.
    func detach(_ viewer: TerminalViewer) {
        viewer.close()
        audience.remove(viewer, at: .now)
    }

    /// What comes next for somebody; `nil` when they have to wait.
    func next(for viewer: TerminalViewer) -> TerminalEvent? { audience.next(for: viewer, at: .now) }

    /// Somebody's screen shows everything up to a position.
    func shown(_ position: Int64, by viewer: TerminalViewer) { audience.shown(position, by: viewer) }

    /// What is shown as text, one line per row.
    func screen() -> [String] { audience.lines }

    /// Bytes that are held for all who look.
    func heldBytes() -> Int { audience.heldBytes }

    /// Lets go of everyone who is here, for another terminal to take them in, and of the recording.
    func release() -> (audience: Audience.Legacy, recording: LineRecording?) {
        sayTheRest()
        return (audience.release(), recording.take())
    }

    /// Takes in those who were at another terminal, with a fresh screen.
    func welcome(_ legacy: Audience.Legacy) async {
        for member in legacy.members {
            member.viewer.look(at: self)
            if isClosed { member.viewer.close() }
        }
        audience.take(legacy)
        await resize(legacy.size)
        guard !legacy.members.isEmpty else { return }
        connect()
        // Nobody knows what a console shows that was never listened to: a key makes a prompt come again.
        if line?.resize == nil, audience.isBlank { accept([0x0D], isPerson: false) }
    }

    // MARK: Typing

    /// Types for somebody who may, unless input is closed.
    ///
    /// Waits while the guest does not read; holds the bytes while the line is away. Where the shell is over, a key starts
    /// a new one and is used up by that.
    func type(_ bytes: [UInt8], by viewer: TerminalViewer) async {
        guard let member = audience.member(viewer), member.visitor.part == .driver else { return }
        audience.count(bytes.count, of: viewer)
        guard inputIsOpen, !isClosed, !bytes.isEmpty else { return }
        if let why = recording?.inputRefusal { return say(announcer.refused(why)) }
        recording?.typed(bytes, isSecret: line?.takesSecret?() ?? false)
        accept(bytes, isPerson: true)
        if let size = member.size, size != self.size { await resize(size) }
        while line != nil, outbox.count > Self.heldLimit, !Task.isCancelled { await roomToType() }
    }

    /// Likewise, for bytes that may have come before: `offset` were typed by the same client before them.
    ///
    /// - Returns: How many the client has typed now.
    /// - Throws: ``Failure`` with `conflict` when bytes between are missing.
    func type(_ bytes: [UInt8], from offset: Int64, by viewer: TerminalViewer) async throws -> Int64 {
        guard let key = audience.member(viewer).flatMap({ Typists.Key($0.visitor) }) else { return offset }
        let typed = audience.typists.typed(key)
        guard offset <= typed else {
            throw Failure(.conflict, "these bytes begin at \(offset), and only \(typed) were typed before")
        }
        let known = Int(min(typed - offset, Int64(bytes.count)))
        await type(Array(bytes.dropFirst(known)), by: viewer)
        return audience.typists.typed(key)
    }

    /// Everything that is typed passes here.
    private func accept(_ bytes: [UInt8], isPerson: Bool) {
        guard inputIsOpen, !isClosed, !bytes.isEmpty else { return }
        if isShellOver { return connect() }
        if quiet != nil {
            quiet?.typed += bytes
            return
        }
        if isPerson { isUntouched = false }
        outbox += bytes
        if line == nil { outbox = Array(outbox.prefix(Self.heldLimit)) }
        connect()
        writeOut()
    }

    /// Writes what was typed, in a task of its own: whoever typed it may go meanwhile.
    private func writeOut() {
        guard writer == nil, let line, inputIsOpen, !outbox.isEmpty else { return }
        writer = Task {
            while inputIsOpen, self.line != nil, !outbox.isEmpty {
                // They stay until they are written, so that what is typed meanwhile comes after them.
                let bytes = outbox
                let rest = await write(bytes[...], to: line)
                outbox.removeFirst(min(outbox.count, bytes.count - rest.count))
                letThemType()
                if !rest.isEmpty { break }
            }
            writer = nil
        }
    }

    private func roomToType() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { typing.append($0) }
        } onCancel: {
            Task { await self.letThemType() }
        }
    }

    private func letThemType() {
        for one in typing { one.resume() }
        typing = []
    }

    /// Writes until all is written or the line is lost, and returns what was not.
    private func write(_ bytes: ArraySlice<UInt8>, to line: Line) async -> ArraySlice<UInt8> {
        var rest = bytes
        while !rest.isEmpty {
            do {
                rest = rest.dropFirst(try await line.write(Array(rest)))
            } catch {
                logger.debug("Not typed, the line is lost", metadata: ["error": "\(error)"])
                return rest
            }
        }
        return rest
    }

    // MARK: The window

    /// Takes the size of somebody's window: the last who typed or changed theirs decides.
    func resize(to size: WindowSize, by viewer: TerminalViewer) async {
        guard audience.member(viewer)?.visitor.part == .driver else { return }
        audience.note(size, of: viewer)
        await resize(size)
    }

    /// Tells the guest the window's size.
    ///
    /// A serial line cannot carry it, so a command is typed where that is harmless: at a prompt at which nobody has
    /// typed since it appeared. Elsewhere nothing happens.
    func resize(_ size: WindowSize) async {
        let isNews = self.size != size
        self.size = size
        if isNews { recording?.recorder.resize(size) }
        audience.resize(size)
        guard inputIsOpen, !isClosed, probe == nil, let line else { return }
        if let resize = line.resize {
            guard isNews else { return }
            do { try await resize(size) } catch { sizeWasNotTold(error) }
        } else {
            await typeSize(to: line)
        }
    }

    private func typeSize(to line: Line) async {
        guard quiet == nil, isUntouched, PromptProbe.endsInShellPrompt(audience.latest) else { return }
        quiet = QuietCommand()
        let command = QuietCommand.line("stty rows \(size.rows) cols \(size.columns)")
        do { _ = try await line.write(Array(command.utf8)) } catch { sizeWasNotTold(error) }
        for _ in 0..<30 where quiet != nil {
            // Cancelled is fine: the size is told at the next chance.
            try? await Task.sleep(for: .milliseconds(50))
        }
        await endQuiet(showing: true)
    }

    private func sizeWasNotTold(_ error: any Error) {
        logger.debug("Window size not told", metadata: ["error": "\(error)"])
    }

    /// Tells whoever is here what has become of the session.
    func tell(_ notice: Notice) {
        guard !audience.isEmpty else { return }
        say(NoticeText.text(of: notice))
    }

    /// Tells people something in a line of ours, soon.
    private func say(_ text: String?) {
        guard let text else { return }
        announcer.say(text)
        speak()
    }

    /// Lets lines of ours be shown that may be shown now, and again when the next may.
    private func speak() {
        let shown = announcer.speak(in: &audience, at: .now)
        if !shown.isEmpty { recording?.shown(shown) }
        guard announcer.next != speaksNext else { return }
        speaksNext = announcer.next
        speaker?.cancel()
        speaker = announcer.next.map { next in
            Task {
                // Cancelled, there is nothing to say, or another does it.
                guard (try? await Task.sleep(until: next, clock: .continuous)) != nil else { return }
                speak()
            }
        }
    }

    /// Says now what would never be said otherwise.
    private func sayTheRest() {
        let shown = announcer.speak(in: &audience, at: .now + Announcer.patience)
        if !shown.isEmpty { recording?.shown(shown) }
    }

    /// All that the guest shows passes here.
    private func show(_ bytes: [UInt8]) {
        audience.show(bytes, at: .now)
        recording?.shown(bytes)
        speak()
    }

    /// Refuses any further input.
    func closeInput() {
        inputIsOpen = false
        letThemType()
    }

    /// Ends every view and the connection.
    func close() async {
        isClosed = true
        silenceTimer?.cancel()
        speaker?.cancel()
        sayTheRest()
        audience.close()
        letThemType()
        giveUpWaiting(CancellationError())
        guard let worker else { return }
        worker.cancel()
        await worker.value
    }

    // MARK: The connection

    /// Connects, unless that is being done.
    private func connect() {
        guard worker == nil, !isClosed else { return }
        isShellOver = false
        pause = Self.shortestPause
        lostAt = nil
        worker = Task {
            await work()
            worker = nil
            // Somebody may have come just then.
            if !isShellOver, !audience.isEmpty { connect() }
        }
    }

    /// Keeps the line connected until it is not worth it.
    private func work() async {
        while !Task.isCancelled, !isClosed {
            do {
                try await source.withLine(size: size) { line in
                    await self.connected(line)
                    for try await bytes in line.output { await self.received(bytes) }
                }
                logger.debug("A terminal's line closed")
            } catch is ShellOver {
                line = nil
                letThemType()
                return shellEnded()
            } catch {
                logger.debug("A terminal's line is lost", metadata: ["error": "\(error)"])
            }
            line = nil
            quiet = nil
            outbox = Array(outbox.prefix(Self.heldLimit))
            letThemType()
            // The machine may be restarting its emulator, or be gone: whoever knows that it is gone closes us.
            let lost = lostAt ?? .now
            lostAt = lost
            if probe == nil, audience.isEmpty, lost.duration(to: .now) > Self.lonelySearch { return }
            do { try await Task.sleep(for: pause) } catch { return }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func shellEnded() {
        outbox = []
        isUntouched = true
        isShellOver = true
        let shown = audience.interject(NoticeText.shellEnded, at: .now)
        recording?.shown(shown)
    }

    private func connected(_ line: Line) async {
        self.line = line
        if lostAt != nil { recording?.recorder.marker("reconnected") }
        lostAt = nil
        pause = Self.shortestPause
        if let probe { await follow(.listen(probe.wait)) }
        if line.isResumed, probe == nil, !guestHasSpoken { await askForScreen(line) }
        writeOut()
    }

    /// Makes what runs there draw its screen, as it does when its window changes.
    private func askForScreen(_ line: Line) async {
        guard let resize = line.resize, size.rows > 1 else { return }
        do {
            try await resize(WindowSize(columns: size.columns, rows: size.rows - 1))
            try await resize(size)
        } catch {
            sizeWasNotTold(error)
        }
    }

    private func received(_ bytes: [UInt8]) async {
        if probe != nil {
            if let step = probe?.hear(bytes) { await follow(step) }
        } else if quiet != nil {
            if quiet?.swallow(bytes) == true { await endQuiet(showing: false) }
        } else {
            if bytes.contains(0x0A) { isUntouched = true }
            guestHasSpoken = true
            show(bytes)
            // A guest that writes faster than the disk has to wait.
            await recording?.recorder.room()
        }
    }

    private func endQuiet(showing: Bool) async {
        guard let ended = quiet.take() else { return }
        if showing { show(ended.swallowed) }
        accept(ended.typed, isPerson: true)
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
            if let line { _ = await write(Array(text.utf8)[...], to: line) }
            if let probe { await follow(.listen(probe.wait)) }
        case .answers(let prompt, let screen):
            self.prompt = prompt
            probe = nil
            answers = true
            show(screen)
            for one in waiting { one.resume() }
            waiting = []
        }
    }

    /// The wait is over, unless something came just then.
    private func nothingCame() async {
        guard !Task.isCancelled else { return }
        // What follows is done by the timer's own task, which must not be cancelled for it.
        silenceTimer = nil
        if let step = probe?.silence() { await follow(step) }
    }
}

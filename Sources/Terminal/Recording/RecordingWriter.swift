import Logging
import SessionModel

/// Writes what a recorder is told: the only one who touches its files.
actor RecordingWriter {
    /// What is recorded waits in memory this long, which leaves the disk a tenth of the promised second.
    static let pace: Duration = .milliseconds(900)
    /// How long until a disk that refused is asked again.
    static let retry: Duration = .seconds(1)
    /// A disk that does not answer for so long is told.
    static let patience: Duration = .seconds(3)
    /// This much is turned into lines at a time.
    private static let batch = 64 * 1024
    /// The files are synced when this much is not known to be on the disk, so that no more has to be kept in memory.
    private static let keptLimit = 1 << 20

    private let executor = DiskExecutor()
    private let label: RecordingLabel
    private let folder: String
    private let disk: any RecordingDisk
    private let limit: ByteCount
    private let clock: any HostClock
    private let inbox: RecorderInbox
    private let logger: Logger

    private var size: WindowSize
    /// The clocks when the recording was begun or taken up.
    private var opened: ClockReading
    /// The monotonic time at which the recording's own time is zero.
    private var zero: Duration = .zero
    private var composer: CastComposer?
    /// How much of what was composed is told already, in bytes.
    private var counted: Int64 = 0
    private var tape: Tape?
    /// What was not on the disk when the files were found to be gone.
    private var orphan: CastComposer.Piece?
    private var sealing: RecordingFiles?
    /// When the files are to be synced, or the disk asked again.
    private var due: Duration?
    private var timer: (due: Duration, task: Task<Void, Never>)?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(
        _ label: RecordingLabel,
        in folder: String,
        on disk: any RecordingDisk,
        size: WindowSize,
        limit: ByteCount,
        clock: any HostClock,
        inbox: RecorderInbox,
        logger: Logger,
    ) {
        self.label = label
        self.folder = folder
        self.disk = disk
        self.size = size
        self.limit = limit
        self.clock = clock
        self.inbox = inbox
        self.logger = logger
        opened = clock.read()
        due = opened.monotonic
    }

    /// Works until the recording is sealed or closed.
    func run() async {
        while turn() {
            arm()
            await inbox.wait()
        }
        timer?.task.cancel()
        for order in inbox.end() { order.fail(Recorder.isOver) }
    }

    /// Does what is to be done now; returns whether there is more to come.
    private func turn() -> Bool {
        let orders = inbox.takeOrders()
        let now = clock.read().monotonic
        let isDue = due.map { $0 <= now } ?? false
        guard isDue || !orders.isEmpty || isWriting && inbox.isLarge else {
            if due == nil, !inbox.isEmpty { due = now + Self.pace }
            return true
        }
        do {
            if sealing == nil { try watched { try write(syncing: isDue || !orders.isEmpty) } }
            become(.writing)
        } catch {
            stall(error)
            return fail(orders, error)
        }
        if isDue || due == nil { due = isIdle ? nil : now + Self.pace }
        if inbox.isLarge { inbox.ring() }
        return carryOut(orders)
    }

    private var isWriting: Bool { inbox.status.state == .writing }
    private var isIdle: Bool { inbox.isEmpty && tape?.kept.cast.isEmpty ?? true }

    /// Wakes the writer when something is due.
    private func arm() {
        guard due != timer?.due else { return }
        timer?.task.cancel()
        timer = due.map { due in
            let task = Task { [clock, inbox] in
                do { try await clock.sleep(until: due) } catch { return }
                inbox.ring()
            }
            return (due, task)
        }
        if due == nil { timer = nil }
    }

    // MARK: Writing

    private func write(syncing: Bool) throws {
        if !isWriting { try recover() }
        if tape == nil { try openTape() }
        // No more than there is now, or whoever waits for a sync would wait as long as a guest writes.
        var rest: Int?
        repeat {
            for event in inbox.take(Self.batch) { add(event) }
            rest = rest.map { $0 - Self.batch } ?? inbox.size
            try append()
        } while rest ?? 0 > 0
        tellStatus()
        if syncing { try tape?.sync() }
    }

    private func add(_ event: CastEvent) {
        if case .resize(let size) = event.what { self.size = size }
        composer?.add(event.what, event.bytes, at: (event.time - zero).microseconds)
    }

    /// Appends what was composed.
    private func append() throws {
        guard let piece = composer?.take(), let tape else { return }
        if !piece.cast.isEmpty { try tape.append(piece) }
        if tape.kept.cast.count >= Self.keptLimit { try tape.sync() }
    }

    /// Puts right what failed, before anything else is written.
    private func recover() throws {
        guard let tape else { return }
        if try tape.isInPlace() { return try tape.sync() }
        logger.error("The files of a recording are gone", metadata: ["path": "\(tape.files.cast)"])
        orphan = tape.kept
        self.tape = nil
        opened = clock.read()
    }

    // MARK: Opening

    /// Continues the last recording of this terminal, or begins one.
    private func openTape() throws {
        if orphan == nil { try disk.makeFolder(folder) }
        let names = try disk.names(in: folder)
        let last = RecordingFiles.found(among: names, in: folder).last { $0.terminal == label.terminal }
        guard let last else { return try begin(RecordingFiles(in: folder, of: label.terminal), nil) }
        var trouble: String?
        if !names.contains(RecordingFiles.name(of: last.seal)) {
            do {
                return try resume(last)
            } catch let unreadable as CastScan.Unreadable {
                let text = RecordingNotice.instead(of: RecordingFiles.name(of: last.cast), unreadable.why)
                logger.error("A recording is left as it is", metadata: ["path": "\(last.cast)", "why": "\(text)"])
                inbox.tell { $0.leftAside = text }
                trouble = text
            }
        }
        try begin(RecordingFiles(in: folder, of: label.terminal, part: last.part + 1), trouble)
    }

    private func begin(_ files: RecordingFiles, _ trouble: String?) throws {
        begin(try Tape(making: files, on: disk), trouble)
    }

    private func begin(_ tape: Tape, _ trouble: String? = nil) {
        let origin = RecordingOrigin(label: label, part: tape.files.part, started: opened.wall)
        zero = opened.monotonic
        self.tape = tape
        composer = CastComposer(CastHeader(origin, size: size), limit: limit)
        counted = 0
        if let trouble { composer?.add(.marker(trouble), at: 0) }
        if let lost = orphan.take()?.cast.count, lost > 0 { composer?.add(.lost(lost), at: 0) }
    }

    private func resume(_ files: RecordingFiles) throws {
        let tape = try Tape(resuming: files, on: disk) { scan in
            guard let origin = scan.header?.origin, origin.label != label || origin.part != files.part else { return }
            throw CastScan.Unreadable(why: "it is a recording of something else")
        }
        guard let scan = tape.scan, let header = scan.header else { return begin(tape) }
        self.tape = tape
        if let rest = rest(after: scan) {
            orphan = nil
            return try tape.append(rest)
        }
        let last = Duration.microseconds(scan.time)
        let passed = Duration.milliseconds(opened.wall.milliseconds - header.origin.started.milliseconds)
        let elapsed = max(last, passed)
        zero = opened.monotonic - elapsed
        composer = CastComposer(after: scan, limit: limit)
        counted = composer?.length ?? 0
        composer?.add(.marker(RecordingNotice.resumed(after: elapsed - last)), at: elapsed.microseconds)
        composer?.add(.resize(size), at: elapsed.microseconds)
        if let lost = orphan.take()?.cast.count, lost > 0 { composer?.add(.lost(lost), at: elapsed.microseconds) }
    }

    /// Those of our lines that a file lacks which was out of reach for a while; `nil` when it holds anything else.
    private func rest(after scan: CastScan) -> CastComposer.Piece? {
        guard let orphan, let composer, scan.chain.lines <= composer.chain.lines else { return nil }
        let lines = orphan.cast.split(separator: 0x0A).suffix(composer.chain.lines - scan.chain.lines)
        var chain = scan.chain
        var rest = CastComposer.Piece()
        for line in lines {
            chain.add(line)
            rest.cast += line + [0x0A]
            rest.chain += chain.entry
        }
        return chain == composer.chain ? rest : nil
    }

    // MARK: Orders

    private func carryOut(_ orders: [RecorderInbox.Order]) -> Bool {
        var goesOn = true
        for order in orders {
            switch order {
            case .sync(let waiter): waiter.resume()
            case .seal(let key, let waiter):
                do {
                    let seal = try seal(with: key)
                    goesOn = false
                    waiter.resume(returning: seal)
                } catch {
                    if sealing == nil { stall(error) }
                    waiter.resume(throwing: error)
                }
            case .close(let waiter):
                close()
                goesOn = false
                waiter?.resume()
            }
        }
        return goesOn
    }

    private func seal(with key: SigningKey) throws -> RecordingSeal {
        if sealing == nil {
            try finish()
            sealing = tape?.files
            tape = nil
            due = nil
        }
        guard let sealing else { throw Recorder.isOver }
        return try RecordingSealer(key: key, clock: clock, on: disk).seal(sealing)
    }

    private func close() {
        do { try finish() } catch { tellLoss(error) }
        tape = nil
    }

    private func finish() throws {
        composer?.end()
        try append()
        tellStatus()
        try tape?.sync()
    }

    /// Tells those who wait that the disk refuses; returns whether there is more to come.
    private func fail(_ orders: [RecorderInbox.Order], _ error: any Error) -> Bool {
        var goesOn = true
        for order in orders {
            if case .close = order {
                tellLoss(error)
                tape = nil
                goesOn = false
            }
            order.fail(error)
        }
        return goesOn
    }

    // MARK: Telling

    /// Turns to the disk, and tells when it does not answer: this task cannot, it waits for the answer.
    private func watched(_ work: () throws -> Void) rethrows {
        let turn = inbox.beginTurn()
        let end = clock.read().monotonic + Self.patience
        let watch = Task { [clock, inbox, logger] in
            do { try await clock.sleep(until: end) } catch { return }
            let why = "the disk has not answered for \(Self.patience.shortText)"
            if inbox.stall(in: turn, why) {
                logger.warning("The recording is not written", metadata: ["why": "\(why)"])
            }
        }
        defer {
            inbox.endTurn()
            watch.cancel()
        }
        try work()
    }

    private func stall(_ error: any Error) {
        become(.stalled((error as? Failure)?.message ?? "\(error)"))
        due = clock.read().monotonic + Self.retry
    }

    private func become(_ state: Recorder.State) {
        tellStatus()
        switch (inbox.status.state, state) {
        case (.writing, .writing), (.stalled, .stalled): break
        case (.stalled, .writing): logger.notice("The recording is written again")
        case (.writing, .stalled(let why)): logger.warning("The recording is not written", metadata: ["why": "\(why)"])
        }
        inbox.tell { $0.state = state }
    }

    private func tellStatus() {
        let length = composer?.length ?? 0
        let added = max(0, length - counted)
        counted = length
        inbox.tell { status in
            status.added += added
            status.part = tape?.files.part ?? status.part
            status.lines = composer?.chain.lines ?? 0
            status.bytes = length
            status.isFull = composer?.isFull ?? false
        }
    }

    private func tellLoss(_ error: any Error) {
        let bytes = inbox.size + (tape?.kept.cast.count ?? 0)
        logger.error(
            "The end of a recording is lost",
            metadata: ["bytes": "\(bytes)", "error": "\(error)", "path": "\(folder)"],
        )
    }
}

extension Duration {
    /// The length in whole microseconds, rounded towards zero.
    fileprivate var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}

import SessionModel

/// Who looks at a terminal, and what it has shown lately, once for all of them.
///
/// A member costs a position and little more. Who falls out of the ring, or is paced and too far behind, is skipped ahead to
/// the screen as it is now.
struct Audience {
    /// Of a terminal that said no more than this since it began, and asked nothing, a newcomer gets all as it was.
    static let shortStory = 8 * 1024
    /// When nothing has come for so long, what is shown is what people wait for.
    static let quiet: Duration = .milliseconds(60)
    /// Output is handed out in pieces of this at most.
    static let piece = 64 * 1024

    private var ring: OutputRing
    /// Made when something is shown first.
    private var screen: TerminalScreen?
    private var size: WindowSize
    private var members: [ObjectIdentifier: Member] = [:]
    private var marks: [(position: Int64, at: ContinuousClock.Instant)] = []
    private var drawn: (position: Int64, redraw: [UInt8])?
    private var shownAt: ContinuousClock.Instant?
    /// A line of ours over the first row of a program that has the whole screen.
    ///
    /// The screen that is kept is without it: it is what will be drawn again.
    private var cover: String?
    private(set) var typists = Typists()
    private(set) var isClosed = false

    init(origin: Int64, size: WindowSize) {
        ring = OutputRing(origin: origin)
        self.size = size
    }

    /// Somebody who looks.
    struct Member {
        let viewer: TerminalViewer
        let visitor: Visitor
        /// How large their window is.
        var size: WindowSize?
        /// What they are told of being recorded; `nil` when they are not.
        var recording: TerminalEvent.Recorded?
        /// `nil` for who reads as fast as the connection takes it.
        var pace: Pace?
        fileprivate var position: Int64 = 0
        fileprivate var start: Start? = .anywhere
        fileprivate var owesTyped = false
        fileprivate var owesRecording = true
        fileprivate var owesSize = true

        fileprivate enum Start {
            /// From a position on, if it is still there.
            case seen(Int64)
            case anywhere
            /// On the empty screen of another machine.
            case moved
        }

        init(_ viewer: TerminalViewer, _ visitor: Visitor, size: WindowSize?, seen: Int64?, isPaced: Bool) {
            self.viewer = viewer
            self.visitor = visitor
            self.size = size
            pace = isPaced ? Pace() : nil
            start = seen.map(Start.seen) ?? .anywhere
        }
    }

    var isEmpty: Bool { members.isEmpty }
    /// Whether nothing was ever shown.
    var isBlank: Bool { ring.end == ring.origin }
    /// What was shown last.
    var latest: [UInt8] { ring.bytes(from: max(ring.start, ring.end - 512), upTo: 512) }
    /// What brings any screen to what is shown, and before it what came before, as far as it is still there.
    var story: [UInt8] {
        ring.start == ring.origin
            ? ring.bytes(from: ring.start, upTo: ring.count)
            : screen?.redraw(withHistory: true, under: cover) ?? []
    }
    /// Whether a program has the whole screen.
    var isFullScreen: Bool { screen?.modes.isAlternate ?? false }
    /// Whether the guest is between two sequences, so that something of ours does not fall into one.
    var isBetweenSequences: Bool { screen?.isBetweenSequences ?? true }
    /// The screen as text.
    var lines: [String] { screen?.lines ?? [] }
    /// Bytes that are held for all members together.
    var heldBytes: Int { ring.count + (screen?.history.byteCount ?? 0) + (drawn?.redraw.count ?? 0) }

    /// Throws ``Failure`` with `noCapacity` when no further view may be opened.
    func requireRoom() throws {
        guard members.count < TerminalHub.viewerLimit else {
            throw Failure(
                .noCapacity,
                "\(members.count) people watch this terminal already; one of them must leave first",
            )
        }
    }

    func member(_ viewer: TerminalViewer) -> Member? { members[ObjectIdentifier(viewer)] }

    /// Whether a person is here who may type.
    func hasDriver(_ person: PersonID) -> Bool {
        members.values.contains { $0.visitor.person == person && $0.visitor.part == .driver }
    }

    // MARK: Coming and going

    /// Lets somebody look.
    mutating func add(_ member: Member) {
        var member = member
        if let key = Typists.Key(member.visitor) {
            typists.arrive(key)
            member.owesTyped = true
        }
        members[ObjectIdentifier(member.viewer)] = member
    }

    mutating func remove(_ viewer: TerminalViewer, at now: ContinuousClock.Instant) {
        guard let gone = members.removeValue(forKey: ObjectIdentifier(viewer)) else { return }
        let key = Typists.Key(gone.visitor)
        let isThere = members.values.contains { key != nil && Typists.Key($0.visitor) == key }
        if let key, !isThere { typists.leave(key, at: now) }
    }

    /// What another terminal goes on with.
    struct Legacy {
        let members: [Member]
        let typists: Typists
        let size: WindowSize
        let end: Int64
    }

    /// Lets go of everyone without closing their views.
    mutating func release() -> Legacy {
        defer { members = [:] }
        return Legacy(members: Array(members.values), typists: typists, size: size, end: ring.end)
    }

    /// Takes in those who were at another terminal, with a fresh screen; nobody has looked at this one yet.
    mutating func take(_ legacy: Legacy) {
        ring.move(origin: legacy.end)
        marks = []
        drawn = nil
        typists = legacy.typists
        typists.refresh()
        for var member in legacy.members {
            member.start = .moved
            member.pace = member.pace.map { _ in Pace() }
            member.owesTyped = Typists.Key(member.visitor) != nil
            members[ObjectIdentifier(member.viewer)] = member
        }
        wakeAll()
    }

    /// Closes every view once it has been read to the end.
    mutating func close() {
        isClosed = true
        for member in members.values { member.viewer.close() }
    }

    private func wakeAll() { for member in members.values { member.viewer.wake() } }

    // MARK: What is shown and typed

    /// Shows something to all, and to those who come later.
    mutating func show(_ bytes: [UInt8], at now: ContinuousClock.Instant) {
        guard !bytes.isEmpty else { return }
        let screen = screen ?? TerminalScreen(size)
        self.screen = screen
        screen.feed(bytes)
        if !screen.modes.isAlternate { cover = nil }
        handOut(bytes, at: now)
    }

    private mutating func handOut(_ bytes: [UInt8], at now: ContinuousClock.Instant) {
        shownAt = now
        if ring.end - (marks.last?.position ?? .min / 2) >= 4096 { marks.append((ring.end, now)) }
        ring.append(bytes)
        marks.removeAll { $0.position < ring.start }
        wakeAll()
    }

    // MARK: Lines of ours

    /// Shows a line of ours between what the guest writes, whatever it is about to write; returns what was shown.
    @discardableResult
    mutating func interject(_ text: String, at now: ContinuousClock.Instant) -> [UInt8] {
        let bytes = screen?.interjection(text) ?? NoticeText.line(text)
        show(bytes, at: now)
        return bytes
    }

    /// Shows a line of ours over the first row, until ``uncover(at:)``; returns what was shown.
    mutating func cover(_ text: String, at now: ContinuousClock.Instant) -> [UInt8] {
        guard let screen else { return [] }
        let bytes = (cover == nil ? [] : screen.uncovered()) + screen.cover(text)
        cover = text
        handOut(bytes, at: now)
        return bytes
    }

    /// Draws again what is beneath a line of ours; returns what was shown.
    mutating func uncover(at now: ContinuousClock.Instant) -> [UInt8] {
        guard cover != nil, let bytes = screen?.uncovered() else { return [] }
        cover = nil
        handOut(bytes, at: now)
        return bytes
    }

    /// The window has another size.
    mutating func resize(_ size: WindowSize) {
        guard size != self.size else { return }
        self.size = size
        screen?.resize(size)
        drawn = nil
        for key in members.keys { members[key]?.owesSize = true }
        wakeAll()
    }

    /// Remembers how large somebody's window is.
    mutating func note(_ size: WindowSize, of viewer: TerminalViewer) { members[ObjectIdentifier(viewer)]?.size = size }

    /// Counts what somebody typed.
    mutating func count(_ bytes: Int, of viewer: TerminalViewer) {
        guard let member = member(viewer), let key = Typists.Key(member.visitor) else { return }
        typists.count(bytes, of: key)
        members[ObjectIdentifier(viewer)]?.owesTyped = true
        viewer.wake()
    }

    /// Somebody's screen shows everything up to a position.
    mutating func shown(_ position: Int64, by viewer: TerminalViewer) {
        members[ObjectIdentifier(viewer)]?.pace?.shown(position)
        viewer.wake()
    }

    // MARK: What each gets

    /// What comes next for somebody; `nil` when they have to wait.
    mutating func next(for viewer: TerminalViewer, at now: ContinuousClock.Instant) -> TerminalEvent? {
        guard var member = member(viewer) else { return nil }
        defer { members[ObjectIdentifier(viewer)] = member }
        if let event = nextNews(for: &member) { return event }
        if let start = member.start {
            member.start = nil
            return begin(start, &member)
        }
        let isBehind = member.position < ring.start || isTooLate(member, now)
        if isBehind {
            // While more comes, a screen waits until the last one is nearly there. Once it has come to rest, the screen as it
            // is then goes out at once: it is the last.
            let isAtRest = shownAt.map { $0.duration(to: now) > Self.quiet } ?? true
            guard isClosed || isAtRest || member.pace?.mayDraw ?? true else { return nil }
            return skip(&member)
        }
        let room = isClosed ? Self.piece : member.pace?.room ?? Self.piece
        let output = ring.bytes(from: member.position, upTo: min(room, Self.piece))
        guard !output.isEmpty else { return nil }
        member.position += Int64(output.count)
        member.pace?.sent(output: output.count, upTo: member.position)
        if member.position == ring.end { member.pace?.isLevel() }
        return .output(output)
    }

    private mutating func nextNews(for member: inout Member) -> TerminalEvent? {
        if member.owesTyped, let key = Typists.Key(member.visitor) {
            member.owesTyped = false
            let (typed, isFresh) = typists.report(key)
            return .typed(typed, isFresh: isFresh)
        }
        if member.owesRecording, let recording = member.recording {
            member.owesRecording = false
            return .recorded(recording)
        }
        if member.owesSize {
            member.owesSize = false
            return .size(size)
        }
        return nil
    }

    private mutating func begin(_ start: Member.Start, _ member: inout Member) -> TerminalEvent {
        var (redraw, skipped): ([UInt8], Int64) = ([], 0)
        var position = ring.end
        let isShort = ring.start == ring.origin && ring.count <= Self.shortStory && screen?.isUnderstood ?? true
        switch start {
        case .seen(let seen) where (ring.start...ring.end).contains(seen):
            position = seen
        case .seen(let seen) where (ring.origin..<ring.start).contains(seen):
            skipped = ring.end - seen
            redraw = drawnNow(withHistory: true).redraw
        case .seen, .anywhere:
            if isShort { position = ring.origin } else { redraw = drawnNow(withHistory: true).redraw }
        case .moved:
            redraw = NoticeText.clear
            if isShort { position = ring.origin } else { redraw += drawnNow(withHistory: true).redraw }
        }
        member.position = position
        if !redraw.isEmpty { member.pace?.sent(screen: redraw.count, at: position) }
        return .screen(position: position, redraw: redraw, skipped: skipped)
    }

    private mutating func skip(_ member: inout Member) -> TerminalEvent {
        let (position, redraw) = drawnNow(withHistory: false, beyond: member.position)
        let skipped = position - member.position
        member.position = position
        member.pace?.sent(screen: redraw.count, at: position)
        return .screen(position: position, redraw: redraw, skipped: skipped)
    }

    /// The screen as it is now, or was a moment ago: many are skipped ahead at once, and drawing takes longer than reading on.
    private mutating func drawnNow(
        withHistory: Bool,
        beyond position: Int64 = .min,
    ) -> (position: Int64, redraw: [UInt8]) {
        if !withHistory, let drawn, drawn.position > position, ring.end - drawn.position < Int64(Self.piece) {
            return drawn
        }
        let fresh = (ring.end, screen?.redraw(withHistory: withHistory, under: cover) ?? [])
        if !withHistory { drawn = fresh }
        return fresh
    }

    /// Whether somebody who is paced would only be shown what was long ago.
    private func isTooLate(_ member: Member, _ now: ContinuousClock.Instant) -> Bool {
        guard member.pace != nil, ring.end - member.position > Int64(Pace.window) else { return false }
        guard !isClosed, let next = marks.first(where: { $0.position >= member.position }) else { return false }
        return next.at.duration(to: now) > Pace.patience
    }
}

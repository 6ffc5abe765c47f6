/// What people at a terminal are told about it in lines of ours: each thing once, until it changes, and between what the
/// guest writes.
///
/// ```text
///            the guest is between two sequences, or a second later
///   waiting ───────────────────────────────────────────────────────▶ a line of its own
///      │                                                       for good
///      └────── a program has the whole screen ─────────────────────▶ over the first row
///                                                                    for as long as it takes to read, then
///                                                                    the program's rows are drawn again
/// ```
///
/// Pure: it is told the time, and says when it wants to speak again.
struct Announcer {
    typealias Instant = ContinuousClock.Instant

    /// For so long a line waits for the end of what the guest has begun.
    static let patience: Duration = .seconds(1)
    /// For so long a line stays over what a program shows that has the whole screen.
    static let readingTime: Duration = .seconds(5)

    private let readingTime: Duration
    private var waiting: [String] = []
    /// When what waits for the end of a sequence waits no more.
    private var patienceEnds: Instant?
    /// When the line over a program's screen is taken away.
    private var readingEnds: Instant?
    /// Whether people were told that this is the console because no agent answers.
    private var isKnownAsFallback = false
    /// Whether they were told that they cannot type.
    private var isRefusing = false
    /// Whether they were told that what they do is not recorded.
    private var isMissing = false

    init(readingTime: Duration = Self.readingTime) { self.readingTime = readingTime }

    /// When ``speak(in:at:)`` is to be called again, unless something is shown before; `nil` when there is nothing to say.
    var next: Instant? { patienceEnds ?? readingEnds }

    /// Adds a line to what is to be said next.
    mutating func say(_ text: String) { waiting.append(text) }

    /// Says what waits, and takes away what people have had time to read, unless the guest is within a sequence.
    ///
    /// - Returns: What was shown, for the recording.
    mutating func speak(in audience: inout Audience, at now: Instant) -> [UInt8] {
        let isRead = readingEnds.map { $0 <= now } ?? false
        guard isRead || !waiting.isEmpty else { return [] }
        guard audience.isBetweenSequences || patienceEnds.map({ $0 <= now }) ?? false else {
            patienceEnds = patienceEnds ?? now + Self.patience
            return []
        }
        patienceEnds = nil
        defer { waiting = [] }
        if isRead { readingEnds = nil }
        if waiting.isEmpty { return audience.uncover(at: now) }
        guard audience.isFullScreen else { return waiting.flatMap { audience.interject($0, at: now) } }
        readingEnds = now + readingTime
        return audience.cover(waiting.joined(separator: " » "), at: now)
    }

    /// This is the console, and somebody asked for no terminal in particular.
    mutating func fallback() -> String? {
        guard !isKnownAsFallback else { return nil }
        isKnownAsFallback = true
        return NoticeText.fallback
    }

    /// Nobody can type.
    mutating func refused(_ why: String) -> String? {
        guard !isRefusing else { return nil }
        isRefusing = true
        return why
    }

    /// A recording reaches the disk or does not; without it nobody may type where it is required.
    mutating func recordingIs(_ state: Recorder.State, isRequired: Bool) -> String? {
        switch state {
        case .stalled where isRequired: return refused(NoticeText.recordingRequired)
        case .stalled:
            guard !isMissing else { return nil }
            isMissing = true
            return NoticeText.recordingMissing
        case .writing:
            guard isRefusing else { return nil }
            isRefusing = false
            return NoticeText.recordingResumed
        }
    }
}

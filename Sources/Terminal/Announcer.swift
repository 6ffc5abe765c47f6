/// What people at a terminal are told about it: each thing once, until it changes.
struct Announcer {
    /// Whether they were told that this is the console because no agent answers.
    private var isKnownAsFallback = false
    /// Whether they were told that they cannot type.
    private var isRefusing = false
    /// Whether they were told that what they do is not recorded.
    private var isMissing = false

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

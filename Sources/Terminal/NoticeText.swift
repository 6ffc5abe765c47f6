import SessionModel

/// What a person reads in the terminal when the service has something to say.
enum NoticeText {
    /// Resets a person's terminal: its screen is empty, and nothing of what a program had set is left.
    static let clear = Array("\u{1B}c".utf8)

    /// Why a person is at the serial console who asked for no particular terminal.
    static let fallback = "no agent answers in the machine: this is its serial console"

    /// What people are told who open a terminal that is recorded.
    static func recorded(withInput: Bool) -> String {
        "this terminal is recorded: what it shows\(withInput ? ", and what you type" : "")"
    }
    /// Nobody can type while a recording that is required cannot be written.
    static let recordingRequired = "the recording cannot be written; until it can, what you type is not taken"
    /// Nobody can type where a recording that is required has reached its limit.
    static let recordingFull =
        "the recording of this terminal is full; what you type is not taken, use another terminal"
    /// A recording that is required is written again.
    static let recordingResumed = "the recording is written again; go on"
    /// What is done is not recorded, and need not be.
    static let recordingMissing = "what you do is not recorded at the moment: the recording cannot be written"
    /// Whoever presses a key gets another shell.
    static let shellEnded = "the shell has ended; any key starts a new one"
    /// Somebody else than the session's owner has come to type.
    static let takeOver = "somebody else can type here now, too"

    static func text(of notice: Notice) -> String {
        switch notice {
        case .timeLeft(let time): "\(words(time)) left"
        case .extended(let time): "\(words(time)) more"
        case .credited(let time): "\(words(time)) given back: we kept you from working"
        case .reset: "the machine is being replaced by a fresh one"
        case .paused: "the session is paused; the machine sleeps"
        case .resumed: "the machine goes on"
        case .ended(let reason): farewell(reason)
        }
    }

    /// A line of ours between the guest's: set apart by colour and by a mark.
    static func line(_ text: String) -> [UInt8] { [0x0D, 0x0A] + marked(text) + [0x0D, 0x0A] }

    /// The line alone, four places longer than its text.
    static func marked(_ text: String) -> [UInt8] { Array("\u{1B}[0;7m » \(text) \u{1B}[0m".utf8) }

    private static func words(_ time: Duration) -> String {
        let seconds = Int((time.seconds).rounded())
        switch seconds {
        case ..<60: return seconds == 1 ? "1 second" : "\(seconds) seconds"
        case _ where seconds % 60 == 0: return seconds == 60 ? "1 minute" : "\(seconds / 60) minutes"
        default: return "\(seconds / 60) min \(seconds % 60) s"
        }
    }

    private static func farewell(_ reason: EndReason) -> String {
        switch reason {
        case .expired: "the time is over"
        case .idle: "nobody typed for a while, so the session ends"
        case .submitted: "submitted"
        case .stopped: "the session was ended"
        case .guestPoweredOff: "the machine switched itself off"
        case .guestCrashed: "the machine crashed"
        case .neverEntered: "nobody entered in time"
        case .denied, .startFailed, .fault: "the session failed"
        }
    }
}

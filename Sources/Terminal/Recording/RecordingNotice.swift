import SessionModel

/// What a recording says of itself, as markers and, where people should see it, as a line of the screen.
enum RecordingNotice {
    /// It was taken up again after the service had not written it for some time.
    static func resumed(after gap: Duration) -> String {
        "recording resumed after \(tenths(gap)) s"
    }

    /// Output or input that could not be kept until the disk took it.
    static func lost(_ bytes: Int) -> String {
        "\(bytes) bytes were not recorded: the disk did not take them in time"
    }

    /// It has reached its limit.
    static func full(_ limit: ByteCount) -> String { fullPrefix + "\(limit); nothing more is recorded" }

    /// What every marker of a full recording begins with.
    static let fullPrefix = "recording is full: its limit is "

    /// Somebody types who was asked for a password.
    static let withheld = "what is typed is not recorded: a password was asked for"

    /// An earlier recording of the terminal could not be continued.
    static func instead(of name: String, _ why: String) -> String { "\(name) could not be continued: \(why)" }

    private static func tenths(_ time: Duration) -> String {
        let tenths = max(0, time.milliseconds) / 100
        return "\(tenths / 10).\(tenths % 10)"
    }
}

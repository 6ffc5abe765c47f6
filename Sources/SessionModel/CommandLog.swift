/// The commands that were run at a terminal, as the shells in its machine marked them.
///
/// Whoever is in the machine can mark anything: it is the guest's word.
package struct CommandLog: Sendable, Equatable {
    /// The commands, in the order in which they began.
    package var commands: [RecordedCommand]
    /// Whether there were more than are told.
    package var isCut: Bool

    /// Makes a log.
    package init(commands: [RecordedCommand] = [], isCut: Bool = false) {
        self.commands = commands
        self.isCut = isCut
    }
}

/// A command that was run at a terminal.
package struct RecordedCommand: Sendable, Equatable {
    /// What stood at the prompt: printable characters, and line feeds where the shell asked for more.
    package let text: String
    /// Whether more stood there.
    package let isCut: Bool
    /// When it began, since the beginning of the recording.
    package let time: Duration
    /// How long it ran; `nil` when its end was not seen.
    package var took: Duration?
    /// How it ended, 0 for success; `nil` when that was not seen.
    package var status: Int?

    /// Describes a command.
    package init(_ text: String, isCut: Bool = false, at time: Duration, took: Duration? = nil, status: Int? = nil) {
        self.text = text
        self.isCut = isCut
        self.time = time
        self.took = took
        self.status = status
    }
}

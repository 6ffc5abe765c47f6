import APIContract

/// What recordings tell, as text.
enum RecordingText {
    /// Prints which recording follows.
    static func heading(_ recording: RecordingResource) throws {
        try Output.line(PlainText.clean("== \(recording.machine), terminal \(recording.name) =="))
    }

    /// Prints commands, and beside them whose word they are.
    static func show(_ list: CommandList) throws {
        guard !list.commands.isEmpty else { return Output.note("The machine tells of no commands.") }
        Output.note("Commands, as the machine tells them (the guest's word):")
        var table = Table(">AT", ">TOOK", ">STATUS", "COMMAND")
        for command in list.commands {
            table.add(
                clock(command.at),
                command.seconds.map(TimeText.span(seconds:)) ?? "",
                command.status.map(String.init) ?? "",
                command.text.replacing("\n", with: " ↵ ") + (command.isCut ? " …" : ""),
            )
        }
        try Output.table(table)
        if list.isCut { Output.note("There were more.") }
    }

    /// A time since the beginning of a recording, as on a clock.
    static func clock(_ seconds: Double) -> String {
        let text = TimeText.left(seconds)
        return String(repeating: " ", count: max(0, 7 - text.count)) + text
    }
}

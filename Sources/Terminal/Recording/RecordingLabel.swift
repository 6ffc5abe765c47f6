package import SessionModel

/// Which terminal a recording is of.
package struct RecordingLabel: Sendable, Hashable {
    /// The session.
    package let session: SessionID
    /// The machine's name in its lab.
    package let machine: String
    /// The terminal.
    package let terminal: TerminalName

    /// Names a terminal.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - machine: The machine's name: 1 to 64 bytes, without control characters, since it becomes a line of the seal.
    ///   - terminal: The terminal.
    /// - Throws: ``Failure`` with `invalidInput` when the name has another form.
    package init(session: SessionID, machine: String, terminal: TerminalName) throws {
        guard (1...64).contains(machine.utf8.count),
            machine.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw Failure(.invalidInput, "a recording cannot be of a machine with the name \"\(machine.prefix(64))\"")
        }
        self.session = session
        self.machine = machine
        self.terminal = terminal
    }
}

/// What tells a recording from every other one; it stands in the header and in the seal.
package struct RecordingOrigin: Sendable, Hashable {
    /// Which terminal it is of.
    package let label: RecordingLabel
    /// Which of that terminal's recordings it is, from 1.
    package let part: Int
    /// When it began.
    package let started: Timestamp
}

extension TerminalName {
    /// The terminal with that description; `nil` when there is none.
    package init?(_ text: String) {
        if text == "console" {
            self = .console
        } else if let number = Int(text), number >= 0, String(number) == text {
            self = .shell(number)
        } else {
            return nil
        }
    }
}

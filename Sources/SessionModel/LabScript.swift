/// Something a lab runs in one of its machines, as root.
package struct LabScript: Sendable, Equatable, Codable {
    /// The longest time limit.
    package static let longestLimit: Duration = .seconds(3600)

    /// The machine's name inside the lab.
    package var machine: String
    /// What is run.
    package var body: Body
    /// After how long it is killed and has failed.
    package var limit: Duration

    /// Makes a script.
    package init(on machine: String, _ body: Body, limit: Duration) {
        self.machine = machine
        self.body = body
        self.limit = limit
    }

    /// What is run.
    package enum Body: Sendable, Equatable, Codable {
        /// A command for `sh`.
        case command(String)
        /// A file of the lab, with what it says: it begins with `#!`, or is for `sh`.
        case file(path: String, text: String)
    }

    /// What is run: by the program that its first line names after `#!`, or by `sh`.
    package var text: String {
        switch body {
        case .command(let text): text
        case .file(_, let text): text
        }
    }

    /// What those may know who are not to know what it does: its file's name, or that it is the check.
    package var label: String {
        switch body {
        case .command: "the check"
        case .file(let path, _): path
        }
    }

    /// What people call it: its file, or the beginning of its command.
    package var name: String {
        switch body {
        case .command(let text): text.count <= 60 ? text : "\(text.prefix(57))..."
        case .file(let path, _): path
        }
    }
}

/// When a session of a lab is ready for people: a command that must succeed, asked again and again.
package struct LabReadiness: Sendable, Equatable, Codable {
    /// What is asked; its limit is for all attempts together.
    package var script: LabScript

    /// Makes a condition.
    package init(_ script: LabScript) { self.script = script }
}

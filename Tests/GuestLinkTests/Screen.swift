import GuestLink
import GuestProtocol
import TestKit

/// Reads a terminal and remembers what it showed.
actor Screen {
    nonisolated let terminal: GuestTerminal
    private(set) var text = ""
    private(set) var modes: [TerminalModes] = []
    private var events: GuestTerminal.Events.Iterator

    init(_ terminal: GuestTerminal) {
        self.terminal = terminal
        events = terminal.events.makeAsyncIterator()
    }

    /// Types a line.
    func type(_ line: String) async throws { try await terminal.write(Array((line + "\n").utf8)) }

    /// Reads until a text was shown; what was typed is shown too, so ask for what only an answer holds.
    ///
    /// - Returns: Everything shown since the last call, up to and including it.
    @discardableResult
    func wait(for wanted: String) async throws -> String {
        while !text.contains(wanted) {
            var iterator = events
            let event = try await iterator.next()
            events = iterator
            switch event {
            case .output(let bytes): text += String(decoding: bytes, as: UTF8.self)
            case .modes(let modes): self.modes.append(modes)
            case nil: throw Overdue(what: "the terminal ended before it showed \(wanted); it showed \(text)")
            }
        }
        let shown = text
        text = ""
        return shown
    }

    /// Reads until the modes are reported as wanted.
    func wait(for wanted: TerminalModes) async throws {
        while modes.last != wanted {
            var iterator = events
            let event = try await iterator.next()
            events = iterator
            switch event {
            case .output(let bytes): text += String(decoding: bytes, as: UTF8.self)
            case .modes(let modes): self.modes.append(modes)
            case nil: throw Overdue(what: "the terminal ended before it reported \(wanted)")
            }
        }
    }
}

import APIContract
import Hummingbird
import SessionEngine
import SessionModel
import Terminal

/// Which terminal a request means, and how the client comes to it.
struct TerminalRequest: Sendable {
    let machine: String?
    let terminal: TerminalName?
    let size: WindowSize?
    let client: ClientID?
    let seen: Int64?
    let isPaced: Bool

    /// Reads a query.
    ///
    /// - Throws: ``Failure`` with `invalidInput` that says what is wrong with it.
    init(_ request: Request) throws {
        let query = request.uri.queryParameters
        machine = query.get("machine")
        terminal = try Self.terminal(query.get("terminal"))
        size = try Self.size(query.get("columns"), query.get("rows"))
        client = try query.get("client").map(ClientID.init)
        seen = try query.get("seen").map { try Self.position($0, "seen") }
        isPaced = query.get("flow") == "1"
    }

    /// Finds the machine that is meant.
    ///
    /// - Throws: ``Failure`` with `notFound` when the session has none of that name, with `wrongState` when it has none at
    ///   all.
    func machine(of session: Session) throws -> MachineID {
        guard let machine else {
            guard let first = session.machines.first else { throw Failure(.wrongState, "the session has no machine") }
            return first.id
        }
        guard let named = session.machines.first(where: { $0.name == machine }) else {
            throw Failure(.notFound, "the session has no machine \"\(machine.prefix(80))\"")
        }
        return named.id
    }

    /// Reads a position or an offset.
    static func position(_ text: String, _ name: String) throws -> Int64 {
        guard let number = Int64(text), number >= 0 else {
            throw Failure(.invalidInput, "\(name) must be a number of bytes, not \"\(text.prefix(40))\"")
        }
        return number
    }

    private static func size(_ columns: String?, _ rows: String?) throws -> WindowSize? {
        guard let columns, let rows else { return nil }
        guard let columns = Int(columns), let rows = Int(rows) else {
            throw Failure(.invalidInput, "columns and rows must be numbers")
        }
        return try WindowSize(TerminalMessage.WindowSize(columns: columns, rows: rows))
    }

    private static func terminal(_ text: String?) throws -> TerminalName? {
        switch text {
        case nil: return nil
        case TerminalMessage.console: return .console
        case let text?:
            guard let number = Int(text) else {
                throw Failure(.invalidInput, "terminal must be a number or \"\(TerminalMessage.console)\"")
            }
            return .shell(number)
        }
    }
}

extension WindowSize {
    /// A size that was told, when it is one.
    init(_ size: TerminalMessage.WindowSize) throws {
        self.init(columns: size.columns, rows: size.rows)
        try check()
    }
}

extension TerminalMessage.FromServer {
    /// What is told of an event beside the terminal's bytes; `nil` when nothing is.
    init?(_ event: TerminalEvent) {
        switch event {
        case .output: return nil
        case .screen(let position, let redraw, let skipped):
            self.init(
                output: .init(position: position, redraw: redraw.count, skipped: skipped > 0 ? skipped : nil)
            )
        case .typed(let count, let isFresh): self.init(typed: count, isFresh: isFresh)
        case .presence(let presence):
            self.init(
                presence: .init(
                    watchers: presence.watchers.map(\.description),
                    drivers: presence.drivers.map(\.description),
                )
            )
        case .recorded(let what): self.init(recorded: what.rawValue)
        case .size(let size): self.init(size: .init(columns: size.columns, rows: size.rows))
        }
    }
}

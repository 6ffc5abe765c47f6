/// One of a machine's terminals.
package enum TerminalName: Sendable, Hashable, CustomStringConvertible {
    /// The serial console.
    case console
    /// One of the agent's, by number.
    case shell(Int)

    package var description: String {
        switch self {
        case .console: "console"
        case .shell(let number): "\(number)"
        }
    }
}

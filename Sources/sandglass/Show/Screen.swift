import APIContract
import Foundation
import Glibc

/// What an output of the tool leads to.
struct Screen: Sendable {
    /// Whether a person looks at it.
    let isTerminal: Bool
    private let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
    }

    /// Whether lines may be coloured and written over.
    var usesColour: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isTerminal && environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Whether a line may be written over.
    var canRewrite: Bool { isTerminal && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

    /// The window's size; `nil` when it has none.
    var windowSize: TerminalMessage.WindowSize? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return TerminalMessage.WindowSize(columns: min(Int(size.ws_col), 1000), rows: min(Int(size.ws_row), 1000))
    }

    /// How wide a line may be.
    var columns: Int { windowSize?.columns ?? 80 }
}

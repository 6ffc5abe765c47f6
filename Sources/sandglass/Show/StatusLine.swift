import Glibc

/// A line of standard error that is written over while something goes on.
///
/// Where lines cannot be written over, only what is finished is said.
struct StatusLine: Sendable {
    private let screen = Screen(STDERR_FILENO)
    private var isShown = false

    /// Whether lines can be written over.
    var isLive: Bool { screen.canRewrite }

    /// Whether lines may be coloured.
    var usesColour: Bool { screen.usesColour }

    /// How wide the line may be.
    var columns: Int { screen.columns }

    /// Shows what goes on now; does nothing where it could not be written over.
    mutating func show(_ text: String) {
        guard isLive else { return }
        write("\r\u{1B}[K" + Self.cut(text, to: columns - 1))
        isShown = true
    }

    /// Leaves a line that stays.
    mutating func leave(_ text: String) {
        clear()
        write(text + "\n")
    }

    /// Removes what goes on.
    mutating func clear() {
        if isShown { write("\r\u{1B}[K") }
        isShown = false
    }

    /// Status is said beside the result; that nobody hears it is no failure.
    private func write(_ text: String) { try? Output.write(Array(text.utf8), to: STDERR_FILENO) }

    /// The text cut to so many cells.
    static func cut(_ text: String, to columns: Int) -> String {
        guard Table.width(text) > columns else { return text }
        var (result, width) = ("", 1)
        for character in text {
            width += Table.width(String(character))
            guard width <= columns else { break }
            result.append(character)
        }
        return result + "…"
    }
}

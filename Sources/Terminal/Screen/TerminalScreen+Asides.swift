import SessionModel

/// What is written between a guest's bytes without the guest's taking harm from it: its cursor, also the one that it has
/// saved, its pen and its modes stay as they are, and a sequence that is begun goes on afterwards.
///
/// They are bytes for a terminal that shows what this one does. Not brought back is a cursor that waits behind the last
/// column, nor what a character to come would be joined to.
extension TerminalScreen {
    /// Ends a sequence that is begun, wherever it is.
    private static let cancel = "\u{18}"

    /// Whether what was written ends between two characters or sequences, and the cursor, where a program has the whole
    /// screen, does not stand where it may wait behind the last column.
    var isBetweenSequences: Bool {
        reading.unfinished.isEmpty && !(modes.isAlternate && cursor.column == size.columns - 1)
    }

    /// A line of ours of its own, where the cursor is.
    func interjection(_ text: String) -> [UInt8] { aside(NoticeText.line(text)) }

    /// A line of ours over the first row; the cursor stays where it is.
    func cover(_ text: String) -> [UInt8] {
        atHome(Array("\u{1B}[H".utf8) + NoticeText.marked(String(text.prefix(max(0, size.columns - 4)))))
    }

    /// Every row again, over whatever was written above them.
    func uncovered() -> [UInt8] {
        atHome(
            contents.rows.enumerated().flatMap { number, row in
                Array("\u{1B}[\(number + 1)H\u{1B}[2K".utf8) + ScreenDrawing.line(row, columns: size.columns)
            }
        )
    }

    /// Writes at any place, and brings the cursor back.
    private func atHome(_ bytes: [UInt8]) -> [UInt8] {
        let hasOrigin = modes.isOn(6)
        let (before, after) = hasOrigin ? ("\u{1B}[?6l", "\u{1B}[?6h") : ("", "")
        return aside(Array(before.utf8) + bytes + Array(after.utf8), then: cursor)
    }

    private func aside(_ bytes: [UInt8], then position: ScreenContents.Position? = nil) -> [UInt8] {
        let unfinished = reading.unfinished
        var (before, after) = (unfinished.isEmpty ? "" : Self.cancel, "")
        func without(_ isOn: Bool, _ off: String, _ on: String) {
            guard isOn else { return }
            before += off
            after += on
        }
        without(modes.inserts, "\u{1B}[4l", "\u{1B}[4h")
        without(modes.draws[0], "\u{1B}(B", "\u{1B}(0")
        without(modes.draws[1], "\u{1B})B", "\u{1B})0")
        without(modes.shift == 1, "\u{0F}", "\u{0E}")
        before += "\u{1B}[m"
        if pen != ScreenStyle() { after += pen.sequence }
        if let position { after += moving(to: position) }
        return Array(before.utf8) + bytes + Array(after.utf8) + unfinished
    }
}

/// Modes of a terminal that programs switch on and that must not outlive them.
struct ScreenModes: OptionSet, Sendable {
    let rawValue: UInt32

    static let alternateScreen = ScreenModes(rawValue: 1 << 0)
    static let hiddenCursor = ScreenModes(rawValue: 1 << 1)
    static let cursorKeys = ScreenModes(rawValue: 1 << 2)
    static let keypad = ScreenModes(rawValue: 1 << 3)
    static let mouse = ScreenModes(rawValue: 1 << 4)
    static let focusReports = ScreenModes(rawValue: 1 << 5)
    static let bracketedPaste = ScreenModes(rawValue: 1 << 6)
    static let reverseVideo = ScreenModes(rawValue: 1 << 7)
    static let originMode = ScreenModes(rawValue: 1 << 8)
    static let noWrap = ScreenModes(rawValue: 1 << 9)
    static let insertMode = ScreenModes(rawValue: 1 << 10)
    static let scrollRegion = ScreenModes(rawValue: 1 << 11)
    static let cursorShape = ScreenModes(rawValue: 1 << 12)
    static let lineDrawing = ScreenModes(rawValue: 1 << 13)
    static let synchronized = ScreenModes(rawValue: 1 << 14)
    static let extendedKeys = ScreenModes(rawValue: 1 << 15)

    /// Calls `write` with what switches each of the modes off.
    ///
    /// Makes nothing in memory: a signal handler may call it.
    func undo(_ write: (StaticString) -> Void) {
        if contains(.synchronized) { write("\u{1B}[?2026l") }
        if contains(.mouse) { write("\u{1B}[?9l\u{1B}[?1000l\u{1B}[?1002l\u{1B}[?1003l\u{1B}[?1006l\u{1B}[?1015l") }
        if contains(.focusReports) { write("\u{1B}[?1004l") }
        if contains(.bracketedPaste) { write("\u{1B}[?2004l") }
        if contains(.extendedKeys) { write("\u{1B}[<9u\u{1B}[>4m") }
        if contains(.cursorKeys) { write("\u{1B}[?1l") }
        if contains(.keypad) { write("\u{1B}>") }
        if contains(.reverseVideo) { write("\u{1B}[?5l") }
        // Both move the cursor, so it is saved around them.
        if contains(.originMode) || contains(.scrollRegion) { write("\u{1B}7\u{1B}[?6l\u{1B}[r\u{1B}8") }
        if contains(.noWrap) { write("\u{1B}[?7h") }
        if contains(.insertMode) { write("\u{1B}[4l") }
        if contains(.lineDrawing) { write("\u{0F}\u{1B}(B") }
        if contains(.cursorShape) { write("\u{1B}[0 q") }
        if contains(.alternateScreen) { write("\u{1B}[?1049l") }
        if contains(.hiddenCursor) { write("\u{1B}[?25h") }
        write("\u{1B}[0m")
    }
}

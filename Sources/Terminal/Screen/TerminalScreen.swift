import CVTerm
import SessionModel

/// What a terminal shows, kept by libvterm from what is written to it.
///
/// The guest chooses every byte, and libvterm is written in C and has mistakes that some bytes reach. So it never sees them:
/// ``read(_:)`` cuts them into what they mean and hands on, written anew, only text and the sequences that move, write and
/// erase, with numbers that fit the screen. How the terminal behaves otherwise is kept beside it, in ``ScreenModes``.
///
/// Not kept: tab stops, a cursor that waits behind the last column, double-width lines, protected characters, left and right
/// margins, links, images, the colour of underlines, colours that were redefined, and character sets other than the one
/// that draws lines. One user at a time.
final class TerminalScreen {
    /// A screen has at most this many places; of a larger window the upper rows are kept.
    static let placeLimit = 1 << 16
    /// A title is kept up to this many characters.
    static let titleLimit = 200
    /// libvterm is handed this much at a time: it needs four times that of the stack.
    private static let portion = 2048

    private var model = sandglass_terminal()
    private(set) var size: WindowSize
    private var clean: [UInt8] = []
    private let widths = CharacterWidths()
    private var models: [ScreenStyle: [UInt8]] = [:]
    private(set) var history = ScreenHistory()

    var reading = Reading()
    var modes = ScreenModes()
    var pen = ScreenStyle()
    var savedCursors: (main: ScreenContents.SavedCursor?, alternate: ScreenContents.SavedCursor?)
    private var hiddenRows: [[ScreenContents.Cell]] = []
    var title: String?
    /// Whether all that was written so far is text and sequences we know: none of them asks the terminal for an answer.
    var isUnderstood = true
    /// Hears what leaves the screen, which then is not kept, and what programs mark.
    weak var witness: (any ScreenWitness)?

    /// Makes an empty screen.
    init(_ size: WindowSize) {
        self.size = Self.fitting(size)
        // SAFETY: the terminal is freed before this object goes, so that it outlives every call.
        let user = Unmanaged.passUnretained(self).toOpaque()
        model = sandglass_terminal_make(Int32(self.size.rows), Int32(self.size.columns), didScrollOff, user)
    }

    deinit { sandglass_terminal_free(model) }

    /// Takes what is written to the terminal, in pieces of any size.
    func feed(_ bytes: some Collection<UInt8>) {
        read(Array(bytes))
        flush()
    }

    /// Changes the size as a terminal does whose window changes; scrolling all rows again.
    func resize(_ wanted: WindowSize) {
        let size = Self.fitting(wanted)
        guard size != self.size else { return }
        flush()
        // Rows that scroll and a pen that colours what is new would both outlive their sense.
        let cursor = cursor
        modes.region = nil
        modes.set(6, false)
        pass("\u{1B}[?6l\u{1B}[r\u{1B}[m")
        move(to: cursor)
        flush()
        vterm_set_size(model.terminal, Int32(size.rows), Int32(size.columns))
        self.size = size
        hiddenRows = hiddenRows.prefix(size.rows).map { trimmed($0, to: size.columns) }
        savedCursors = (savedCursors.main.map(within), savedCursors.alternate.map(within))
        passPen()
        flush()
    }

    /// All that is shown, and how the terminal behaves.
    var contents: ScreenContents {
        var contents = ScreenContents(size: size, rows: rows)
        contents.cursor = cursor
        contents.pen = pen
        contents.saved = modes.isAlternate ? savedCursors.alternate : savedCursors.main
        contents.hidden = modes.isAlternate ? .init(rows: padded(hiddenRows), saved: savedCursors.main) : nil
        contents.modes = modes
        contents.title = title
        return contents
    }

    /// The bytes that bring any terminal of this size to the same screen, and into the middle of a sequence where this one is.
    ///
    /// - Parameters:
    ///   - withHistory: Whether lines that scrolled off come first, for one that never saw them.
    ///   - cover: A line of ours over the first row.
    /// - Returns: The bytes.
    func redraw(withHistory: Bool = false, under cover: String? = nil) -> [UInt8] {
        let drawing = ScreenDrawing.bytes(for: contents, after: withHistory ? scrolledOff : [])
        return drawing + (cover.map(self.cover) ?? reading.unfinished)
    }

    /// What is shown as plain text, one line per row.
    var lines: [String] { contents.lines }

    // MARK: For what is read

    /// Hands something to libvterm, in order.
    func pass(_ text: String) { pass(text.utf8) }

    /// Likewise; whole characters and sequences only.
    func pass(_ bytes: some Collection<UInt8>) {
        clean.append(contentsOf: bytes)
        if clean.count >= Self.portion { flush() }
    }

    /// Where the cursor is.
    var cursor: ScreenContents.Position {
        flush()
        var position = VTermPos()
        vterm_state_get_cursorpos(model.state, &position)
        return .init(row: Int(position.row), column: Int(position.col))
    }

    /// Moves the cursor, to the nearest place there is.
    func move(to position: ScreenContents.Position) { pass(moving(to: position)) }

    /// What moves the cursor there.
    func moving(to position: ScreenContents.Position) -> String {
        var row = min(position.row, size.rows - 1)
        if modes.isOn(6) { row = max(0, row - (modes.region?.lowerBound ?? 0)) }
        return "\u{1B}[\(row + 1);\(min(position.column, size.columns - 1) + 1)H"
    }

    /// Shows the alternate screen, empty, or the main one as it was.
    func showAlternate(_ isShown: Bool) {
        guard isShown != modes.isAlternate else { return }
        flush()
        if isShown { witness?.screenWillHideMain() }
        if isShown { hiddenRows = rows }
        pass(isShown ? "\u{1B}[?1047h" : "\u{1B}[?1047l")
        flush()
        if !isShown { hiddenRows = [] }
        modes.isAlternate = isShown
        if !isShown { witness?.screenShowsMainAgain() }
    }

    /// Tells the witness when all that the main screen shows is about to be erased.
    func willErase() {
        guard let witness, !modes.isAlternate else { return }
        flush()
        witness.screenWillBeErased()
    }

    /// Forgets what scrolled off.
    func forgetHistory() { history.removeAll() }

    /// Keeps a line that scrolled off the main screen.
    fileprivate func keep(_ line: ScreenHistory.Line) {
        guard let witness else { return history.append(line) }
        witness.screenLost(text(of: line))
    }

    private func text(of line: ScreenHistory.Line) -> String {
        switch line {
        case .text(let text): String(decoding: text, as: UTF8.self)
        case .cells(let cells): ScreenContents.text(of: row(cells.count) { cells[$0] })
        }
    }

    /// The text of one row of what is shown, without blanks at its end.
    func text(ofRow number: Int) -> String { ScreenContents.text(of: row(number)) }

    /// The text that stands before a column, blanks and all.
    func text(ofRow number: Int, upTo column: Int) -> String {
        var (text, places) = ("", 0)
        for cell in row(number) where places < column {
            text += cell.text
            places += cell.isWide ? 2 : 1
        }
        return text + String(repeating: " ", count: max(0, column - places))
    }

    /// Bytes that draw the lines that scrolled off, the oldest first.
    var scrolledOff: [[UInt8]] {
        history.lines.map { line in
            switch line {
            case .text(let text): text
            case .cells(let cells): ScreenDrawing.line(row(cells.count) { cells[$0] }, columns: cells.count)
            }
        }
    }

    /// Makes libvterm write with the pen.
    func passPen() {
        if let model = models[pen] { return pass(model) }
        if models.count > 64 { models = [:] }
        let model = Array(pen.model.utf8)
        models[pen] = model
        pass(model)
    }

    private func flush() {
        guard !clean.isEmpty else { return }
        sandglass_terminal_write(model, clean, clean.count)
        clean.removeAll(keepingCapacity: true)
    }

    private var rows: [[ScreenContents.Cell]] { (0..<size.rows).map(row) }

    private func row(_ number: Int) -> [ScreenContents.Cell] {
        flush()
        return row(size.columns) { column in
            var cell = VTermScreenCell()
            _ = vterm_screen_get_cell(model.screen, VTermPos(row: Int32(number), col: Int32(column)), &cell)
            return cell
        }
    }

    private func row(_ columns: Int, _ cell: (Int) -> VTermScreenCell) -> [ScreenContents.Cell] {
        var row: [ScreenContents.Cell] = []
        var column = 0
        while column < columns {
            let one = ScreenContents.Cell(cell(column), widths)
            row.append(one)
            column += one.isWide ? 2 : 1
        }
        return trimmed(row, to: columns)
    }

    private func trimmed(_ row: [ScreenContents.Cell], to columns: Int) -> [ScreenContents.Cell] {
        var fitting: [ScreenContents.Cell] = []
        var column = 0
        for cell in row {
            column += cell.isWide ? 2 : 1
            if column > columns { break }
            fitting.append(cell)
        }
        while fitting.last == .blank { fitting.removeLast() }
        return fitting
    }

    private func padded(_ rows: [[ScreenContents.Cell]]) -> [[ScreenContents.Cell]] {
        rows + Array(repeating: [], count: max(0, size.rows - rows.count))
    }

    private func within(_ cursor: ScreenContents.SavedCursor) -> ScreenContents.SavedCursor {
        var cursor = cursor
        cursor.position.row = min(cursor.position.row, size.rows - 1)
        cursor.position.column = min(cursor.position.column, size.columns - 1)
        return cursor
    }

    /// libvterm writes beyond a screen of one column, and in one of two its wide characters go astray.
    private static func fitting(_ size: WindowSize) -> WindowSize {
        let columns = min(max(3, size.columns), 1000)
        return WindowSize(columns: columns, rows: min(max(1, size.rows), placeLimit / columns))
    }
}

/// Called by libvterm when a line scrolls off the main screen of a terminal.
// SAFETY: libvterm lends `cells` for the call; `user` is the screen that made the terminal and frees it before it goes itself.
private func didScrollOff(_ columns: Int32, _ cells: UnsafePointer<VTermScreenCell>?, _ user: UnsafeMutableRawPointer?)
    -> Int32
{
    guard let cells, let user else { return 0 }
    // SAFETY: as above.
    let screen = Unmanaged<TerminalScreen>.fromOpaque(user).takeUnretainedValue()
    var text = [UInt8](repeating: 0, count: Int(columns))
    let length = sandglass_plain_line(cells, columns, &text)
    if length >= 0 {
        screen.keep(.text(Array(text.prefix(Int(length)))))
    } else {
        // SAFETY: as above; they are copied.
        let line = UnsafeBufferPointer(start: cells, count: Int(sandglass_line_length(cells, columns)))
        screen.keep(.cells(Array(line)))
    }
    return 1
}

extension ScreenContents.Cell {
    /// Reads what libvterm keeps.
    fileprivate init(_ cell: VTermScreenCell, _ widths: CharacterWidths) {
        let set = cell.attrs
        var emphasis = ScreenStyle.Emphasis(font: set.font)
        if set.bold != 0 { emphasis.insert(.bold) }
        if set.italic != 0 { emphasis.insert(.italic) }
        if set.blink != 0 { emphasis.insert(.blink) }
        if set.reverse != 0 { emphasis.insert(.reverse) }
        if set.strike != 0 { emphasis.insert(.strike) }
        style = ScreenStyle(
            letters: ScreenStyle.Colour(cell.fg),
            ground: ScreenStyle.Colour(cell.bg),
            underline: ScreenStyle.Underline(rawValue: UInt8(set.underline)) ?? .none,
            emphasis: emphasis,
        )
        let letters = cell.chars
        // The second half of a wide character that was written over, or nothing.
        guard letters.0 != 0, letters.0 != UInt32.max else { return }
        let first = Unicode.Scalar(letters.0) ?? "\u{FFFD}"
        isWide = widths.isWide(first) && cell.width == 2
        // Half of it is gone: it was written over, or the window became smaller.
        guard isWide || !widths.isWide(first) else { return }
        text = String(Character(first))
        for letter in [letters.1, letters.2, letters.3, letters.4, letters.5] {
            guard letter != 0, let scalar = Unicode.Scalar(letter) else { break }
            text.unicodeScalars.append(scalar)
        }
    }
}

extension ScreenStyle.Colour {
    fileprivate init(_ colour: VTermColor) {
        if UInt32(colour.type) & (VTERM_COLOR_DEFAULT_FG.rawValue | VTERM_COLOR_DEFAULT_BG.rawValue) != 0 {
            self = .usual
        } else if UInt32(colour.type) & VTERM_COLOR_TYPE_MASK.rawValue == VTERM_COLOR_INDEXED.rawValue {
            self = .indexed(colour.indexed.idx)
        } else {
            self = .rgb(colour.rgb.red, colour.rgb.green, colour.rgb.blue)
        }
    }
}

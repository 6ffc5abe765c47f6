import SessionModel

/// Draws a screen with the sequences every terminal of today knows.
struct ScreenDrawing {
    private let contents: ScreenContents
    private var text = ""
    private var style = ScreenStyle()

    /// The bytes that make any terminal show the contents and behave like them.
    ///
    /// - Parameters:
    ///   - contents: The screen.
    ///   - history: Lines that scrolled off before, drawn with ``line(_:)``; they are scrolled off again.
    /// - Returns: The bytes; what the other terminal showed is gone, but not what scrolled off there.
    static func bytes(for contents: ScreenContents, after history: some Collection<[UInt8]> = []) -> [UInt8] {
        var drawing = ScreenDrawing(contents: contents)
        drawing.begin()
        let isLong = !history.isEmpty
        var bytes = Array(drawing.text.utf8)
        for line in history { bytes += line + [0x0D, 0x0A] }
        drawing.text = ""
        drawing.draw(contents.hidden?.rows ?? contents.rows, scrolling: isLong)
        if let hidden = contents.hidden {
            drawing.save(hidden.saved)
            drawing.text += "\u{1B}[m\u{1B}[?1047h\u{1B}[H\u{1B}[2J"
            drawing.style = ScreenStyle()
            drawing.draw(contents.rows, scrolling: false)
        }
        drawing.save(contents.saved)
        drawing.behave()
        return bytes + Array(drawing.text.utf8)
    }

    /// One row on its own: it begins and ends with a plain pen.
    static func line(_ row: [ScreenContents.Cell], columns: Int) -> [UInt8] {
        var drawing = ScreenDrawing(contents: ScreenContents(size: .usual, rows: []))
        drawing.draw(row, columns)
        drawing.use(ScreenStyle())
        return Array(drawing.text.utf8)
    }

    private init(contents: ScreenContents) { self.contents = contents }

    /// Undoes whatever was set before and could be in the way.
    private mutating func begin() {
        text += "\u{1B}[?1049l\u{1B}[!p\u{1B}[4l\u{1B}[20l\u{1B}[?6l\u{1B}[r\u{1B}[?7h\u{1B}(B\u{1B})B\u{0F}\u{1B}[m"
        text += "\u{1B}[?25l\u{1B}[H\u{1B}[2J"
    }

    private mutating func draw(_ rows: [[ScreenContents.Cell]], scrolling: Bool) {
        for (number, row) in rows.enumerated() {
            if scrolling {
                draw(row, contents.size.columns)
                use(ScreenStyle())
                if number < rows.count - 1 { text += "\r\n" }
            } else if !row.isEmpty {
                text += "\u{1B}[\(number + 1)H"
                draw(row, contents.size.columns)
            }
        }
    }

    private mutating func draw(_ row: [ScreenContents.Cell], _ columns: Int) {
        var column = 0
        for cell in row {
            use(cell.style)
            text += cell.text
            column += cell.isWide ? 2 : 1
            // Terminals differ on how wide some characters are.
            if column < columns, !cell.text.utf8.allSatisfy({ $0 < 0x80 }) { text += "\u{1B}[\(column + 1)G" }
        }
    }

    private mutating func use(_ next: ScreenStyle) {
        guard next != style else { return }
        text += next.sequence
        style = next
    }

    private mutating func save(_ cursor: ScreenContents.SavedCursor?) {
        guard let cursor else { return }
        text += "\u{1B}[\(cursor.position.row + 1);\(cursor.position.column + 1)H"
        use(cursor.style)
        text += "\u{1B}7"
    }

    private mutating func behave() {
        let modes = contents.modes
        var row = contents.cursor.row
        if let region = modes.region { text += "\u{1B}[\(region.lowerBound + 1);\(region.upperBound + 1)r" }
        for (number, _) in ScreenModes.switches where number != 25 {
            text += "\u{1B}[?\(number)\(modes.isOn(number) ? "h" : "l")"
        }
        for number in ScreenModes.mouseReports + ScreenModes.mouseForms { text += "\u{1B}[?\(number)l" }
        for number in [modes.mouseReport, modes.mouseForm].compactMap(\.self) { text += "\u{1B}[?\(number)h" }
        if modes.inserts { text += "\u{1B}[4h" }
        if modes.returnsOnFeed { text += "\u{1B}[20h" }
        text += modes.keypadIsApplication ? "\u{1B}=" : "\u{1B}>"
        text += "\u{1B}[\(modes.cursorForm) q"
        if let title = contents.title { text += "\u{1B}]2;\(title)\u{07}" }
        use(contents.pen)
        if modes.isOn(6) { row -= modes.region?.lowerBound ?? 0 }
        text += "\u{1B}[\(row + 1);\(contents.cursor.column + 1)H"
        if modes.draws[0] { text += "\u{1B}(0" }
        if modes.draws[1] { text += "\u{1B})0" }
        if modes.shift == 1 { text += "\u{0E}" }
        if modes.isOn(25) { text += "\u{1B}[?25h" }
    }
}

package import SessionModel

/// Reads a recording as text: the lines that scrolled off or were cleared away, then those on the screen at the end.
///
/// The same screen draws it that terminals have, so that the text is what people saw and not what a program wrote: lines
/// that were written over are there as they were last, and no sequence gets through. What programs draw that take the
/// whole screen is not text that goes by: one line says that there was one, and for how long. A line has the time at which
/// it was written last.
///
/// Memory is bounded, whatever the recording holds. One reader at a time.
package final class Transcriber {
    /// A transcript has at most this many lines; one more says so.
    package static let lineLimit = 1_000_000
    /// Lines have at most this many bytes together, likewise.
    package static let usualTextLimit = 64 * 1024 * 1024
    /// One call plays so many steps at most, and finds not many more lines than these.
    private static let (steps, enough) = (32, 256)

    private let textLimit: Int
    private let player: CastPlayer
    /// Rows that have left the main screen since the beginning: the number of the first that it shows.
    private var gone = 0
    /// What is known of rows that the main screen shows, by their numbers.
    private var rows: [Int: Row] = [:]
    /// Where the cursor was before what is played now.
    private var from = 0
    /// When the alternate screen was shown that still shows, and which row the cursor stood before.
    private var takenOver: (began: Duration, row: Int)?
    /// What was found and not handed out yet.
    private var found: [TranscriptLine] = []
    private var (lineCount, byteCount) = (0, 0)
    private var isOver = false

    /// Opens a recording, sealed or not.
    ///
    /// - Throws: ``Failure``, with `notFound` when there is none, `storage` when it does not begin like one.
    package convenience init(_ files: RecordingFiles) throws { try self.init(RecordingReader(files)) }

    init(_ source: any ByteSource, textLimit: Int = Transcriber.usualTextLimit) throws {
        self.textLimit = textLimit
        player = try CastPlayer(source)
        player.screen.witness = self
    }

    /// Reads a little further.
    ///
    /// - Returns: The lines that were found, in order, which may be none; `nil` when there are no more.
    /// - Throws: ``Failure`` with `storage` when what follows is no recording; what came before is no less true.
    package func next() throws -> [TranscriptLine]? {
        guard !isOver else { return nil }
        for _ in 0..<Self.steps where found.count < Self.enough && !isOver {
            from = row
            switch try player.step() {
            case .went: if !player.screen.modes.isAlternate { written() }
            case .ended: end()
            }
        }
        defer { found = [] }
        return found
    }

    /// Ends here, and says so.
    ///
    /// - Returns: The last lines.
    func cutOff() -> [TranscriptLine] {
        isOver = true
        return [TranscriptLine("[there is more, which is left out]", at: player.time)]
    }

    /// The number of the row with the cursor.
    private var row: Int { gone + player.screen.cursor.row }

    /// Takes what lies between where the cursor was and where it is as written now.
    private func written() {
        let now = row
        for number in max(gone, min(from, now))...now { rows[number, default: Row()].time = player.time }
    }

    private func end() {
        if player.screen.modes.isAlternate {
            screenShowsMainAgain()
            add((player.screen.contents.hidden?.rows ?? []).map(ScreenContents.text))
        } else {
            screenWillBeErased()
        }
        isOver = true
    }

    /// Adds what the screen shows, without the empty rows at its end.
    private func add(_ shown: [String]) {
        let last = shown.lastIndex { !$0.isEmpty } ?? -1
        for (index, text) in shown.enumerated() {
            let row = rows.removeValue(forKey: gone + index)
            add(row?.program)
            if index <= last { add(text, at: row?.time) }
        }
        add(rows.removeValue(forKey: gone + shown.count)?.program)
    }

    private func add(_ program: Row.Program?) {
        guard let program else { return }
        let tenths = Int((program.took.seconds * 10).rounded())
        add("[a program had the whole screen for \(tenths / 10).\(tenths % 10) s]", at: program.began)
    }

    private func add(_ text: String, at time: Duration?) {
        guard !isOver else { return }
        let text = ShownText.safe(text)
        lineCount += 1
        byteCount += text.utf8.count + 1
        guard lineCount <= Self.lineLimit, byteCount <= textLimit else {
            return found += cutOff()
        }
        found.append(TranscriptLine(text, at: time ?? player.time))
    }

    /// What is known of one row.
    private struct Row {
        /// Programs that took the whole screen while the cursor stood before it.
        struct Program {
            let began: Duration
            var took: Duration
        }

        /// When something was written there last.
        var time: Duration?
        var program: Program?
    }
}

extension Transcriber: ScreenWitness {
    func screenLost(_ line: String) {
        let row = rows.removeValue(forKey: gone)
        add(row?.program)
        add(line, at: gone >= from ? player.time : row?.time)
        gone += 1
    }

    func screenWillBeErased() {
        written()
        let screen = player.screen
        add((0..<screen.size.rows).map(screen.text(ofRow:)))
        from = gone
    }

    func screenHeardMark(_: ArraySlice<UInt8>) {}

    func screenWillHideMain() {
        written()
        // Behind some text stands before the next row.
        takenOver = (player.time, player.screen.cursor.column > 0 ? row + 1 : row)
    }

    func screenShowsMainAgain() {
        guard let (began, number) = takenOver else { return }
        let took = player.time - began
        let earlier = rows[number]?.program
        rows[number, default: Row()].program = .init(
            began: earlier?.began ?? began,
            took: (earlier?.took ?? .zero) + took,
        )
        takenOver = nil
        from = number
    }
}

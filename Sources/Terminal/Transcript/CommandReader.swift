package import SessionModel

/// Reads from a recording which commands were run, by the marks of the shells that ran them, ``PromptMark``.
///
/// What a command was is read off the screen, between the end of the prompt and where the cursor is when it is run. So it
/// is what people saw, whatever the shell's history leaves out, and the shell need not tell it. Rows are joined where the
/// text went on in the next one.
///
/// Memory is bounded, whatever the recording holds. One reader at a time.
package final class CommandReader {
    /// So many commands are told.
    package static let commandLimit = 10_000
    /// A command's text has at most so many bytes.
    package static let textLimit = 4096
    /// The texts of all have at most so many.
    package static let wholeTextLimit = 4 * 1024 * 1024
    /// Shells within one another are followed so deep.
    private static let depth = 16

    private let player: CastPlayer
    /// Rows that have scrolled off so far: the number of the first that shows.
    private var gone = 0
    /// What is being typed.
    private var input: Input?
    /// Commands that run, the outermost first.
    private var running: [(shell: String, index: Int)] = []
    private var log = CommandLog()
    private var byteCount = 0

    /// Opens a recording, sealed or not.
    ///
    /// - Throws: ``Failure``, with `notFound` when there is none, `storage` when it does not begin like one.
    package convenience init(_ files: RecordingFiles) throws { try self.init(RecordingReader(files)) }

    init(_ source: any ByteSource) throws {
        player = try CastPlayer(source)
        player.screen.witness = self
    }

    /// Reads a little further.
    ///
    /// - Returns: All commands, when there are no more; `nil` before.
    /// - Throws: ``Failure`` with `storage` when what follows is no recording.
    package func next() throws -> CommandLog? {
        if case .went = try player.step(), !log.isCut { return nil }
        return log
    }

    /// All that was found so far, as less than there is.
    func cutOff() -> CommandLog {
        log.isCut = true
        return log
    }

    private func take(_ mark: PromptMark) {
        switch mark.kind {
        case .prompt:
            // What this shell was said to run is over, in whatever way.
            end(mark.shell)
            input = nil
        case .continuation:
            let line = typed() + "\n"
            input?.text += line
            input?.isContinued = true
        case .input:
            // Nothing is known of rows that scroll off while the main screen is hidden.
            guard !player.screen.modes.isAlternate else { return input = nil }
            let earlier = input.flatMap { $0.isContinued ? $0.text : nil }
            let (cursor, screen) = (player.screen.cursor, player.screen)
            input = Input(
                row: gone + cursor.row,
                prompt: screen.text(ofRow: cursor.row, upTo: cursor.column).count,
                text: earlier ?? "",
            )
        case .run:
            guard let input else { return }
            begin(input.text + typed(), isCut: input.isFull, mark.shell)
            self.input = nil
        case .end(let status):
            guard let index = end(mark.shell) else { return }
            log.commands[index].took = player.time - log.commands[index].time
            log.commands[index].status = status
        }
    }

    private func begin(_ typed: String, isCut: Bool, _ shell: String) {
        let lines = typed.split(separator: "\n", omittingEmptySubsequences: false).map { ShownText.safe(String($0)) }
        let whole = lines.joined(separator: "\n")
        let text = ShownText.prefix(whole, Self.textLimit)
        guard text.contains(where: { !$0.isWhitespace }) else { return }
        byteCount += text.utf8.count
        guard log.commands.count < Self.commandLimit, byteCount <= Self.wholeTextLimit else { return log.isCut = true }
        if running.count == Self.depth { running.removeFirst() }
        running.append((shell, log.commands.count))
        log.commands.append(RecordedCommand(text, isCut: isCut || text != whole, at: player.time))
    }

    /// Ends what a shell runs, and with it whatever runs within that; `nil` when nothing does.
    @discardableResult
    private func end(_ shell: String) -> Int? {
        guard let number = running.lastIndex(where: { $0.shell == shell }) else { return nil }
        defer { running.removeSubrange(number...) }
        return running[number].index
    }

    /// What stands between the end of the prompt and the cursor, unless so much stood before that no more is told.
    private func typed() -> String {
        guard let input, input.text.utf8.count <= Self.textLimit else { return "" }
        let (screen, cursor) = (player.screen, player.screen.cursor)
        let shown =
            max(0, input.row - gone)..<max(0, input.row - gone, cursor.column > 0 ? cursor.row + 1 : cursor.row)
        var text = ""
        var (isFirst, columns) = (true, 0)
        func add(_ row: String) {
            let room = screen.size.columns - columns
            // A row that is full goes on in the next one; a blank at its end is not kept.
            if !isFirst { text += room == 0 ? "" : room == 1 ? " " : "\n" }
            text += isFirst ? String(row.dropFirst(input.prompt)) : row
            columns = row.reduce(0) { $0 + ($1.unicodeScalars.first?.mayBeWide ?? false ? 2 : 1) }
            isFirst = false
        }
        for row in input.lost { add(row) }
        for row in shown where !input.isFull && text.utf8.count <= Self.textLimit { add(screen.text(ofRow: row)) }
        return String(text[..<(text.lastIndex { !$0.isWhitespace }.map(text.index(after:)) ?? text.startIndex)])
    }

    /// What is being typed at a prompt.
    private struct Input {
        /// The row in which it begins.
        let row: Int
        /// How many characters the prompt has there.
        let prompt: Int
        /// Earlier lines of the same command, each with its line feed.
        var text: String
        /// Rows of it that have scrolled off.
        var lost: [String] = []
        var lostBytes = 0
        /// Whether more of them have than are told.
        var isFull = false
        /// Whether the shell asks for another line of it.
        var isContinued = false
    }
}

extension CommandReader: ScreenWitness {
    func screenLost(_ line: String) {
        defer { gone += 1 }
        guard let input, gone >= input.row, !input.isFull else { return }
        self.input?.lost.append(line)
        // An empty one costs too.
        self.input?.lostBytes += line.utf8.count + 1
        self.input?.isFull = input.lostBytes > Self.textLimit * 2
    }

    func screenHeardMark(_ mark: ArraySlice<UInt8>) { if let mark = PromptMark(mark) { take(mark) } }

    func screenWillBeErased() {}

    func screenWillHideMain() {}

    func screenShowsMainAgain() {}
}

import SessionModel

/// Plays a recording on a screen, a little at a time, for whoever watches that screen.
final class CastPlayer {
    /// Output is written to the screen this much at a time: however much of it is one event, what is watched between is
    /// little.
    private static let portion = 2048

    /// What a step did.
    enum Step {
        /// Something was written to the screen, or nothing that shows.
        case went
        /// The recording is over, or nothing more is written yet.
        case ended
    }

    let screen: TerminalScreen
    /// When the event is that is played.
    private(set) var time: Duration = .zero
    private var lines: LineReader
    /// How many lines were read.
    private var count = 1
    /// What is still to be written of an event.
    private var rest: ArraySlice<UInt8> = []

    /// Reads the beginning of a recording.
    ///
    /// - Throws: ``Failure`` with `storage` when it does not begin as one of ours, or what the source throws.
    init(_ source: any ByteSource) throws {
        lines = LineReader(source)
        guard let (line, ending) = try lines.next(), ending == .whole, let header = CastHeader(line: line) else {
            throw Failure(.storage, "line 0 is not the first one of a recording")
        }
        screen = TerminalScreen(header.size)
    }

    /// Plays the next few thousand bytes of output, or whatever else is next.
    ///
    /// - Throws: ``Failure`` with `storage` when a line is none of a recording, or what the source throws.
    func step() throws -> Step {
        if !rest.isEmpty {
            screen.feed(rest.prefix(Self.portion))
            rest = rest.dropFirst(Self.portion)
            return .went
        }
        // What is still being written may end within a line.
        guard let (line, ending) = try lines.next(), ending != .torn else { return .ended }
        guard ending == .whole, let (time, kind, text) = CastLine.parse(line), let text = CastLine.unescaped(text)
        else {
            throw Failure(.storage, "line \(count) is not one of a recording")
        }
        count += 1
        self.time = .microseconds(time)
        switch kind {
        case .output: rest = text[...]
        case .resize: if let size = Self.size(text) { screen.resize(size) }
        case .input, .marker: break
        }
        return .went
    }

    /// The size that the text of a change of size tells, `100x30`.
    private static func size(_ text: [UInt8]) -> WindowSize? {
        let numbers = String(decoding: text, as: UTF8.self).split(separator: "x").map { Int($0) }
        guard numbers.count == 2, let columns = numbers[0], let rows = numbers[1] else { return nil }
        return WindowSize(columns: columns, rows: rows)
    }
}

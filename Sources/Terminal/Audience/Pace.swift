/// How far ahead of somebody's screen the service may be, when they say what it has shown.
///
/// What was sent waits in buffers that nobody can look into; on a slow line everything after it waits too, the end of what was
/// just stopped among it. So little is sent before it is known to be shown.
struct Pace {
    /// So much may be on its way.
    static let window = 16 * 1024
    /// So much to somebody who was just skipped ahead and is behind again.
    static let narrowWindow = 4 * 1024
    /// Who is sent what was written longer ago than this, and has more to come than fits the window, is skipped ahead.
    static let patience: Duration = .milliseconds(700)

    private struct Piece {
        var end: Int64
        var total: Int
        /// Whether each of its bytes moves the position by one.
        var isOutput: Bool
    }

    private var pieces: [Piece] = []
    private var total = 0
    private var known = 0
    private var isNarrow = false

    /// Bytes on their way.
    var underWay: Int { total - known }
    /// How many more may be sent.
    var room: Int { max(0, (isNarrow ? Self.narrowWindow : Self.window) - underWay) }
    /// Whether a screen may be drawn anew: what was sent before it is nearly shown.
    var mayDraw: Bool { underWay <= Self.narrowWindow / 2 }

    /// Output was sent, up to a position.
    mutating func sent(output count: Int, upTo end: Int64) {
        total += count
        if let last = pieces.indices.last, pieces[last].isOutput {
            pieces[last].end = end
            pieces[last].total = total
        } else {
            pieces.append(Piece(end: end, total: total, isOutput: true))
        }
    }

    /// A drawn screen was sent, as it is at a position.
    mutating func sent(screen count: Int, at position: Int64) {
        total += count
        pieces.append(Piece(end: position, total: total, isOutput: false))
        isNarrow = true
    }

    /// Everything that there is was sent.
    mutating func isLevel() { isNarrow = false }

    /// Everything up to a position is shown.
    mutating func shown(_ position: Int64) {
        while let first = pieces.first, first.end <= position {
            known = first.total
            pieces.removeFirst()
        }
        guard let first = pieces.first, first.isOutput else { return }
        known = max(known, first.total - Int(first.end - position))
    }
}

import CVTerm

/// Lines that scrolled off a screen; the oldest go first.
///
/// They come as fast as a guest writes and are rarely looked at: they are kept as they come.
struct ScreenHistory {
    /// Lines are kept up to this many bytes.
    static let limit = 192 * 1024

    /// One line.
    enum Line {
        /// Plain ASCII.
        case text([UInt8])
        /// Anything else.
        case cells([VTermScreenCell])

        fileprivate var byteCount: Int {
            switch self {
            // An empty line costs too.
            case .text(let text): text.count + MemoryLayout<Line>.stride
            case .cells(let cells): cells.count * MemoryLayout<VTermScreenCell>.stride + MemoryLayout<Line>.stride
            }
        }
    }

    private var kept: [Line] = []
    private var start = 0
    /// Bytes that are held.
    private(set) var byteCount = 0

    /// The oldest first.
    var lines: ArraySlice<Line> { kept[start...] }

    mutating func append(_ line: Line) {
        kept.append(line)
        byteCount += line.byteCount
        while byteCount > Self.limit {
            byteCount -= kept[start].byteCount
            kept[start] = .text([])
            start += 1
        }
        guard start > 512, start > kept.count / 2 else { return }
        kept.removeFirst(start)
        start = 0
    }

    mutating func removeAll() { self = ScreenHistory() }
}

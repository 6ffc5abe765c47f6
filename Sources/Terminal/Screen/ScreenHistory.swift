/// Lines that scrolled off a screen, as bytes that draw them; the oldest go first.
struct ScreenHistory {
    /// Lines are kept up to this many bytes.
    static let limit = 64 * 1024

    private var kept: [[UInt8]] = []
    private var start = 0
    private var size = 0

    /// The oldest first.
    var lines: ArraySlice<[UInt8]> { kept[start...] }
    /// Bytes that are held.
    var byteCount: Int { size }

    mutating func append(_ line: [UInt8]) {
        kept.append(line)
        // An empty line costs too.
        size += line.count + 1
        while size > Self.limit {
            size -= kept[start].count + 1
            kept[start] = []
            start += 1
        }
        guard start > 512, start > kept.count / 2 else { return }
        kept.removeFirst(start)
        start = 0
    }

    mutating func removeAll() { self = ScreenHistory() }
}

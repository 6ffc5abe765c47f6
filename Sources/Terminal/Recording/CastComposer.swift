import SessionModel

/// Turns events into lines and their digests, up to a limit.
struct CastComposer: Sendable {
    /// Bytes that markers may take up after the limit was reached.
    static let laterMarkers: Int64 = 64 * 1024
    /// A marker has at most this many bytes; the rest is cut off.
    static let markerLimit = 1024

    /// What was composed and not yet taken.
    struct Piece: Sendable, Equatable {
        /// Whole lines of the recording.
        var cast: [UInt8] = []
        /// Their digests, a line each.
        var chain: [UInt8] = []
    }

    private let limit: ByteCount
    private(set) var chain = HashChain()
    /// Bytes of the recording, with what was not yet taken.
    private(set) var length: Int64 = 0
    /// When the last event was, in microseconds since the beginning.
    private(set) var time: Int64 = 0
    /// Whether the limit was reached.
    private(set) var isFull = false
    private var output = TextMender()
    private var input = TextMender()
    private var piece = Piece()

    /// Begins a recording.
    init(_ header: CastHeader, limit: ByteCount) {
        self.limit = limit
        piece.cast = header.line + [0x0A]
        enter(from: 0)
    }

    /// Goes on with a recording.
    init(after scan: CastScan, limit: ByteCount) {
        self.limit = limit
        chain = scan.chain
        length = scan.castSize
        time = scan.time
        isFull = scan.isFull
    }

    /// Adds an event.
    ///
    /// - Parameters:
    ///   - what: What happened.
    ///   - bytes: What was written or typed.
    ///   - time: When, in microseconds since the beginning; never before an earlier event.
    mutating func add(_ what: CastEvent.What, _ bytes: [UInt8] = [], at time: Int64) {
        self.time = max(time, self.time)
        var text: [UInt8] = []
        switch what {
        case .output:
            output.mend(bytes, into: &text)
            put(.output, text)
        case .input:
            input.mend(bytes, into: &text)
            put(.input, text)
        case .resize(let size): put(.resize, Array("\(size.columns)x\(size.rows)".utf8))
        case .marker(let marker): put(.marker, Self.cut(Array(marker.utf8)))
        case .lost(let count):
            end()
            put(.marker, Array(RecordingNotice.lost(count).utf8))
        }
    }

    /// Gives up on characters whose rest has not come.
    mutating func end() {
        var text: [UInt8] = []
        output.end(into: &text)
        put(.output, text)
        text = []
        input.end(into: &text)
        put(.input, text)
    }

    /// Hands out what was composed.
    mutating func take() -> Piece {
        defer { piece = Piece() }
        return piece
    }

    /// Adds text in as many lines as it needs.
    private mutating func put(_ kind: CastLine.Kind, _ text: [UInt8]) {
        var start = 0
        while start < text.count {
            var end = min(start + CastLine.textLimit, text.count)
            // Not within a character.
            while end < text.count, text[end] & 0xC0 == 0x80 { end -= 1 }
            putLine(kind, text[start..<end])
            start = end
        }
    }

    private mutating func putLine(_ kind: CastLine.Kind, _ text: ArraySlice<UInt8>) {
        guard !isFull || kind == .marker else { return }
        let start = piece.cast.count
        CastLine.append(kind, at: time, text, to: &piece.cast)
        let end = length + Int64(piece.cast.count - start)
        if !isFull, end > limit.bytes {
            piece.cast.removeSubrange(start...)
            fill()
            if kind == .marker { putLine(kind, text) }
        } else if isFull, end > limit.bytes + Self.laterMarkers {
            piece.cast.removeSubrange(start...)
        } else {
            enter(from: start)
        }
    }

    /// Says, on the time line and on the screen, that nothing more is recorded.
    private mutating func fill() {
        isFull = true
        let notice = RecordingNotice.full(limit)
        for (kind, text) in [(CastLine.Kind.marker, Array(notice.utf8)), (.output, NoticeText.line(notice))] {
            let start = piece.cast.count
            CastLine.append(kind, at: time, text[...], to: &piece.cast)
            enter(from: start)
        }
    }

    /// Takes the line at the end into the chain.
    private mutating func enter(from start: Int) {
        chain.add(piece.cast[start..<(piece.cast.count - 1)])
        piece.chain += chain.entry
        length += Int64(piece.cast.count - start)
    }

    private static func cut(_ marker: [UInt8]) -> [UInt8] {
        guard marker.count > markerLimit else { return marker }
        var end = markerLimit
        while marker[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(marker[..<end])
    }
}

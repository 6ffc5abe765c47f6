import SessionModel

/// What a recording that was not sealed holds, as far as it is whole.
///
/// A last line that is cut is no part of it. The digests may be those of fewer lines or of more: the recording counts.
struct CastScan {
    /// What cannot be continued, for a person to look at.
    struct Unreadable: Error {
        let why: String
    }

    /// The first line; `nil` when there is none.
    private(set) var header: CastHeader?
    private(set) var chain = HashChain()
    /// Bytes of the whole lines.
    private(set) var castSize: Int64 = 0
    /// How many of the lines have their digest.
    private(set) var digests = 0
    /// When the last event was, in microseconds since the beginning.
    private(set) var time: Int64 = 0
    /// Whether it had reached its limit.
    private(set) var isFull = false

    /// Reads both files, a line at a time; that of the digests may be absent.
    ///
    /// - Throws: ``Unreadable`` when some line is not one of ours or does not fit its digest, or what reading throws.
    init(cast: any RecordingFile, chain digests: (any RecordingFile)?) throws {
        var lines = LineReader(FileSource(cast))
        var entries = digests.map { LineReader(FileSource($0)) }
        var isBehind = false
        while let (line, ending) = try lines.next(), ending != .torn {
            let number = chain.lines
            guard ending == .whole, take(line) else {
                throw Unreadable(why: "line \(number) is not one of a recording")
            }
            chain.add(line)
            castSize = lines.offset
            guard !isBehind, let (entry, ending) = try entries?.next(), ending == .whole else {
                isBehind = true
                continue
            }
            guard entry.elementsEqual(chain.entry.dropLast()) else {
                throw Unreadable(why: "line \(number) does not fit its digest")
            }
            self.digests += 1
        }
    }

    private mutating func take(_ line: ArraySlice<UInt8>) -> Bool {
        if chain.lines == 0 {
            header = CastHeader(line: line)
            return header != nil
        }
        guard let (time, kind, text) = CastLine.parse(line), time >= self.time else { return false }
        self.time = time
        if kind == .marker, text.starts(with: RecordingNotice.fullPrefix.utf8) { isFull = true }
        return true
    }
}

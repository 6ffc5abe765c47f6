/// The latest output of a terminal, once for all who look at it.
///
/// Each byte has a position: how many came before it, from an origin on that is drawn anew for each life of a terminal, so
/// that a position of another life is not taken for one of this.
struct OutputRing {
    /// So many bytes are kept.
    static let capacity = 256 * 1024
    /// Origins are below this; they and all that may follow are whole numbers in every language.
    static let originLimit: Int64 = 1 << 50

    /// Where the terminal's life began.
    private(set) var origin: Int64
    /// After the last byte.
    private(set) var end: Int64
    private var bytes: [UInt8] = []

    init(origin: Int64) {
        self.origin = origin
        end = origin
    }

    /// The first byte that is still there.
    var start: Int64 { end - Int64(bytes.count) }
    /// Bytes that are held.
    var count: Int { bytes.count }

    mutating func append(_ new: [UInt8]) {
        var rest = new[...]
        while !rest.isEmpty {
            let index = index(of: end)
            let part = rest.prefix(Self.capacity - index)
            if index == bytes.count {
                bytes += part
            } else {
                // It is full, and what is oldest is written over.
                bytes.replaceSubrange(index..<index + part.count, with: part)
            }
            end += Int64(part.count)
            rest = rest.dropFirst(part.count)
        }
    }

    /// What follows a position that is still there, up to a length.
    func bytes(from position: Int64, upTo limit: Int) -> [UInt8] {
        let count = min(Int(end - position), limit)
        guard count > 0, position >= start else { return [] }
        let first = index(of: position)
        let piece = bytes[first..<min(first + count, bytes.count)]
        return Array(piece.count == count ? piece : piece + bytes[..<(count - piece.count)])
    }

    /// Moves all positions; for a ring whose positions nobody was told yet.
    mutating func move(origin: Int64) {
        end += origin - self.origin
        self.origin = origin
    }

    private func index(of position: Int64) -> Int { Int((position - origin) % Int64(Self.capacity)) }
}

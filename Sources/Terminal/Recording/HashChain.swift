import Crypto

/// A digest for each line that stands for the line and for all lines before it.
///
/// The digest of a line is SHA-256 of the previous line's digest, as 32 bytes, followed by the line without its newline.
/// Before the first line there are 32 zero bytes.
struct HashChain: Sendable, Equatable {
    /// Bytes that a digest takes up in a file: 64 hexadecimal digits and a newline.
    static let entrySize: Int64 = 65

    /// The digest of the last line; 32 bytes.
    private(set) var head = [UInt8](repeating: 0, count: 32)
    /// How many lines there were.
    private(set) var lines = 0

    /// Takes in a line without its newline; ``head`` is its digest afterwards.
    mutating func add(_ line: ArraySlice<UInt8>) {
        var hash = SHA256()
        hash.update(data: head)
        hash.update(data: line)
        head = Array(hash.finalize())
        lines += 1
    }

    /// The last line's digest as it stands in the file of digests, newline included.
    var entry: [UInt8] { Hexadecimal.bytes(of: head) + [0x0A] }
}

/// Bytes in lower-case hexadecimal.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// The digits as text.
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: self.bytes(of: bytes), as: UTF8.self)
    }

    /// The digits as bytes.
    static func bytes(of bytes: some Sequence<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.underestimatedCount * 2 + 1)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }
}

import Foundation
import SessionModel

/// A file, or the part of a file that is one disk, read by offset.
///
/// Numbers in it come from strangers, so every read is checked against the end.
struct SourceFile: ~Copyable {
    /// Where the part begins in the file.
    let start: Int64
    /// Bytes in the part.
    let length: Int64
    private let file: OpenFile

    /// Takes a whole file.
    init(_ file: consuming OpenFile) throws {
        start = 0
        length = try file.stamp().size
        self.file = file
    }

    /// Takes a part of a file.
    init(_ file: consuming OpenFile, from start: Int64, length: Int64) {
        self.start = start
        self.length = length
        self.file = file
    }

    /// Reads exactly `count` bytes.
    ///
    /// - Throws: ``Failure`` with code `invalidInput` when the part ends before.
    func bytes(_ count: Int, at offset: Int64) throws -> [UInt8] {
        guard count >= 0, offset >= 0, offset <= length, Int64(count) <= length - offset else {
            throw Failure(
                .invalidInput,
                "the file ends too early: \(count) bytes at \(offset) of \(length); it is damaged",
            )
        }
        let data = try file.read(count, at: start + offset)
        guard data.count == count else {
            throw Failure(.invalidInput, "the file became shorter while it was read")
        }
        return [UInt8](data)
    }

    /// Reads up to `count` bytes; fewer when the part ends before.
    func prefix(_ count: Int) throws -> [UInt8] { try bytes(Int(min(Int64(count), length)), at: 0) }

    /// Reads a big-endian number.
    func bigEndian<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int64) throws -> Number {
        try bytes(MemoryLayout<Number>.size, at: offset).reduce(0) { $0 << 8 | Number($1) }
    }

    /// Reads a little-endian number.
    func littleEndian<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int64) throws -> Number {
        try bytes(MemoryLayout<Number>.size, at: offset).reversed().reduce(0) { $0 << 8 | Number($1) }
    }
}

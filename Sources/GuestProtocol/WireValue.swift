/// A value that travels as the payload of a frame, or as part of one.
package protocol WireValue: Sendable, Equatable {
    /// Reads the value.
    init(from reader: inout ByteReader) throws(ProtocolError)
    /// Writes the value.
    func write(to writer: inout ByteWriter)
}

extension WireValue {
    /// Reads a payload that holds the value and nothing else.
    package init(payload: [UInt8]) throws(ProtocolError) {
        var reader = ByteReader(payload)
        try self.init(from: &reader)
        try reader.finish()
    }

    /// The value as a payload.
    package var payload: [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }
}

/// Takes little-endian values out of bytes, in order.
///
/// Every method throws ``ProtocolError/malformed`` at their end.
package struct ByteReader {
    private let bytes: [UInt8]
    private var offset = 0

    /// Reads from the first byte on.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// How many bytes are left.
    package var remaining: Int { bytes.count - offset }

    /// Makes sure that nothing is left.
    package func finish() throws(ProtocolError) {
        guard remaining == 0 else { throw .malformed }
    }

    /// Takes one byte.
    package mutating func byte() throws(ProtocolError) -> UInt8 { UInt8(truncatingIfNeeded: try integer(1)) }
    /// Takes two bytes.
    package mutating func half() throws(ProtocolError) -> UInt16 { UInt16(truncatingIfNeeded: try integer(2)) }
    /// Takes four bytes.
    package mutating func word() throws(ProtocolError) -> UInt32 { UInt32(truncatingIfNeeded: try integer(4)) }
    /// Takes eight bytes.
    package mutating func long() throws(ProtocolError) -> UInt64 { try integer(8) }

    /// Takes a byte that is 0 or 1.
    package mutating func flag() throws(ProtocolError) -> Bool {
        let value = try byte()
        guard value <= 1 else { throw .malformed }
        return value == 1
    }

    /// Takes that many bytes.
    package mutating func bytes(_ count: Int) throws(ProtocolError) -> [UInt8] {
        guard count >= 0, count <= remaining else { throw .malformed }
        offset += count
        return Array(bytes[(offset - count)..<offset])
    }

    /// Takes bytes preceded by how many they are; more than `limit` are an error.
    package mutating func text(limit: Int = GuestLimits.maximumPayload) throws(ProtocolError) -> [UInt8] {
        let count = Int(try half())
        guard count <= limit else { throw .malformed }
        return try bytes(count)
    }

    /// Takes a list of texts preceded by how many they are.
    package mutating func texts() throws(ProtocolError) -> [[UInt8]] {
        let count = Int(try half())
        // Each takes two bytes at least: a count that lies cannot make us reserve anything.
        guard count * 2 <= remaining else { throw .malformed }
        var texts: [[UInt8]] = []
        for _ in 0..<count { texts.append(try text()) }
        return texts
    }

    private mutating func integer(_ size: Int) throws(ProtocolError) -> UInt64 {
        guard size <= remaining else { throw .malformed }
        var value: UInt64 = 0
        for index in 0..<size { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
        offset += size
        return value
    }
}

/// Appends little-endian values to bytes, as ``ByteReader`` takes them.
package struct ByteWriter {
    /// What was written.
    package private(set) var bytes: [UInt8] = []

    /// Writes from nothing on.
    package init() {}

    /// Appends one byte.
    package mutating func byte(_ value: UInt8) { bytes.append(value) }
    /// Appends two bytes.
    package mutating func half(_ value: UInt16) { integer(UInt64(value), 2) }
    /// Appends four bytes.
    package mutating func word(_ value: UInt32) { bytes.append(word: value) }
    /// Appends eight bytes.
    package mutating func long(_ value: UInt64) { integer(value, 8) }
    /// Appends a byte that is 0 or 1.
    package mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }
    /// Appends bytes as they are.
    package mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    /// Appends bytes preceded by how many they are; what is beyond 65,535 is left out, and the frame then too long.
    package mutating func text(_ value: [UInt8]) {
        let count = min(value.count, Int(UInt16.max))
        half(UInt16(count))
        bytes.append(contentsOf: value.prefix(count))
    }

    /// Appends a list of texts preceded by how many they are, 65,535 at most.
    package mutating func texts(_ values: [[UInt8]]) {
        let count = min(values.count, Int(UInt16.max))
        half(UInt16(count))
        for value in values.prefix(count) { text(value) }
    }

    private mutating func integer(_ value: UInt64, _ size: Int) {
        for index in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }
}

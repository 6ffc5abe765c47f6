/// Neighbouring addresses of the internet protocol: those that begin with the same bits.
package struct AddressRange: Sendable, Equatable {
    private let bytes: [UInt8]
    private let length: Int

    /// Reads one as people write it: `169.254.0.0/16`; an address alone is a range of one.
    ///
    /// `nil` when it is none.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let bytes = IPAddress(parts[0])?.bytes else { return nil }
        guard let length = parts.count == 2 ? Int(parts[1]) : bytes.count * 8, (0...bytes.count * 8).contains(length)
        else { return nil }
        (self.bytes, self.length) = (bytes, length)
    }

    /// Whether an address is in the range.
    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == bytes.count else { return false }
        return (0..<length).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return bytes[bit / 8] & mask == address.bytes[bit / 8] & mask
        }
    }
}

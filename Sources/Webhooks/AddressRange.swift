import Glibc

/// Neighbouring addresses of the internet protocol: those that begin with the same bits.
package struct AddressRange: Sendable, Equatable {
    private let bytes: [UInt8]
    private let length: Int

    /// Reads one as people write it: `169.254.0.0/16`; an address alone is a range of one.
    ///
    /// `nil` when it is none.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let bytes = Self.bytes(of: String(parts[0])) else { return nil }
        guard let length = parts.count == 2 ? Int(parts[1]) : bytes.count * 8, (0...bytes.count * 8).contains(length)
        else { return nil }
        self.bytes = bytes
        self.length = length
    }

    /// Whether an address is in the range; one that cannot be read is in none.
    package func contains(_ address: String) -> Bool {
        guard let other = Self.bytes(of: address), other.count == bytes.count else { return false }
        return (0..<length).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return bytes[bit / 8] & mask == other[bit / 8] & mask
        }
    }

    /// What is never an address of a program that wants to hear of something: of this host's links, of nobody, of many;
    /// where the clouds keep what they tell their machines; and what may mean any of these behind a translator of somebody's
    /// own (RFC 8215).
    package static let refused: [AddressRange] = [
        "169.254.0.0/16", "fe80::/10", "0.0.0.0/8", "::/128", "224.0.0.0/4", "255.255.255.255", "ff00::/8",
        "fd00:ec2::/32", "168.63.129.16", "100.100.100.200", "64:ff9b:1::/48",
    ].compactMap(AddressRange.init)

    /// This host.
    package static let loopback: [AddressRange] = ["127.0.0.0/8", "::1"].compactMap(AddressRange.init)

    /// The bytes of an address; IPv4 as IPv6 writes it, or hides it (RFC 4291, 2.5.5; RFC 6052; RFC 3056), is IPv4.
    private static func bytes(of text: String) -> [UInt8]? {
        var (four, six) = (in_addr(), in6_addr())
        if inet_pton(AF_INET, text, &four) == 1 {
            // SAFETY: the bytes are copied out during the call, of a value of ours.
            return withUnsafeBytes(of: four) { Array($0) }
        }
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        // SAFETY: as above.
        let all = withUnsafeBytes(of: six) { Array($0) }
        let isMapped = all[..<10].allSatisfy { $0 == 0 } && all[10...11].allSatisfy { $0 == 0xFF }
        let isTranslated = Array(all[..<12]) == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        // Not `::` nor `::1`, which are addresses of their own.
        let isCompatible = all[..<12].allSatisfy { $0 == 0 } && all[12...13].contains { $0 != 0 }
        if all[..<2] == [0x20, 0x02] { return Array(all[2..<6]) }
        return isMapped || isTranslated || isCompatible ? Array(all[12...]) : all
    }
}

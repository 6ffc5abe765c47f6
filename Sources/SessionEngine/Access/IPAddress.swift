import Glibc

/// An address of the internet protocol: 4 or 16 bytes.
package struct IPAddress: Equatable, Sendable {
    /// The bytes, in the order of the network.
    package let bytes: [UInt8]
    /// As people write it.
    package let text: String

    /// Reads one; `nil` when it is none.
    ///
    /// IPv4 as IPv6 writes it (RFC 4291, section 2.5.5.2) is IPv4.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        var (four, six) = (in_addr(), in6_addr())
        if inet_pton(AF_INET, text, &four) == 1 {
            // SAFETY: the bytes are copied out during the call, of a value of ours.
            bytes = withUnsafeBytes(of: four) { Array($0) }
            self.text = text
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            // SAFETY: as above.
            let all = withUnsafeBytes(of: six) { Array($0) }
            let isMapped = all[..<10].allSatisfy { $0 == 0 } && all[10...11].allSatisfy { $0 == 0xFF }
            bytes = isMapped ? Array(all[12...]) : all
            self.text = isMapped ? bytes.map { "\($0)" }.joined(separator: ".") : text
        } else {
            return nil
        }
    }

    /// What its owner can choose nothing of: an IPv4 address, or the first half of one of IPv6.
    package var network: [UInt8] { bytes.count == 4 ? bytes : Array(bytes.prefix(8)) }

    /// By what those who come from an address are counted together: its network, or the text when it is no address.
    package static func network(of text: String) -> String { Self(text).map { "\($0.network)" } ?? text }
}

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
        if let four = Self.four(text) {
            (bytes, self.text) = (four, text)
        } else if let six = Self.six(text) {
            let isMapped = six[..<10].allSatisfy { $0 == 0 } && six[10...11].allSatisfy { $0 == 0xFF }
            bytes = isMapped ? Array(six[12...]) : six
            self.text = isMapped ? bytes.map { "\($0)" }.joined(separator: ".") : text
        } else {
            return nil
        }
    }

    /// What its owner can choose nothing of: an IPv4 address, or the first half of one of IPv6.
    package var network: [UInt8] { bytes.count == 4 ? bytes : Array(bytes.prefix(8)) }

    /// By what those who come from an address are counted together: its network, or the text when it is no address.
    package static func network(of text: String) -> String { Self(text).map { "\($0.network)" } ?? text }

    /// Four numbers, none with a zero before it, which some read as octal.
    private static func four(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { part -> UInt8? in
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), part == "0" || part.first != "0" else {
                return nil
            }
            return UInt8(part)
        }
        return bytes.count == 4 ? bytes : nil
    }

    /// Eight groups, or fewer around one `::`, which stands for the zeros between.
    private static func six(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard let first = halves.first, let head = groups(first, atEnd: halves.count == 1) else { return nil }
        guard halves.count == 2 else { return halves.count == 1 && head.count == 16 ? head : nil }
        guard let tail = groups(halves[1], atEnd: true), head.count + tail.count <= 14 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// Two bytes for each group; the last of an address may be written as IPv4.
    private static func groups(_ text: Substring, atEnd isAtEnd: Bool) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if isAtEnd, index == parts.count - 1, let four = four(part) {
                bytes += four
            } else {
                guard (1...4).contains(part.utf8.count), part.first != "+", part.first != "-",
                    let group = UInt16(part, radix: 16)
                else { return nil }
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return bytes
    }
}

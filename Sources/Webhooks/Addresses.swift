package import SessionModel

extension [AddressRange] {
    /// What is never an address of a program that wants to hear of something: of this host's links, of nobody, of many;
    /// where the clouds keep what they tell their machines; and what may mean any of these behind a translator of somebody's
    /// own (RFC 8215).
    package static let notForWebhooks = [
        "169.254.0.0/16", "fe80::/10", "0.0.0.0/8", "::/128", "224.0.0.0/4", "255.255.255.255", "ff00::/8",
        "fd00:ec2::/32", "168.63.129.16", "100.100.100.200", "64:ff9b:1::/48",
    ].compactMap { AddressRange($0) }

    /// This host.
    static let loopback = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }

    /// Whether an address is in one of them.
    func contain(_ address: IPAddress) -> Bool { contains { $0.contains(address) } }
}

extension IPAddress {
    /// The address of IPv4 that one of IPv6 hides, and may lead to: behind a translator (RFC 6052), as 6to4 (RFC 3056), or
    /// written as it once was (RFC 4291, section 2.5.5.1).
    var hidden: IPAddress? {
        guard bytes.count == 16 else { return nil }
        let isTranslated = Array(bytes[..<12]) == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        // Neither `::` nor `::1`, which are addresses of their own.
        let isCompatible = bytes[..<12].allSatisfy { $0 == 0 } && bytes[12...13].contains { $0 != 0 }
        let is6to4 = bytes[..<2] == [0x20, 0x02]
        guard isTranslated || isCompatible || is6to4 else { return nil }
        return IPAddress((is6to4 ? bytes[2..<6] : bytes[12...]).map { "\($0)" }.joined(separator: "."))
    }
}

import Glibc
import SessionModel
import TestKit
import Testing

@Suite("Addresses of the internet protocol")
struct IPAddressTests {
    @Test(
        "An address is read as people write it; IPv4 as IPv6 writes it is IPv4",
        arguments: [
            ("192.0.2.7", [192, 0, 2, 7], "192.0.2.7"), ("::ffff:192.0.2.7", [192, 0, 2, 7], "192.0.2.7"),
            ("::ffff:c000:207", [192, 0, 2, 7], "192.0.2.7"), ("0.0.0.0", [0, 0, 0, 0], "0.0.0.0"),
            ("::1", [UInt8](repeating: 0, count: 15) + [1], "::1"), ("::", [UInt8](repeating: 0, count: 16), "::"),
            ("fe80::1:0:2", [0xFE, 0x80] + [UInt8](repeating: 0, count: 9) + [1, 0, 0, 0, 2], "fe80::1:0:2"),
        ],
    )
    func read(_ text: String, _ bytes: [UInt8], _ name: String) {
        #expect(IPAddress(text)?.bytes == bytes)
        #expect(IPAddress(text)?.text == name)
    }

    @Test("What is an address is what the system takes for one, and it means the same")
    func system() {
        var generator = SeededGenerator(seed: 4)
        let parts = [
            "0", "1", "00", "255", "256", "ffff", "12345", "g", "+1", ".", ".", ":", ":", ":", "::", "1.2.3.4", "",
        ]
        let fixed = [
            "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "1::2::3", ":::",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:1.2.3.4", "1.2.3.4::", "::1.2.3.4:5", "01.2.3.4", "1.2.3", "1.2.3.4.5", "::1%lo", " 1.2.3.4",
            "٣.1.2.4",
        ]
        let random = (0..<20_000).map { _ in
            let count = Int.random(in: 1...16, using: &generator)
            return (0..<count).map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
        }
        for text in fixed + random {
            #expect(IPAddress(text)?.bytes == Self.system(text), "\(text)")
        }
    }

    @Test(
        "Ranges hold what begins with their bits",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.0/8", "::a00:1", false),
            ("fe80::/10", "febf::1", true), ("fe80::/10", "fec0::1", false), ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.6", false), ("0.0.0.0/0", "1.2.3.4", true), ("::1", "::1", true),
            ("::/128", "::1", false), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ],
    )
    func ranges(_ range: String, _ address: String, _ isIn: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(#require(IPAddress(address))) == isIn)
    }

    @Test(
        "What is no range is none",
        arguments: ["", "x", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "1.2.3.4/5/6", "1/2", "1.2.3.4/"],
    )
    func noRange(_ text: String) { #expect(AddressRange(text) == nil) }

    /// What the system makes of a text.
    private static func system(_ text: String) -> [UInt8]? {
        var (four, six) = (in_addr(), in6_addr())
        // SAFETY: the bytes are copied out during the calls, of values of ours.
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        // SAFETY: as above.
        let all = withUnsafeBytes(of: six) { Array($0) }
        let isMapped = all[..<10].allSatisfy { $0 == 0 } && all[10...11].allSatisfy { $0 == 0xFF }
        return isMapped ? Array(all[12...]) : all
    }
}

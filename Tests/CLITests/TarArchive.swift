/// A tar archive with whatever a test puts in it, as no tar would make it.
struct TarArchive {
    /// What a member is.
    enum Kind: UInt8 {
        case file = 0x30
        case hardLink = 0x31
        case symbolicLink = 0x32
        case device = 0x33
        case folder = 0x35
        /// The name of the next member, where it is too long for one.
        case longName = 0x4C
    }

    /// The archive, with its end.
    var bytes: [UInt8] { members + [UInt8](repeating: 0, count: 1024) }
    private var members: [UInt8] = []

    /// Adds a member.
    mutating func add(_ kind: Kind, _ name: String, to target: String = "", mode: Int = 0o644, _ content: String = "") {
        if name.utf8.count > 100 { add(.longName, "././@LongLink", name + "\0") }
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int, upTo limit: Int) {
            for (index, byte) in text.utf8.prefix(limit).enumerated() { header[offset + index] = byte }
        }
        func octal(_ number: Int, _ width: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        put(name, at: 0, upTo: 100)
        put(octal(mode, 7), at: 100, upTo: 7)
        put(octal(0, 7), at: 108, upTo: 7)
        put(octal(0, 7), at: 116, upTo: 7)
        put(octal(content.utf8.count, 11), at: 124, upTo: 11)
        put(octal(1_000_000_000, 11), at: 136, upTo: 11)
        header[156] = kind.rawValue
        put(target, at: 157, upTo: 100)
        put("ustar  ", at: 257, upTo: 8)
        // Of a device: the kernel's null.
        put(octal(1, 7), at: 329, upTo: 7)
        put(octal(3, 7), at: 337, upTo: 7)
        // The sum is taken with spaces in its own place.
        for index in 148..<156 { header[index] = 0x20 }
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", at: 148, upTo: 8)
        members += header + Array(content.utf8)
        members += [UInt8](repeating: 0, count: (512 - content.utf8.count % 512) % 512)
    }
}

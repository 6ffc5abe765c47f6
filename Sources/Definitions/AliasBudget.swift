/// Bounds the work a text can cause by naming the same nodes again and again.
///
/// Ten aliases of aliases can stand for billions of nodes. That costs nothing until somebody walks them all, and the
/// parser does when they are part of a key. What a text can stand for at most is estimated before it is parsed.
enum AliasBudget {
    private static let most = 50_000_000.0

    /// Whether a text may be parsed.
    static func allows(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var aliases = 0
        var anchors = 0
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "*") || byte == UInt8(ascii: "&") {
            guard isName(bytes, at: index) else { continue }
            if byte == UInt8(ascii: "*") { aliases += 1 } else { anchors += 1 }
        }
        guard aliases > 0, anchors > 0 else { return true }
        return nodes(aliases: aliases, anchors: anchors) * Double(bytes.count) <= most
    }

    /// Whether the parser would take what begins here for the name of a node.
    ///
    /// It does not take `**bold**`, `a && b` or `&>file` for one, which a lab's texts are full of.
    private static func isName(_ bytes: [UInt8], at index: Int) -> Bool {
        guard index == 0 || " \n\r\t[{,:?".utf8.contains(bytes[index - 1]) else { return false }
        var end = index + 1
        while end < bytes.count, isLetter(bytes[end]) { end += 1 }
        guard end > index + 1 else { return false }
        // Line breaks of other scripts begin with the last two.
        return end == bytes.count || " \n\r\t\0?:,]}%@`".utf8.contains(bytes[end]) || [0xC2, 0xE2].contains(bytes[end])
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// How often the largest node can be repeated: most when the aliases are spread evenly over the anchors, each
    /// group naming the anchor before.
    private static func nodes(aliases: Int, anchors: Int) -> Double {
        var most = 1.0
        for levels in 1..<max(2, min(aliases, anchors, 64) + 1) {
            most = max(most, (0..<levels).reduce(1) { product, _ in product * Double(aliases) / Double(levels) })
        }
        return most
    }
}

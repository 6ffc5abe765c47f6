/// Bounds the work a text can cause by naming the same nodes again and again.
///
/// Ten aliases of aliases can stand for billions of nodes. That costs nothing until somebody walks them all, and the
/// parser does when they are part of a key. What a text can stand for at most is estimated before it is parsed.
enum AliasBudget {
    private static let most = 50_000_000.0

    /// Whether a text may be parsed.
    static func allows(_ text: String) -> Bool {
        var aliases = 0
        var anchors = 0
        var last = (UInt8(ascii: " "), UInt8(ascii: " "))
        for byte in text.utf8 {
            if " \n\r\t[{,".utf8.contains(last.0), !" \n\r\t,]}".utf8.contains(byte) {
                if last.1 == UInt8(ascii: "*") { aliases += 1 }
                if last.1 == UInt8(ascii: "&") { anchors += 1 }
            }
            last = (last.1, byte)
        }
        return nodes(aliases: aliases, anchors: anchors) * Double(text.utf8.count) <= most
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

/// What a person signs in with: 1 to 64 of the letters `a` to `z`, digits, and `.`, `-`, `_`, `+` and `@` after the first.
///
/// Capital letters are the small ones: whoever signs in need not remember which they took.
package struct Login: TextIdentifier {
    package static let kind = "login"
    package let description: String

    package init?(_ text: String) {
        let text = text.utf8.allSatisfy { $0 < 0x80 } ? text.lowercased() : text
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, Self.isLetterOrDigit(first),
            text.utf8.allSatisfy({ Self.isLetterOrDigit($0) || Self.signs.contains($0) })
        else { return nil }
        description = text
    }

    private static let signs = Set(".-_+@".utf8)

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

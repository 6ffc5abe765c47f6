/// Makes valid UTF-8 of bytes that come in pieces.
///
/// A character that is cut at the end of a piece is held until the next one. What can never become a character is
/// replaced by U+FFFD, one for each longest part that began like one, as decoders of the web do it.
struct TextMender: Sendable {
    static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]
    private static let following: ClosedRange<UInt8> = 0x80...0xBF

    /// The beginning of a character whose rest has not come; at most three bytes.
    private var held: [UInt8] = []
    private var missing = 0
    private var expected = TextMender.following

    /// Takes a piece and adds what is certain now to the text.
    mutating func mend(_ bytes: [UInt8], into text: inout [UInt8]) {
        var index = endHeld(with: bytes, into: &text)
        // Everything from here to the index is valid and not yet copied.
        var run = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x80 {
                index += 1
                continue
            }
            let (length, second) = Self.lead(byte)
            guard length > 0 else {
                text += bytes[run..<index]
                text += Self.replacement
                index += 1
                run = index
                continue
            }
            var end = index + 1
            var expected = second
            while end < index + length, end < bytes.count, expected.contains(bytes[end]) {
                end += 1
                expected = Self.following
            }
            if end == index + length {
                index = end
                continue
            }
            text += bytes[run..<index]
            if end == bytes.count {
                held = Array(bytes[index...])
                missing = index + length - end
                self.expected = expected
                return
            }
            text += Self.replacement
            index = end
            run = end
        }
        text += bytes[run...]
    }

    /// Gives up on what is held: nothing follows.
    mutating func end(into text: inout [UInt8]) {
        if !held.isEmpty { text += Self.replacement }
        held = []
    }

    /// Completes the character that is held, or gives it up; returns where the piece goes on.
    private mutating func endHeld(with bytes: [UInt8], into text: inout [UInt8]) -> Int {
        var index = 0
        while !held.isEmpty, index < bytes.count {
            guard expected.contains(bytes[index]) else {
                end(into: &text)
                break
            }
            held.append(bytes[index])
            index += 1
            missing -= 1
            expected = Self.following
            if missing == 0 {
                text += held
                held = []
            }
        }
        return index
    }

    /// How long the character is that begins with a byte, and what its second byte may be; 0 when none does.
    private static func lead(_ byte: UInt8) -> (length: Int, second: ClosedRange<UInt8>) {
        switch byte {
        case 0xC2...0xDF: (2, following)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xE1...0xEF: (3, following)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, following)
        case 0xF4: (4, 0x80...0x8F)
        default: (0, following)
        }
    }
}

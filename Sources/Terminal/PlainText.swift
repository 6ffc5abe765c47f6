/// The text a terminal would show for some bytes, escape sequences left out.
///
/// Enough to recognise a prompt by.
enum PlainText {
    private enum Position { case text, escape, control, string, stringEscape }

    static func of(_ bytes: some Sequence<UInt8>) -> String { read(bytes).text }

    /// The text, and whether the bytes end outside a sequence.
    static func read(_ bytes: some Sequence<UInt8>) -> (text: String, isWhole: Bool) {
        var position = Position.text
        var plain: [UInt8] = []
        for byte in bytes {
            switch position {
            case .text:
                if byte == 0x1B { position = .escape } else if byte >= 0x20 || byte == 0x0A { plain.append(byte) }
            case .escape:
                switch byte {
                case UInt8(ascii: "["): position = .control
                case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"): position = .string
                default: position = .text
                }
            case .control:
                if (0x40...0x7E).contains(byte) { position = .text }
            case .string:
                if byte == 0x07 { position = .text } else if byte == 0x1B { position = .stringEscape }
            case .stringEscape:
                position = byte == UInt8(ascii: "\\") ? .text : .string
            }
        }
        return (String(decoding: plain, as: UTF8.self), position == .text)
    }
}

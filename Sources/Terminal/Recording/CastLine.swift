/// Lines of an asciicast (version 2) after its header: `[12.345678, "o", "text"]`.
enum CastLine {
    /// An event has at most this many bytes of text; more is several events.
    static let textLimit = 64 * 1024
    /// No line of ours is longer; each byte of text can take up six.
    static let lengthLimit = textLimit * 6 + 64

    /// What happened.
    enum Kind: UInt8, CaseIterable, Sendable {
        /// The guest wrote.
        case output = 0x6F
        /// Somebody typed.
        case input = 0x69
        /// The window has another size.
        case resize = 0x72
        /// A mark on the time line.
        case marker = 0x6D
    }

    /// Adds a line with its newline.
    ///
    /// - Parameters:
    ///   - kind: What happened.
    ///   - time: When, in microseconds since the beginning.
    ///   - text: Valid UTF-8.
    ///   - lines: Where the line is added.
    static func append(_ kind: Kind, at time: Int64, _ text: ArraySlice<UInt8>, to lines: inout [UInt8]) {
        lines.append(UInt8(ascii: "["))
        lines += "\(time / 1_000_000).".utf8
        lines += String(time % 1_000_000 + 1_000_000).utf8.dropFirst()
        lines += ", \"".utf8
        lines.append(kind.rawValue)
        lines += "\", ".utf8
        appendString(text, to: &lines)
        lines += "]\n".utf8
    }

    /// Adds text as a JSON string.
    static func appendString(_ text: ArraySlice<UInt8>, to line: inout [UInt8]) {
        let escapes = Self.escapes
        line.append(UInt8(ascii: "\""))
        var run = text.startIndex
        var index = run
        while index < text.endIndex {
            let byte = text[index]
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                index += 1
                continue
            }
            line += text[run..<index]
            line += escapes[Int(byte)]
            index += 1
            run = index
        }
        line += text[run...]
        line.append(UInt8(ascii: "\""))
    }

    /// How the bytes are written that cannot stand for themselves.
    private static let escapes: [[UInt8]] = (0...UInt8(ascii: "\\")).map { byte in
        switch byte {
        case 0x0A: Array("\\n".utf8)
        case 0x0D: Array("\\r".utf8)
        case 0x09: Array("\\t".utf8)
        case 0x08: Array("\\b".utf8)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
        default: Array("\\u00".utf8) + Hexadecimal.bytes(of: CollectionOfOne(byte))
        }
    }

    /// What a line of this form says, without its text; `nil` for any other.
    ///
    /// - Parameter line: A line without its newline.
    /// - Returns: When, in microseconds since the beginning, what, and the text as it is written, escapes and all.
    static func parse(_ line: ArraySlice<UInt8>) -> (time: Int64, kind: Kind, text: ArraySlice<UInt8>)? {
        guard line.first == UInt8(ascii: "["), let point = line.prefix(20).firstIndex(of: UInt8(ascii: ".")),
            let seconds = number(line[(line.startIndex + 1)..<point]), line.endIndex - point > 15,
            let fraction = number(line[(point + 1)...(point + 6)]),
            line[(point + 7)...(point + 9)].elementsEqual(", \"".utf8), let kind = Kind(rawValue: line[point + 10]),
            line[(point + 11)...(point + 14)].elementsEqual("\", \"".utf8), line.count >= point - line.startIndex + 17,
            line.suffix(2).elementsEqual("\"]".utf8)
        else { return nil }
        return (seconds * 1_000_000 + fraction, kind, line[(point + 15)..<(line.endIndex - 2)])
    }

    /// The text that a JSON string stands for.
    ///
    /// - Parameter text: What stands between the quotes.
    /// - Returns: UTF-8; `nil` where a backslash begins nothing that is known.
    static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.contains(UInt8(ascii: "\\")) else { return Array(text) }
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                plain.append(byte)
                continue
            }
            guard let letter = rest.popFirst() else { return nil }
            switch letter {
            case UInt8(ascii: "n"): plain.append(0x0A)
            case UInt8(ascii: "r"): plain.append(0x0D)
            case UInt8(ascii: "t"): plain.append(0x09)
            case UInt8(ascii: "b"): plain.append(0x08)
            case UInt8(ascii: "f"): plain.append(0x0C)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(letter)
            // Only control characters are written so; one that would be half of a pair is no character.
            case UInt8(ascii: "u"):
                guard rest.count >= 4, let value = UInt32(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16),
                    let scalar = Unicode.Scalar(value)
                else { return nil }
                plain += String(Character(scalar)).utf8
                rest = rest.dropFirst(4)
            default: return nil
            }
        }
        return plain
    }

    /// A number of at most twelve decimal digits.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard (1...12).contains(digits.count) else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - 0x30)
        }
        return value
    }
}

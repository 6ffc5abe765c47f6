// Texts are bytes here: what Swift's String knows of Unicode would not fit the agent.

/// The bytes of a literal.
func text(_ literal: StaticString) -> [UInt8] { literal.withUTF8Buffer { Array($0) } }

/// A number in decimal.
func decimal(_ value: UInt64) -> [UInt8] {
    var (rest, digits) = (value, [UInt8]())
    repeat {
        digits.append(UInt8(truncatingIfNeeded: rest % 10) + 48)
        rest /= 10
    } while rest > 0
    return digits.reversed()
}

/// The number that bytes spell in decimal; `nil` when they are anything else, or it is over 2^63.
func decimalNumber(_ digits: some Collection<UInt8>) -> UInt64? {
    guard !digits.isEmpty, digits.count <= 19 else { return nil }
    var value: UInt64 = 0
    for digit in digits {
        guard digit >= 48, digit <= 57 else { return nil }
        value = value * 10 + UInt64(digit - 48)
    }
    return value <= UInt64(Int64.max) ? value : nil
}

/// The sixteen bytes spelt by 32 hexadecimal digits, with or without dashes.
func sixteenBytes(hexadecimal digits: [UInt8]) -> [UInt8]? {
    var nibbles: [UInt8] = []
    for digit in digits {
        switch digit {
        case 48...57: nibbles.append(digit - 48)
        case 97...102: nibbles.append(digit - 87)
        case 45: continue
        default: return nil
        }
    }
    guard nibbles.count == 32 else { return nil }
    return (0..<16).map { nibbles[2 * $0] << 4 | nibbles[2 * $0 + 1] }
}

/// Bytes as hexadecimal digits.
func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
    let digits = text("0123456789abcdef")
    var spelt: [UInt8] = []
    for byte in bytes {
        spelt.append(digits[Int(byte >> 4)])
        spelt.append(digits[Int(byte & 15)])
    }
    return spelt
}

/// The parts between the occurrences of a byte, empty ones too.
func parts(_ bytes: [UInt8], at separator: UInt8) -> [[UInt8]] {
    bytes.split(separator: separator, omittingEmptySubsequences: false).map { Array($0) }
}

/// The parts between spaces and tabs, without empty ones.
func words(_ bytes: [UInt8]) -> [[UInt8]] { bytes.split { $0 == 32 || $0 == 9 }.map { Array($0) } }

/// The folder a path lies in.
func folder(of path: [UInt8]) -> [UInt8] {
    guard let slash = path.lastIndex(of: 47), slash > 0 else { return [47] }
    return Array(path[..<slash])
}

/// Whether bytes can be a path: they begin with a slash and hold no zero.
func isPath(_ bytes: [UInt8]) -> Bool { bytes.first == 47 && !bytes.contains(0) && bytes.count < 4_096 }

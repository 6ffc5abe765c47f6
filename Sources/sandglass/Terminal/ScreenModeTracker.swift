/// Follows which modes a stream of terminal output leaves switched on.
///
/// Sequences may be split anywhere.
struct ScreenModeTracker: Sendable {
    /// The modes that are on.
    private(set) var modes: ScreenModes = []
    private var state = State.text
    /// Longer sequences are not followed; none that matters is that long.
    private static let longest = 64

    private enum State: Sendable {
        case text
        case escape
        case charset
        case control([UInt8])
    }

    /// Takes the next bytes.
    mutating func take(_ bytes: [UInt8]) {
        for byte in bytes { take(byte) }
    }

    private mutating func take(_ byte: UInt8) {
        if byte == 0x1B {
            state = .escape
            return
        }
        switch state {
        case .text:
            // Shift out and in: the other character set, where line drawing lives.
            if byte == 0x0E { modes.insert(.lineDrawing) }
            if byte == 0x0F { modes.remove(.lineDrawing) }
        case .escape:
            state = .text
            switch byte {
            case UInt8(ascii: "["): state = .control([])
            case UInt8(ascii: "("): state = .charset
            case UInt8(ascii: "="): modes.insert(.keypad)
            case UInt8(ascii: ">"): modes.remove(.keypad)
            case UInt8(ascii: "c"): modes = []
            default: break
            }
        case .charset:
            state = .text
            set(.lineDrawing, byte == UInt8(ascii: "0"))
        case .control(let parameters):
            if (0x40...0x7E).contains(byte) {
                state = .text
                control(parameters, byte)
            } else {
                state = parameters.count < Self.longest ? .control(parameters + [byte]) : .text
            }
        }
    }

    private mutating func control(_ parameters: [UInt8], _ final: UInt8) {
        switch final {
        case UInt8(ascii: "h"), UInt8(ascii: "l"):
            let isOn = final == UInt8(ascii: "h")
            if parameters.first == UInt8(ascii: "?") {
                for number in Self.numbers(parameters.dropFirst()) { privateMode(number, isOn) }
            } else if Self.numbers(parameters[...]).contains(4) {
                set(.insertMode, isOn)
            }
        case UInt8(ascii: "r"):
            if parameters.first != UInt8(ascii: "?") { set(.scrollRegion, !parameters.isEmpty) }
        case UInt8(ascii: "q"):
            if parameters.last == UInt8(ascii: " ") {
                set(.cursorShape, !["", "0"].contains(String(decoding: parameters.dropLast(), as: UTF8.self)))
            }
        case UInt8(ascii: "u"):
            // Keyboards that tell more: set, pushed and popped. A plain `u` is a saved cursor.
            if parameters.first == UInt8(ascii: ">") || parameters.first == UInt8(ascii: "=") {
                modes.insert(.extendedKeys)
            }
            if parameters.first == UInt8(ascii: "<") { modes.remove(.extendedKeys) }
        case UInt8(ascii: "m"):
            // The older way to the same, with its level last. A plain `m` is colour.
            guard parameters.first == UInt8(ascii: ">") else { break }
            set(.extendedKeys, Self.numbers(parameters.dropFirst()).dropFirst().contains { $0 > 0 })
        default:
            break
        }
    }

    private mutating func privateMode(_ number: Int, _ isOn: Bool) {
        switch number {
        case 1: set(.cursorKeys, isOn)
        case 5: set(.reverseVideo, isOn)
        case 6: set(.originMode, isOn)
        case 7: set(.noWrap, !isOn)
        case 9, 1000, 1002, 1003: set(.mouse, isOn)
        case 25: set(.hiddenCursor, !isOn)
        case 47, 1047, 1049: set(.alternateScreen, isOn)
        case 66: set(.keypad, isOn)
        case 1004: set(.focusReports, isOn)
        case 2004: set(.bracketedPaste, isOn)
        case 2026: set(.synchronized, isOn)
        default: break
        }
    }

    private mutating func set(_ mode: ScreenModes, _ isOn: Bool) {
        if isOn { modes.insert(mode) } else { modes.remove(mode) }
    }

    private static func numbers(_ parameters: ArraySlice<UInt8>) -> [Int] {
        parameters.split(separator: UInt8(ascii: ";")).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    }
}

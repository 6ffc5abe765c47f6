import CVTerm
import SessionModel

extension TerminalScreen {
    /// Where in a sequence the reader is.
    ///
    /// ```text
    ///  ground ── ESC ──▶ escape ── [ ──▶ control ── a final byte ──▶ ground
    ///                      │ ] P X ^ _ ──▶ string ── BEL, ESC \ ──▶ ground
    ///                      └── anything else that ends it ──▶ ground
    /// ```
    ///
    /// CAN and SUB lead to ground from everywhere, ESC to escape.
    struct Reading {
        enum State { case ground, escape, control, string, stringEscape }

        /// A longer sequence is none that we know.
        static let limit = 256
        /// A title may be longer than what is kept of it.
        static let stringLimit = 1024

        var state = State.ground
        /// What the sequence has had so far, without what began it.
        var sequence: [UInt8] = []
        var isTooLong = false
        /// Which kind of string it is.
        var string: UInt8 = 0
        /// The first bytes of a character.
        var character: [UInt8] = []
        /// The last character, if it was ASCII: it may be asked for again.
        var last: UInt8?
        /// How many characters joined the one before them.
        var joined = 0

        /// The beginning of a sequence or character whose rest is still to come.
        var unfinished: [UInt8] {
            switch state {
            case .ground: character
            case .escape: [0x1B] + sequence
            case .control: [0x1B, UInt8(ascii: "[")] + sequence
            case .string: [0x1B, string] + sequence
            case .stringEscape: [0x1B, string] + sequence + [0x1B]
            }
        }

        mutating func keep(_ byte: UInt8, upTo limit: Int) {
            if sequence.count < limit { sequence.append(byte) } else { isTooLong = true }
        }

        mutating func begin(_ state: State) {
            self.state = state
            sequence.removeAll(keepingCapacity: true)
            isTooLong = false
        }
    }

    /// Reads what is written to the terminal and hands on what is harmless.
    func read(_ bytes: [UInt8]) {
        var position = 0
        while position < bytes.count {
            if reading.state == .ground, reading.character.isEmpty {
                let run = sandglass_plain_run(bytes, position, min(bytes.count, position + 1024))
                if run > 0 {
                    write(bytes[position..<position + run])
                    position += run
                    continue
                }
            }
            take(bytes[position])
            position += 1
        }
    }

    private func take(_ byte: UInt8) {
        switch (reading.state, byte) {
        case (_, 0x18), (_, 0x1A):
            endCharacter()
            reading.begin(.ground)
        case (.string, 0x07):
            endString()
        case (.string, 0x1B):
            reading.state = .stringEscape
        case (.stringEscape, UInt8(ascii: "\\")):
            endString()
        // The end of a string as one character.
        case (.string, 0x9C) where reading.sequence.last == 0xC2:
            reading.sequence.removeLast()
            endString()
        case (.string, _):
            reading.keep(byte, upTo: Reading.stringLimit)
        case (_, 0x1B):
            endCharacter()
            reading.begin(.escape)
        case (.stringEscape, _):
            reading.begin(.escape)
            take(byte)
        case (_, ..<0x20):
            endCharacter()
            control(byte)
        case (_, 0x7F):
            break
        case (.ground, _):
            character(byte)
        case (.escape, _):
            escape(byte)
        case (.control, 0x40...):
            reading.state = .ground
            if !reading.isTooLong, byte < 0x7F { controlSequence(reading.sequence, byte) }
        case (.control, _):
            reading.keep(byte, upTo: Reading.limit)
        }
    }

    private func escape(_ byte: UInt8) {
        switch byte {
        case 0x20...0x2F:
            reading.keep(byte, upTo: 4)
        case UInt8(ascii: "[") where reading.sequence.isEmpty:
            reading.begin(.control)
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            guard reading.sequence.isEmpty else { return reading.state = .ground }
            reading.begin(.string)
            reading.string = byte
        default:
            reading.state = .ground
            escapeSequence(reading.sequence, byte)
        }
    }

    private func endString() {
        if reading.string == UInt8(ascii: "]") { command(reading.sequence) } else { isUnderstood = false }
        reading.begin(.ground)
    }

    // MARK: Text

    /// Writes printable ASCII.
    private func write(_ run: ArraySlice<UInt8>) {
        reading.last = run.last
        reading.joined = 0
        guard modes.isDrawing else { return pass(run) }
        for byte in run { pass(String(Self.drawn(byte))) }
    }

    /// Writes the last character some more times, as far as that goes anywhere.
    func repeatLast(_ count: Int) {
        guard let last = reading.last else { return }
        let text = Array(repeating: last, count: min(count, size.columns * size.rows))
        for start in stride(from: 0, to: text.count, by: 1024) { write(text[start..<min(start + 1024, text.count)]) }
    }

    private func character(_ byte: UInt8) {
        if byte < 0x80 {
            endCharacter()
            // Only the first of a run comes here.
            return write([byte])
        }
        if byte & 0xC0 == 0x80, !reading.character.isEmpty {
            reading.character.append(byte)
            if reading.character.count == Self.length(of: reading.character[0]) { endCharacter() }
        } else {
            endCharacter()
            reading.character.append(byte)
            if Self.length(of: byte) < 2 { endCharacter() }
        }
    }

    /// Writes the character that was read, or a mark in place of one that is none.
    private func endCharacter() {
        guard !reading.character.isEmpty else { return }
        defer { reading.character.removeAll(keepingCapacity: true) }
        guard let scalar = Self.scalar(reading.character) else { return pass("\u{FFFD}") }
        // One of the controls that have a sequence of their own, too.
        if (0x80..<0xA0).contains(scalar.value) {
            reading.begin(.escape)
            return escape(UInt8(scalar.value - 0x40))
        }
        if scalar.mayCombine {
            guard reading.joined < 5 else { return }
            reading.joined += 1
        } else {
            reading.joined = 0
        }
        reading.last = nil
        pass(reading.character)
    }

    /// The character that some bytes are; `nil` when they are none.
    private static func scalar(_ bytes: [UInt8]) -> Unicode.Scalar? {
        guard bytes.count == length(of: bytes[0]), bytes.count > 1 else { return nil }
        let first = UInt32(bytes[0]) & (0x7F >> UInt32(bytes.count))
        let value = bytes.dropFirst().reduce(first) { $0 << 6 | UInt32($1 & 0x3F) }
        let least: UInt32 = bytes.count == 2 ? 0x80 : bytes.count == 3 ? 0x800 : 0x1_0000
        return value < least ? nil : Unicode.Scalar(value)
    }

    private static func length(of first: UInt8) -> Int {
        switch first {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
    }

    /// What a letter is in the character set that draws lines.
    private static func drawn(_ byte: UInt8) -> Character {
        guard byte >= 0x60, byte < 0x7F else { return Character(Unicode.Scalar(byte)) }
        return lines[Int(byte) - 0x60]
    }

    private static let lines = Array("◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·")
}

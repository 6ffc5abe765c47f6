import CVTerm

/// How many places characters take, which libvterm knows and does not tell: it is asked by writing them.
final class CharacterWidths {
    private let model = sandglass_terminal_make(1, 8, nil, nil)

    deinit { sandglass_terminal_free(model) }

    /// Whether a printable character takes two places.
    func isWide(_ scalar: Unicode.Scalar) -> Bool { scalar.mayBeWide && places(of: scalar) == 2 }

    /// How far a printable character moves the cursor.
    func places(of scalar: Unicode.Scalar) -> Int {
        let text = Array("\ra\(scalar)".utf8)
        sandglass_terminal_write(model, text, text.count)
        var position = VTermPos()
        vterm_state_get_cursorpos(model.state, &position)
        return Int(position.col) - 1
    }
}

extension Unicode.Scalar {
    /// Whether it may take two places; where this says no it never does.
    var mayBeWide: Bool {
        switch value {
        case ..<0x1100: false
        case 0x1100...0x115F, 0x231A...0x23FF, 0x25FD...0x27BF, 0x2B00...0x2BFF, 0x2E80...0xA4CF, 0xA960...0xA97F,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16F00...0x18CFF,
            0x1AFF0...0x1B2FF, 0x1D300...0x1D37F, 0x1F000...0x1FAFF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }

    /// Whether it may join the character before it; where this says no it never does.
    var mayCombine: Bool {
        switch value {
        case ..<0x300: return value == 0xAD
        // Greek, Cyrillic, lines and blocks, Chinese and Japanese: what is written most.
        case 0x370..<0x483, 0x2500..<0x2600, 0x4E00..<0xA000: return false
        default: break
        }
        // Counted among those that join in the tables of libvterm.
        if [0x6DD, 0x6DE].contains(value) { return true }
        if (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FF).contains(value) { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .spacingMark, .format: return true
        default: return false
        }
    }
}

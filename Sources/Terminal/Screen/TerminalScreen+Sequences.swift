import SessionModel

extension TerminalScreen {
    /// Takes a control character.
    func control(_ byte: UInt8) {
        reading.joined = 0
        switch byte {
        case 0x08...0x0D: pass([byte])
        case 0x0E: modes.shift = 1
        case 0x0F: modes.shift = 0
        case 0x05: isUnderstood = false
        default: break
        }
    }

    /// Takes `ESC`, what stands between, and the last byte.
    func escapeSequence(_ between: [UInt8], _ last: UInt8) {
        switch (String(decoding: between, as: UTF8.self), Character(Unicode.Scalar(last))) {
        case ("", "7"): saveCursor()
        case ("", "8"): restoreCursor()
        case ("", "c"): reset()
        case ("", "="): modes.keypadIsApplication = true
        case ("", ">"): modes.keypadIsApplication = false
        case ("", "D"), ("", "E"), ("", "H"), ("", "M"): pass([0x1B, last])
        case ("#", "8"): pass("\u{1B}#8")
        case ("(", let name): modes.draws[0] = name == "0"
        case (")", let name): modes.draws[1] = name == "0"
        default: isUnderstood = false
        }
    }

    /// Takes the bytes between `CSI` and the last one, and that.
    func controlSequence(_ bytes: [UInt8], _ last: UInt8) {
        let (parameters, marks) = ScreenStyle.Parameter.read(bytes)
        let name = Character(Unicode.Scalar(last))
        switch (marks.first.map { Character(Unicode.Scalar($0)) }, name) {
        case _ where marks.count > 1: isUnderstood = false
        case (nil, _): plainSequence(name, parameters)
        case ("?", "h"), ("?", "l"):
            for one in parameters { if let number = one.number { setMode(number, name == "h") } }
        case ("?", "J"), ("?", "K"): plainSequence(name, parameters)
        case (" ", "q"): modes.cursorForm = min(parameters.first?.number ?? 0, 6)
        case ("!", "p"): softReset()
        default: isUnderstood = false
        }
    }

    private func plainSequence(_ name: Character, _ parameters: [ScreenStyle.Parameter]) {
        let first = parameters.first?.number
        let second = parameters.count > 1 ? parameters[1].number : nil
        switch name {
        case "m":
            pen.apply(parameters)
            passPen()
        case "@", "A", "B", "C", "D", "E", "F", "I", "L", "M", "P", "S", "X", "Z", "a", "e", "G", "`", "d":
            pass("\u{1B}[\(max(1, first ?? 1))\(name)")
        // With more it would be something else.
        case "T" where parameters.count < 2: pass("\u{1B}[\(max(1, first ?? 1))T")
        case "H", "f": pass("\u{1B}[\(max(1, first ?? 1));\(max(1, second ?? 1))H")
        case "J" where first == 3: forgetHistory()
        case "J" where first == 2 || first ?? 0 == 0 && witness != nil && cursor == .init():
            willErase()
            pass("\u{1B}[\(first ?? 0)J")
        case "J", "K": if (0...2).contains(first ?? 0) { pass("\u{1B}[\(first ?? 0)\(name)") }
        case "b": repeatLast(max(1, first ?? 1))
        case "g": if [0, 3].contains(first ?? 0) { pass("\u{1B}[\(first ?? 0)g") }
        case "h", "l": for one in parameters { if let number = one.number { setOldMode(number, name == "h") } }
        case "r": setRegion(first, second)
        case "s" where first == nil && second == nil: saveCursor()
        case "u": restoreCursor()
        default: isUnderstood = false
        }
    }

    /// Takes `OSC`, of which titles are of interest, and to a witness the marks of prompts and commands.
    func command(_ bytes: [UInt8]) {
        if bytes.starts(with: "133;".utf8) {
            witness?.screenHeardMark(bytes.dropFirst(4))
            return
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.firstIndex(of: ";"), ["0", "2"].contains(text[..<end]) else { return isUnderstood = false }
        title = String(text[text.index(after: end)...].filter(Self.isPrintable).prefix(Self.titleLimit))
    }

    // MARK: One by one

    private func setMode(_ number: Int, _ isOn: Bool) {
        switch number {
        case 47, 1047: showAlternate(isOn)
        case 1048: if isOn { saveCursor() } else { restoreCursor() }
        case 1049 where isOn:
            guard !modes.isAlternate else { return }
            saveCursor()
            showAlternate(true)
        case 1049:
            showAlternate(false)
            restoreCursor()
        case 6, 7:
            modes.set(number, isOn)
            pass("\u{1B}[?\(number)\(isOn ? "h" : "l")")
        default: modes.set(number, isOn)
        }
    }

    private func setOldMode(_ number: Int, _ isOn: Bool) {
        switch number {
        case 4: modes.inserts = isOn
        case 20: modes.returnsOnFeed = isOn
        default: return
        }
        pass("\u{1B}[\(number)\(isOn ? "h" : "l")")
    }

    private func setRegion(_ first: Int?, _ second: Int?) {
        let (top, bottom) = (max(1, first ?? 1), min(second.flatMap { $0 == 0 ? nil : $0 } ?? size.rows, size.rows))
        guard top < bottom else { return }
        modes.region = top == 1 && bottom == size.rows ? nil : top - 1...bottom - 1
        pass("\u{1B}[\(top);\(bottom)r")
    }

    private func saveCursor() {
        let saved = ScreenContents.SavedCursor(position: cursor, style: pen)
        if modes.isAlternate { savedCursors.alternate = saved } else { savedCursors.main = saved }
    }

    private func restoreCursor() {
        let saved = modes.isAlternate ? savedCursors.alternate : savedCursors.main
        pen = saved?.style ?? ScreenStyle()
        passPen()
        move(to: saved?.position ?? .init())
    }

    private func softReset() {
        let position = cursor
        modes.softReset()
        pen = ScreenStyle()
        pass("\u{1B}[?6l\u{1B}[r\u{1B}[?7h\u{1B}[4l\u{1B}[m")
        move(to: position)
    }

    private func reset() {
        showAlternate(false)
        willErase()
        pass("\u{1B}c")
        modes = ScreenModes()
        pen = ScreenStyle()
        savedCursors = (nil, nil)
        title = nil
        forgetHistory()
    }

    private static func isPrintable(_ character: Character) -> Bool {
        character.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
    }
}

extension ScreenStyle {
    /// A parameter of a control sequence.
    struct Parameter {
        /// Numbers beyond this move as far as this.
        private static let farthest = 9999

        /// `nil` when it is left out.
        var number: Int?
        /// What follows it after colons.
        var parts: [Int?] = []

        /// Reads what stands between the beginning of a sequence and its end: parameters, 32 at most, and whatever is
        /// none.
        static func read(_ bytes: [UInt8]) -> (parameters: [Parameter], marks: [UInt8]) {
            guard !bytes.isEmpty else { return ([], []) }
            var parameters = [Parameter()]
            var marks: [UInt8] = []
            for byte in bytes {
                let last = parameters.count - 1
                switch byte {
                case 0x30...0x39: parameters[last].add(Int(byte) - 0x30)
                case UInt8(ascii: ":"): parameters[last].parts.append(nil)
                case UInt8(ascii: ";"): if parameters.count < 32 { parameters.append(Parameter()) }
                default: marks.append(byte)
                }
            }
            return (parameters, marks)
        }

        private mutating func add(_ digit: Int) {
            if let last = parts.indices.last {
                parts[last] = min(Self.farthest, (parts[last] ?? 0) * 10 + digit)
            } else {
                number = min(Self.farthest, (number ?? 0) * 10 + digit)
            }
        }
    }

    /// Takes what a program asks for: the parameters of `CSI … m`.
    mutating func apply(_ parameters: [Parameter]) {
        guard !parameters.isEmpty else { return self = ScreenStyle() }
        var rest = parameters[...]
        while let parameter = rest.popFirst() {
            let code = parameter.number ?? 0
            switch code {
            case 0: self = ScreenStyle()
            case 4 where !parameter.parts.isEmpty:
                underline = Underline(rawValue: UInt8(clamping: parameter.parts[0] ?? 0)) ?? .single
            case 4: underline = .single
            case 21: underline = .double
            case 24: underline = .none
            case 30...37: letters = .indexed(UInt8(code - 30))
            case 90...97: letters = .indexed(UInt8(code - 82))
            case 39: letters = .usual
            case 40...47: ground = .indexed(UInt8(code - 40))
            case 100...107: ground = .indexed(UInt8(code - 92))
            case 49: ground = .usual
            case 38: if let colour = Colour(parameter, &rest) { letters = colour }
            case 48: if let colour = Colour(parameter, &rest) { ground = colour }
            // The colour of an underline is passed over.
            case 58: _ = Colour(parameter, &rest)
            default:
                if let on = Self.on[code] { emphasis.insert(on) }
                if let off = Self.off[code] { emphasis.subtract(off) }
            }
        }
    }

    private static let on: [Int: Emphasis] = [
        1: .bold, 2: .faint, 3: .italic, 5: .blink, 6: .blink, 7: .reverse, 8: .concealed, 9: .strike, 53: .overline,
    ]
    private static let off: [Int: Emphasis] = [
        22: [.bold, .faint], 23: .italic, 25: .blink, 27: .reverse, 28: .concealed, 29: .strike, 55: .overline,
    ]
}

extension ScreenStyle.Colour {
    /// Reads the colour after 38, 48 or 58, whose parts follow as parts of it or as parameters.
    fileprivate init?(_ parameter: ScreenStyle.Parameter, _ rest: inout ArraySlice<ScreenStyle.Parameter>) {
        if let kind = parameter.parts.first {
            let parts = parameter.parts.dropFirst().map { UInt8(clamping: $0 ?? 0) }
            switch kind {
            case 5 where parts.count == 1: self = .indexed(parts[0])
            case 2 where parts.count == 3: self = .rgb(parts[0], parts[1], parts[2])
            // With the number of a colour space, which nobody looks at.
            case 2 where parts.count > 3: self = .rgb(parts[1], parts[2], parts[3])
            default: return nil
            }
            return
        }
        let kind = rest.popFirst()?.number
        let count = kind == 5 ? 1 : kind == 2 ? 3 : 0
        let parts = rest.prefix(count).map { UInt8(clamping: $0.number ?? 0) }
        rest = rest.dropFirst(count)
        guard count > 0, parts.count == count else { return nil }
        self = count == 1 ? .indexed(parts[0]) : .rgb(parts[0], parts[1], parts[2])
    }
}

/// How a character on a screen looks.
struct ScreenStyle: Sendable, Hashable {
    /// A colour of letters or of what is behind them.
    enum Colour: Sendable, Hashable {
        /// The terminal's own.
        case usual
        /// One of 256.
        case indexed(UInt8)
        /// Red, green and blue.
        case rgb(UInt8, UInt8, UInt8)
    }

    /// How a character is underlined.
    enum Underline: UInt8, Sendable { case none, single, double, curly }

    /// Every kind of emphasis that is either there or not.
    struct Emphasis: OptionSet, Sendable, Hashable {
        let rawValue: UInt16
        static let bold = Self(rawValue: 1 << 0)
        static let italic = Self(rawValue: 1 << 1)
        static let blink = Self(rawValue: 1 << 2)
        static let reverse = Self(rawValue: 1 << 3)
        static let strike = Self(rawValue: 1 << 4)
        static let faint = Self(rawValue: 1 << 5)
        static let concealed = Self(rawValue: 1 << 6)
        static let overline = Self(rawValue: 1 << 7)
    }

    var letters = Colour.usual
    var ground = Colour.usual
    var underline = Underline.none
    var emphasis: Emphasis = []

    /// What makes a terminal write like this, whatever it did before.
    var sequence: String {
        var codes = ["0"]
        for (one, code) in Self.codes where emphasis.contains(one) { codes.append(code) }
        if let code = underline.code { codes.append(code) }
        codes += letters.codes(3) + ground.codes(4)
        return codes == ["0"] ? "\u{1B}[m" : "\u{1B}[\(codes.joined(separator: ";"))m"
    }

    /// The same for libvterm, which takes fewer codes at once.
    ///
    /// It knows nothing of faint, concealed and overlined letters, and keeps for us the number of a font instead.
    var model: String {
        var codes = ["0"]
        for (one, code) in Self.codes where emphasis.contains(one) && !Self.unknownToModel.contains(one) {
            codes.append(code)
        }
        if let code = underline.code { codes.append(code) }
        let font = emphasis.font
        if font > 0 { codes.append("\(10 + font)") }
        codes += letters.codes(3)
        let first = "\u{1B}[\(codes.joined(separator: ";"))m"
        return ground == .usual ? first : "\(first)\u{1B}[\(ground.codes(4).joined(separator: ";"))m"
    }

    private static let codes: [(Emphasis, String)] = [
        (.bold, "1"), (.faint, "2"), (.italic, "3"), (.blink, "5"), (.reverse, "7"), (.concealed, "8"), (.strike, "9"),
        (.overline, "53"),
    ]
    private static let unknownToModel: Emphasis = [.faint, .concealed, .overline]
}

extension ScreenStyle.Emphasis {
    /// What libvterm takes for the number of a font.
    fileprivate var font: Int {
        (contains(.faint) ? 1 : 0) + (contains(.concealed) ? 2 : 0) + (contains(.overline) ? 4 : 0)
    }

    /// Reads what ``ScreenStyle/model`` told libvterm.
    init(font: UInt32) {
        self = []
        if font & 1 != 0 { insert(.faint) }
        if font & 2 != 0 { insert(.concealed) }
        if font & 4 != 0 { insert(.overline) }
    }
}

extension ScreenStyle.Underline {
    fileprivate var code: String? {
        switch self {
        case .none: nil
        case .single: "4"
        case .double: "21"
        case .curly: "4:3"
        }
    }
}

extension ScreenStyle.Colour {
    /// The codes that choose it; `layer` is 3 for letters and 4 for what is behind them.
    fileprivate func codes(_ layer: Int) -> [String] {
        switch self {
        case .usual: []
        case .indexed(let number) where number < 8: ["\(layer)\(number)"]
        case .indexed(let number) where number < 16: ["\((layer + 6) * 10 + Int(number) - 8)"]
        case .indexed(let number): ["\(layer)8", "5", "\(number)"]
        case .rgb(let red, let green, let blue): ["\(layer)8", "2", "\(red)", "\(green)", "\(blue)"]
        }
    }
}

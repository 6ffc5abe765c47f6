import SessionModel

/// Reads amounts with units.
enum UnitText {
    /// A length of time: hours, minutes and seconds in this order, each at most once, each a whole number.
    static func duration(_ text: String) -> Duration? {
        var seconds: Int64 = 0
        var rest = text[...]
        for (unit, factor) in [("h", Int64(3600)), ("m", 60), ("s", 1)] {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard (1...6).contains(digits.count), let number = Int64(digits) else { continue }
            guard rest.dropFirst(digits.count).hasPrefix(unit) else { continue }
            seconds += number * factor
            rest = rest.dropFirst(digits.count + 1)
        }
        return rest.isEmpty && !text.isEmpty ? .seconds(seconds) : nil
    }

    /// An amount with a binary unit.
    static func size(_ text: String) -> ByteCount? {
        let shifts: [Character: Int64] = ["K": 10, "M": 20, "G": 30, "T": 40]
        let digits = text.dropLast()
        guard let unit = text.last, let shift = shifts[unit], (1...7).contains(digits.count),
            digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int64(digits)
        else { return nil }
        let (bytes, overflows) = number.multipliedReportingOverflow(by: 1 << shift)
        return ByteCount(bytes: overflows ? .max : bytes)
    }

    /// A number of days.
    static func days(_ text: String) -> Days? {
        let digits = text.dropLast()
        guard text.last == "d", (1...4).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            return nil
        }
        return Int(digits).map(Days.init)
    }

    /// Numbers of days that a text may have been meant for: words and longer units, capitals, spaces.
    static func daySpellings(_ text: String) -> [String] {
        let tight = text.lowercased().filter { !$0.isWhitespace }
        let digits = tight.prefix { $0.isASCII && $0.isNumber }
        let factors = ["d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7, "y": 365, "year": 365, "years": 365]
        guard digits.count <= 4, let number = Int(digits), let factor = factors[String(tight.dropFirst(digits.count))]
        else { return [] }
        return ["\(number * factor)d"]
    }

    /// Lengths of time that a text may have been meant for: words for units, days, capitals, spaces.
    static func durationSpellings(_ text: String) -> [String] {
        var tight = String(text.lowercased().filter { !$0.isWhitespace })
        for (words, unit) in [
            (["hours", "hour", "hrs", "hr"], "h"), (["minutes", "minute", "mins", "min"], "m"),
            (["seconds", "second", "secs", "sec"], "s"), (["days", "day"], "d"),
        ] {
            for word in words { tight = tight.replacing(word, with: unit) }
        }
        if tight.hasSuffix("d"), let days = Int(tight.dropLast()), (1...1000).contains(days) { tight = "\(days * 24)h" }
        return [tight]
    }

    /// Amounts that a text may have been meant for: other names of the unit, small letters, spaces.
    static func sizeSpellings(_ text: String) -> [String] {
        var tight = String(text.uppercased().filter { !$0.isWhitespace })
        if tight.hasSuffix("B") { tight.removeLast() }
        if tight.hasSuffix("I") { tight.removeLast() }
        return [tight]
    }
}

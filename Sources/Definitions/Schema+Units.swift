import SessionModel

extension Schema where Value == Duration {
    /// A length of time with units: `90s`, `15m`, `1h30m`.
    static func duration(in range: ClosedRange<Duration>) -> Schema {
        measure(
            Unit(
                what: "a time such as 90s, 15m or 1h30m",
                pattern: "^(?=[0-9])([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$",
                parse: UnitText.duration,
                spellings: UnitText.durationSpellings,
            ),
            in: range,
            from: range.lowerBound.shortText,
            to: range.upperBound.shortText,
        )
    }
}

extension Schema where Value == ByteCount {
    /// An amount of memory or storage in binary units: `512M`, `4G`.
    static func size(in range: ClosedRange<ByteCount>) -> Schema {
        measure(
            Unit(
                what: "a size such as 512M or 4G",
                pattern: "^[0-9]{1,7}[KMGT]$",
                parse: UnitText.size,
                spellings: UnitText.sizeSpellings,
            ),
            in: range,
            from: range.lowerBound.description,
            to: range.upperBound.description,
        )
    }

    /// An amount for each second: `20M/s`.
    static func rate(in range: ClosedRange<ByteCount>) -> Schema {
        measure(
            Unit(
                what: "a rate such as 20M/s",
                pattern: "^[0-9]{1,7}[KMGT]/s$",
                parse: { text in text.hasSuffix("/s") ? UnitText.size(String(text.dropLast(2))) : nil },
                spellings: { text in
                    let amount = text.replacing("ps", with: "").split(separator: "/").first.map(String.init) ?? ""
                    return ([amount] + UnitText.sizeSpellings(amount)).map { "\($0)/s" }
                },
            ),
            in: range,
            from: "\(range.lowerBound)/s",
            to: "\(range.upperBound)/s",
        )
    }
}

extension Schema where Value == Days {
    /// A number of days: `90d`.
    static func days(in range: ClosedRange<Days>) -> Schema {
        measure(
            Unit(
                what: "a number of days such as 90d",
                pattern: "^[0-9]{1,4}d$",
                parse: UnitText.days,
                spellings: UnitText.daySpellings,
            ),
            in: range,
            from: range.lowerBound.description,
            to: range.upperBound.description,
        )
    }
}

extension Schema where Value: Comparable {
    fileprivate static func measure(_ unit: Unit<Value>, in range: ClosedRange<Value>, from: String, to: String)
        -> Schema
    {
        let limits = "From \(from) to \(to)."
        return Schema(
            .text(Shape.TextRule(words: unit.what, pattern: unit.pattern)),
            expected: unit.what,
            limits: limits,
        ) {
            element,
            report in
            switch element.content {
            case .integer, .number:
                report.add("\(element.content.words) without a unit: expected \(unit.what)", at: element.place)
            case .text(let text):
                guard let value = unit.parse(text) else {
                    let near = unit.spellings(text).first { unit.parse($0) != nil }
                    let hint = near.map { " (did you mean \($0.quoted)?)" } ?? ""
                    report.add("is \(text.quoted): expected \(unit.what)\(hint)", at: element.place)
                    return nil
                }
                guard range.contains(value) else {
                    report.add("is \(text.quoted): expected \(from) to \(to)", at: element.place)
                    return nil
                }
                return value
            case .nothing, .boolean, .list, .object, .tagged:
                element.refuse(expected: unit.what, report: &report)
            }
            return nil
        }
    }
}

/// How amounts with a unit are written.
private struct Unit<Value: Sendable>: Sendable {
    /// What they are, with examples.
    let what: String
    /// What they look like.
    let pattern: String
    /// Reads one; `nil` when it is not one.
    let parse: @Sendable (String) -> Value?
    /// How else what was written may have been meant.
    let spellings: @Sendable (String) -> [String]
}

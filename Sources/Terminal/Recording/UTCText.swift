import SessionModel

/// Times as text: RFC 3339 in UTC with milliseconds, for example `2027-01-15T08:00:00.000Z`.
enum UTCText {
    /// The text of a time between the years 0 and 9999.
    static func of(_ time: Timestamp) -> String {
        let days = floorDivide(time.milliseconds, 86_400_000)
        let rest = time.milliseconds - days * 86_400_000
        let (year, month, day) = date(days)
        let clock = [rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60].map { digits($0, 2) }
        return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))T\(clock.joined(separator: ":"))"
            + ".\(digits(rest % 1000, 3))Z"
    }

    /// The time of a text of exactly that form; `nil` for any other.
    static func time(_ text: String) -> Timestamp? {
        let numbers = text.split(whereSeparator: { !("0"..."9").contains($0) }).compactMap { Int64($0) }
        guard text.utf8.count == 24, numbers.count == 7, (1...12).contains(numbers[1]) else { return nil }
        let days = days(numbers[0], numbers[1], numbers[2])
        let seconds = days * 86400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5]
        let time = Timestamp(milliseconds: seconds * 1000 + numbers[6])
        return of(time) == text ? time : nil
    }

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    private static func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
        number >= 0 ? number / divisor : (number - divisor + 1) / divisor
    }

    // Years that begin in March end with the leap day, which makes the months before it regular.

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = floorDivide(year, 400)
        let ofEra = year - era * 400
        let ofYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let era = floorDivide(days + 719_468, 146_097)
        let ofEra = days + 719_468 - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * ofYear + 2) / 153
        let year = yearOfEra + era * 400
        return (month >= 10 ? year + 1 : year, (month + 2) % 12 + 1, ofYear - (153 * month + 2) / 5 + 1)
    }
}

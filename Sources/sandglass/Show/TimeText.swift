import Foundation
import Glibc

/// Times as people read them.
enum TimeText {
    /// Time left as on a clock: `38:12`, `1:02:05`.
    ///
    /// Parts of a second are dropped; below zero is zero.
    static func left(_ seconds: Double) -> String {
        let total = Int(max(0, min(seconds, 1e9)))
        let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
        return hours > 0 ? "\(hours):\(padded(minutes)):\(padded(rest))" : "\(minutes):\(padded(rest))"
    }

    /// A span in words: `0.02 s`, `14.5 s`, `2 min 5 s`, `1 h 30 min`.
    static func span(milliseconds: Int64) -> String {
        let (sign, span) = (milliseconds < 0 ? "-" : "", milliseconds.magnitude)
        switch span {
        case ..<1000: return "\(sign)\(fixed(Double(span) / 1000, 2)) s"
        case ..<60_000: return "\(sign)\(fixed(Double(span) / 1000, 1)) s"
        case ..<3_600_000:
            let (minutes, seconds) = (span / 60_000, span / 1000 % 60)
            return seconds == 0 ? "\(sign)\(minutes) min" : "\(sign)\(minutes) min \(seconds) s"
        default:
            let (hours, minutes) = (span / 3_600_000, span / 60_000 % 60)
            return minutes == 0 ? "\(sign)\(hours) h" : "\(sign)\(hours) h \(minutes) min"
        }
    }

    /// A span in words.
    static func span(seconds: Double) -> String { span(milliseconds: Int64(max(-1e15, min(seconds, 1e15)) * 1000)) }

    /// Milliseconds since 1970 of a time of the API (RFC 3339, UTC); `nil` when it is none.
    static func milliseconds(_ time: String) -> Int64? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: time.contains("."))
        // Another text is no time; the caller says what happens then.
        guard let date = try? style.parse(time) else { return nil }
        return Int64((date.timeIntervalSince1970 * 1000).rounded())
    }

    /// A time of the API as local date and time: `2026-03-01 14:05`; unchanged when it is no time.
    static func local(_ time: String) -> String {
        guard let clock = brokenDown(time) else { return time }
        let date = "\(1900 + Int(clock.tm_year))-\(padded(Int(clock.tm_mon) + 1))-\(padded(Int(clock.tm_mday)))"
        return "\(date) \(padded(Int(clock.tm_hour))):\(padded(Int(clock.tm_min)))"
    }

    /// A time of the API as local time of day: `14:05:09`; unchanged when it is no time.
    static func localClock(_ time: String) -> String {
        guard let clock = brokenDown(time) else { return time }
        return "\(padded(Int(clock.tm_hour))):\(padded(Int(clock.tm_min))):\(padded(Int(clock.tm_sec)))"
    }

    /// What lies between two times of the API, for a column: `+0.00`, `+14.52`, `+1:02:05.00`.
    static func elapsed(from first: String, to time: String) -> String {
        guard let start = milliseconds(first), let end = milliseconds(time) else { return "" }
        let (sign, span) = (end < start ? "-" : "+", Int((end - start).magnitude) / 10)
        let (hours, minutes, seconds, hundredths) = (span / 360_000, span / 6000 % 60, span / 100 % 60, span % 100)
        if hours > 0 { return "\(sign)\(hours):\(padded(minutes)):\(padded(seconds)).\(padded(hundredths))" }
        if minutes > 0 { return "\(sign)\(minutes):\(padded(seconds)).\(padded(hundredths))" }
        return "\(sign)\(seconds).\(padded(hundredths))"
    }

    private static func brokenDown(_ time: String) -> tm? {
        guard let milliseconds = milliseconds(time) else { return nil }
        var (seconds, clock) = (time_t(milliseconds / 1000), tm())
        return localtime_r(&seconds, &clock) == nil ? nil : clock
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func fixed(_ number: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", number) }
}

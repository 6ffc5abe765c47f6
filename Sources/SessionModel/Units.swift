/// An amount of memory or storage in bytes.
package struct ByteCount: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// The amount in bytes; never negative.
    package let bytes: Int64

    /// Makes an amount of bytes.
    package init(bytes: Int64) {
        precondition(bytes >= 0, "an amount of bytes is never negative")
        self.bytes = bytes
    }

    /// Makes an amount of binary megabytes (2^20 bytes).
    package static func mebibytes(_ count: Int64) -> ByteCount { ByteCount(bytes: count << 20) }

    /// Makes an amount of binary gigabytes (2^30 bytes).
    package static func gibibytes(_ count: Int64) -> ByteCount { ByteCount(bytes: count << 30) }

    /// The amount in whole binary megabytes, rounded down.
    package var mebibytes: Int64 { bytes >> 20 }

    /// The shortest exact form with a binary unit: `512M` is 512 × 2^20 bytes.
    package var description: String {
        for (shift, unit) in [(40, "T"), (30, "G"), (20, "M"), (10, "K")] where bytes != 0 {
            if bytes & ((1 << shift) - 1) == 0 { return "\(bytes >> shift)\(unit)" }
        }
        return "\(bytes)"
    }

    package static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
    package static func + (left: Self, right: Self) -> Self { ByteCount(bytes: left.bytes + right.bytes) }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let bytes = try container.decode(Int64.self)
        guard bytes >= 0 else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "an amount of bytes is negative")
        }
        self.bytes = bytes
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }
}

/// A point on the wall clock: milliseconds since 1970-01-01 UTC.
///
/// For records and people, never for deadlines.
package struct Timestamp: Hashable, Sendable, Codable, Comparable {
    /// Milliseconds since 1970-01-01 UTC.
    package let milliseconds: Int64

    /// Makes a point from milliseconds since 1970-01-01 UTC.
    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// The point that lies the given time later.
    package func advanced(by duration: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds + duration.milliseconds)
    }

    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

/// A point in the time during which the service could be used: it stands still while the host is suspended and while
/// the service is down, and no change of the wall clock moves it.
///
/// Every deadline is one.
///
/// Milliseconds since the service first ran with its store; see ``ServiceClock``.
package struct ServiceInstant: Hashable, Sendable, Codable, Comparable, InstantProtocol {
    /// Milliseconds of usable service time since the store was made.
    package let milliseconds: Int64

    /// Makes a point from milliseconds of service time.
    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    package func advanced(by duration: Duration) -> ServiceInstant {
        ServiceInstant(milliseconds: milliseconds + duration.milliseconds)
    }

    package func duration(to other: ServiceInstant) -> Duration { .milliseconds(other.milliseconds - milliseconds) }

    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

extension Duration {
    /// The length in whole milliseconds, rounded towards zero.
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// The length in seconds.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }

    /// The form people write: `1h30m`, `15m`, `45s`, `1.500s`, `0s`.
    package var shortText: String {
        let total = milliseconds
        guard total > 0 else { return total == 0 ? "0s" : "-" + (Duration.zero - self).shortText }
        let (hours, minutes, rest) = (total / 3_600_000, total / 60_000 % 60, total % 60_000)
        var text = ""
        if hours > 0 { text += "\(hours)h" }
        if minutes > 0 { text += "\(minutes)m" }
        if rest > 0 {
            let fraction = String(rest % 1000 + 1000).dropFirst()
            text += rest % 1000 == 0 ? "\(rest / 1000)s" : "\(rest / 1000).\(fraction)s"
        }
        return text
    }
}

extension Policy {
    /// How long what a session leaves is kept, counted from its end.
    package struct Retention: Sendable, Equatable, Codable {
        /// How long anything is kept unless a policy says otherwise, and at most unless it says why.
        package static let usual = Days(90)
        /// How long anything may be kept at all.
        package static let longest = Days(3650)

        /// Recordings of terminals.
        package var recordings: Days
        /// Files that were collected.
        package var files: Days
        /// Final disks.
        package var disks: Days
        /// Why something is kept longer than ``usual``; `nil` when nothing is.
        package var reason: String?

        /// Makes it from its parts.
        package init(
            recordings: Days = usual,
            files: Days = usual,
            disks: Days = usual,
            reason: String? = nil,
        ) {
            self.recordings = recordings
            self.files = files
            self.disks = disks
            self.reason = reason
        }
    }
}

/// A number of days of 24 hours: `90d`.
package struct Days: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// How many.
    package let count: Int

    /// Makes a number of days.
    package init(_ count: Int) { self.count = count }

    package init(from decoder: any Decoder) throws {
        count = try decoder.singleValueContainer().decode(Int.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(count)
    }

    /// The same as a length of time.
    package var duration: Duration { .seconds(count * 86_400) }

    package var description: String { "\(count)d" }

    package static func < (left: Self, right: Self) -> Bool { left.count < right.count }
}

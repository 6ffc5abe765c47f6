/// An address where somebody else's program hears of what happens to sessions.
package struct Webhook: Sendable, Equatable {
    /// How many there are at most.
    package static let limit = 20

    /// Which.
    package let id: WebhookID
    /// Where the program is.
    package var url: String
    /// What it wants to hear of.
    package var events: Set<WebhookEvent>
    /// What it is for, in an operator's words; may be empty.
    package var note: String
    /// Whether it is told anything.
    package var isEnabled: Bool
    /// When it was made.
    package let createdAt: Timestamp
    /// Grows by one with every stored change; a writer that has an older one is refused.
    package var generation: Int64

    /// Makes one from its parts.
    package init(
        id: WebhookID,
        url: String,
        events: Set<WebhookEvent>,
        note: String = "",
        isEnabled: Bool = true,
        createdAt: Timestamp,
        generation: Int64 = 0,
    ) {
        self.id = id
        self.url = url
        self.events = events
        self.note = note
        self.isEnabled = isEnabled
        self.createdAt = createdAt
        self.generation = generation
    }
}

/// Names a webhook: twelve characters.
package struct WebhookID: RandomIdentifier {
    package static let (kind, length) = ("webhook id", 12)
    package let description: String
    package init(unchecked text: String) { description = text }
}

/// What messages of a webhook are signed with, so that who gets them knows from whom they are.
package struct WebhookSecret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// How many bytes a new one has.
    package static let size = 32
    /// The bytes.
    package let bytes: [UInt8]

    /// Wraps a secret; `nil` when it does not have 24 to 64 bytes.
    package init?(_ bytes: [UInt8]) {
        guard (24...64).contains(bytes.count) else { return nil }
        self.bytes = bytes
    }

    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What programs hear of.
///
/// Append only.
package enum WebhookEvent: String, Sendable, Codable, CaseIterable, Comparable {
    /// A session can be entered, or has fresh machines after a reset.
    case ready = "session.ready"
    /// The person said they were done.
    case submitted = "session.submitted"
    /// What was done was checked once more, or graded again.
    case graded = "session.graded"
    /// A session has ended, for whatever reason.
    case ended = "session.ended"
    /// Somebody wants to see whether messages arrive.
    case test = "webhook.test"

    /// What a webhook can want to hear of.
    package static let ofSessions: Set<WebhookEvent> = [.ready, .submitted, .graded, .ended]

    /// What a line of a timeline tells; `nil` when programs hear nothing of it.
    package init?(_ line: TimelineEntry) {
        switch (line.kind, line.text) {
        case ("ready", _): self = .ready
        case ("finishing", EndReason.submitted.rawValue): self = .submitted
        case ("graded", _), ("regraded", _): self = .graded
        case ("ended", _): self = .ended
        default: return nil
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

import APIContract

/// A session's timeline as lines.
///
/// Columns have a fixed width, so that lines can be printed as they come.
struct TimelineText: Sendable {
    private let colour: Bool
    private var first: String?

    /// - Parameter colour: Whether the times may be set apart with escape sequences.
    init(colour: Bool) { self.colour = colour }

    /// The next line.
    mutating func line(_ event: EventResource) -> String {
        let start = first ?? event.at
        first = start
        let elapsed = TimeText.elapsed(from: start, to: event.at)
        let padding = String(repeating: " ", count: max(0, 9 - elapsed.count))
        let times = Style.soft("\(TimeText.localClock(event.at))  \(padding)\(elapsed)", colour)
        let kind = PlainText.clean(SessionWords.words(event.kind))
        var parts = [kind + String(repeating: " ", count: max(0, 9 - Table.width(kind)))]
        let text = Self.text(event)
        if !text.isEmpty { parts.append(text) }
        if let milliseconds = event.milliseconds, Self.tellsDuration(event.kind) {
            parts.append("(\(TimeText.span(milliseconds: milliseconds)))")
        }
        let line = "\(times)  \(parts.joined(separator: "  "))"
        return String(line.reversed().drop { $0 == " " }.reversed())
    }

    private static func text(_ event: EventResource) -> String {
        switch event.kind {
        case "finishing", "ended": SessionWords.reason(event.text)
        case "paused": "its machines sleep"
        case "resumed": "its machines go on"
        case "reset": "fresh machines for \(PlainText.clean(event.text))"
        case "coldBoot": "from the image, not from a snapshot: \(PlainText.clean(event.text))"
        default: PlainText.clean(event.text)
        }
    }

    /// Whether the duration is more than the text says already.
    private static func tellsDuration(_ kind: String) -> Bool {
        switch kind {
        case "entered", "warned", "extended", "credited": false
        default: true
        }
    }
}

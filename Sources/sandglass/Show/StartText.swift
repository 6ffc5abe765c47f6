import APIContract

/// What someone who waits for a session reads of its timeline.
enum StartText {
    /// What an event of a session that was asked for at `first` says is done; `nil` when that is not worth a line.
    static func done(_ event: EventResource, since first: String) -> String? {
        switch event.kind {
        case "requested": "asked for a machine"
        case "queued": "in the queue: \(PlainText.clean(event.text))"
        case "overridden": "isolation overridden: \(PlainText.clean(event.text))"
        case "coldBoot": "not from a snapshot: \(PlainText.clean(event.text))"
        case "step": step(event.text).flatMap { took($0.done, event) }
        case "ready": ready(event, since: first)
        default: nil
        }
    }

    /// What goes on after an event; `nil` when that is as before.
    static func next(_ event: EventResource) -> String? {
        switch event.kind {
        case "requested": "looking for room"
        case "queued": "waiting for room"
        case "admitted": "making room"
        case "step": step(event.text)?.next
        case "failed", "finishing", "ended": "removing what was made"
        default: nil
        }
    }

    /// A step `name machine` in words: what is done, what comes next.
    private static func step(_ text: String) -> (done: String?, next: String)? {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard let name = parts.first else { return nil }
        let machine = PlainText.clean(parts.dropFirst().first.map { " of \($0)" } ?? "")
        switch name {
        case "reserve": return (nil, "making the disk\(machine)")
        case "overlay": return ("disk\(machine) made", "switching the power on")
        case "boot": return ("power on", "booting, until a prompt answers")
        case "setup": return ("set up as the lab says", "running what the lab starts")
        case "start": return ("started as the lab says", "almost there")
        case "answer": return ("a prompt answers", "almost there")
        default: return (PlainText.clean(text), "going on")
        }
    }

    private static func ready(_ event: EventResource, since first: String) -> String {
        guard let start = TimeText.milliseconds(first), let end = TimeText.milliseconds(event.at) else {
            return "ready"
        }
        return "ready after \(TimeText.span(milliseconds: end - start))"
    }

    private static func took(_ text: String?, _ event: EventResource) -> String? {
        guard let text else { return nil }
        guard let milliseconds = event.milliseconds else { return text }
        return "\(text) (\(TimeText.span(milliseconds: milliseconds)))"
    }
}

import Foundation
import SessionModel

/// What a message says; nothing in it tells who somebody is.
struct WebhookBody: Encodable {
    let type: String
    let timestamp: String
    let data: Facts

    struct Facts: Encodable {
        var session: String?
        var lab: String?
        var person: String?
        /// Why the session has ended.
        var reason: String?
        /// What was found, where the policy lets it be known.
        var result: Result?
        /// What a test tells.
        var note: String?
    }

    struct Result: Encodable {
        let points: Int
        let total: Int
    }

    /// The message of a line.
    ///
    /// Of a session that cannot be read it names no more than the session: its program hears that something has happened
    /// all the same, and nothing else is held up.
    static func of(_ event: WebhookEvent, _ line: TimelineEntry, _ store: any SessionStore) async throws -> String {
        var data = Facts(session: line.session.description)
        // What cannot be read is left out.
        if let session = try? await store.session(line.session) {
            data.lab = session.lab.name
            data.person = session.person.description
            // As above.
            if event == .graded { data.result = try? await result(of: session, store) }
        }
        // What could not be read because the service ends is read by the next.
        try Task.checkCancellation()
        if event == .ended { data.reason = line.text }
        return try text(event, line.at, data)
    }

    /// The message of a test.
    static func ofTest(at now: Timestamp) throws -> String {
        try text(.test, now, Facts(note: "Somebody wants to see whether messages arrive."))
    }

    private static func result(of session: Session, _ store: any SessionStore) async throws -> Result? {
        guard session.policy.feedback != .never, let lab = session.definition else { return nil }
        let standing = Standing(
            of: session,
            in: lab,
            after: try await store.results(of: session.id),
            hints: try await store.hints(of: session.id),
        )
        return Result(points: standing.points, total: standing.total)
    }

    private static func text(_ event: WebhookEvent, _ at: Timestamp, _ data: Facts) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let time = Date(timeIntervalSince1970: Double(at.milliseconds) / 1000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let body = WebhookBody(type: event.rawValue, timestamp: time, data: data)
        return String(decoding: try encoder.encode(body), as: UTF8.self)
    }
}

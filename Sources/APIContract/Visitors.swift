/// Somebody at a terminal of a session.
package struct VisitorResource: Codable, Sendable, Equatable {
    /// Their opaque id.
    package var person: String
    /// What they are called.
    package var name: String
    /// What they may do: `driver` types, `watcher` looks on.
    package var part: String

    /// Names one.
    package init(person: String, name: String, part: String) {
        self.person = person
        self.name = name
        self.part = part
    }
}

extension VisitorResource: Described {
    package static let schema = Schema.object(
        "Somebody at a terminal of a session.",
        .required("person", .string, "Their opaque id."),
        .required("name", .string, "What they are called."),
        .required("part", .choice("driver", "watcher"), "Who types, and who looks on."),
    )
}

/// Who is in a session; the answer of `GET /api/v1/sessions/{id}/visitors`.
package struct VisitorList: Codable, Sendable, Equatable {
    /// Each once in each part, those who type first.
    package var visitors: [VisitorResource]

    /// Makes a list.
    package init(visitors: [VisitorResource]) { self.visitors = visitors }
}

extension VisitorList: Described {
    package static let schema = Schema.object(
        .required("visitors", .array(.of(VisitorResource.self)), "Each once in each part, those who type first.")
    )
}

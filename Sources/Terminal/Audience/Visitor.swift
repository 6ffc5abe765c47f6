package import SessionModel

/// Somebody at a terminal.
package struct Visitor: Sendable, Hashable {
    /// What they may do there.
    package enum Part: Sendable {
        /// Type and choose the window's size.
        case driver
        /// Look on.
        case watcher
    }

    /// Who they are.
    package let person: PersonID
    /// What they may do.
    package let part: Part
    /// Whether the session is theirs.
    package let isOwner: Bool
    /// What counts what they type, through all of its connections; `nil` when nothing does.
    package let client: ClientID?

    /// Names a visitor.
    package init(_ person: PersonID, as part: Part = .driver, isOwner: Bool, client: ClientID? = nil) {
        self.person = person
        self.part = part
        self.isOwner = isOwner
        self.client = client
    }
}

/// What tells one tab of a browser, or one run of a command, from another: it draws its own.
package struct ClientID: Sendable, Hashable, CustomStringConvertible {
    /// The text.
    package let description: String

    /// Takes what a client calls itself.
    ///
    /// - Throws: ``Failure`` with `invalidInput` unless it is 16 to 64 letters, digits, `_` and `-`.
    package init(_ text: String) throws {
        let isFine = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isFine, (16...64).contains(text.utf8.count) else {
            throw Failure(.invalidInput, "client must be 16 to 64 letters, digits, \"_\" and \"-\"")
        }
        description = text
    }
}

/// Who is in a session, at whichever of its terminals.
package struct Presence: Sendable, Equatable {
    /// Those who look on, each once, in order.
    package var watchers: [PersonID] = []
    /// Those who may type, likewise.
    package var drivers: [PersonID] = []

    init(_ visitors: some Sequence<Visitor>) {
        let visitors = Set(visitors)
        func people(_ part: Visitor.Part) -> [PersonID] {
            Set(visitors.filter { $0.part == part }.map(\.person)).sorted { $0.description < $1.description }
        }
        watchers = people(.watcher)
        drivers = people(.driver)
    }
}

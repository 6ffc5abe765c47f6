/// Who asks.
package struct Principal: Sendable, Equatable {
    /// The person.
    package let person: PersonID
    /// What they may do.
    package let role: Role

    /// Makes a principal.
    package init(person: PersonID, role: Role) {
        self.person = person
        self.role = role
    }

    /// What someone may do.
    package enum Role: String, Sendable, CaseIterable {
        /// Everything, to everyone's sessions.
        case `operator`
        /// Start sessions and work in their own.
        case trainee
    }

    /// Whether a lab is there for this principal: whoever is to be assessed by one does not find it by himself.
    package func finds(_ lab: Lab) -> Bool { role == .operator || lab.description.audience == .practice }

    /// Whether the sessions of a person are open to this principal.
    package func mayUseSessions(of owner: PersonID) -> Bool { role == .operator || person == owner }
}

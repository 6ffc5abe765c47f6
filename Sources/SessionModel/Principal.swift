/// Who asks.
package struct Principal: Sendable, Equatable {
    /// The person.
    package let person: PersonID
    /// What they are here for.
    package let roles: Set<Role>
    /// What they may do at most, because they come with a token that is narrower than its person; `nil` when nothing
    /// narrows them.
    package let scopes: Set<Permission>?

    /// Makes a principal.
    package init(person: PersonID, roles: Set<Role>, scopes: Set<Permission>? = nil) {
        self.person = person
        self.roles = roles
        self.scopes = scopes
    }

    /// Makes a principal with one role.
    package init(person: PersonID, role: Role) { self.init(person: person, roles: [role]) }

    /// All that this principal may do beyond using their own sessions.
    package var permissions: Set<Permission> {
        let whole = roles.reduce(into: Set<Permission>()) { $0.formUnion($1.permissions) }
        return scopes.map(whole.intersection) ?? whole
    }

    /// Whether this principal may do something.
    package func may(_ permission: Permission) -> Bool {
        roles.contains { $0.permissions.contains(permission) } && scopes?.contains(permission) ?? true
    }

    /// Refuses what this principal may not do.
    ///
    /// - Throws: ``Failure`` with `forbidden`, which says who may.
    package func require(_ permission: Permission) throws(Failure) {
        guard !may(permission) else { return }
        if roles.contains(where: { $0.permissions.contains(permission) }) {
            throw Failure(.forbidden, "this token may not be used to \(permission.text)")
        }
        let able = Role.allCases.filter { $0.permissions.contains(permission) }.map { "\($0.rawValue)s" }
        throw Failure(.forbidden, "only \(able.joined(separator: " and ")) may \(permission.text)")
    }

    /// Whether a lab is there for this principal: whoever is to be assessed by one does not find it by himself.
    package func finds(_ lab: Lab) -> Bool { may(.findAssessments) || lab.description.audience == .practice }

    /// Whether the sessions of a person are open to this principal.
    package func mayUseSessions(of owner: PersonID) -> Bool { may(.superviseSessions) || person == owner }
}

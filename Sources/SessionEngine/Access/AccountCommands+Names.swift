package import SessionModel

extension AccountCommands {
    /// What people are called by those who meet them in a session.
    ///
    /// - Throws: ``Failure`` with `storage`.
    package func names(of people: Set<PersonID>) async throws -> [PersonID: String] {
        var names: [PersonID: String] = [:]
        for person in people {
            guard person.isOfAccount else {
                names[person] = "\(person), of the host"
                continue
            }
            do {
                names[person] = try await ports.accounts.account(person).personal?.name ?? "somebody who was erased"
            } catch let failure as Failure where failure.code == .notFound {
                names[person] = person.description
            }
        }
        return names
    }
}

package import SessionModel

extension AccountCommands {
    /// Refuses what is nobody's identifier, so that whoever misspells one is not told that somebody has nothing.
    ///
    /// - Throws: ``Failure``: `invalidInput`, `storage`.
    package func requireKnown(_ person: PersonID) async throws {
        guard !person.isOfHost else { return }
        do {
            _ = try await ports.accounts.account(person)
        } catch let failure as Failure where failure.code == .notFound {
            let text = person.description.prefix(80)
            throw Failure(
                .invalidInput,
                "there is no person \"\(text)\"; people are named by their identifier",
                cause: failure,
            )
        }
    }

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

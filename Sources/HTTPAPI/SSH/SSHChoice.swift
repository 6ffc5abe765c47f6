import SessionModel

/// Which of the sessions that a key opens somebody means who has the key's other half.
///
/// Whoever has added a key need not be whose it is. So a key leads by itself only to a session that who has it has named
/// before: what others have added leads nobody astray and is in nobody's way.
enum SSHChoice {
    /// How much of a session's name must be said.
    static let shortestName = 4

    /// The one that is meant.
    ///
    /// - Parameters:
    ///   - name: A session's name, or the beginning of it; `nil` when nothing was said.
    ///   - keys: What the key opens now, newest first.
    /// - Returns: What is meant; of what several have added to one session, the newest.
    /// - Throws: ``Failure``: `notFound` when the key opens no such session, `invalidInput` when more must be said.
    static func choose(_ name: String?, among keys: [SessionKey]) throws(Failure) -> SessionKey {
        guard let name else {
            let known = keys.filter(\.isConfirmed)
            guard let first = known.first else {
                throw Failure(.invalidInput, "say which session you mean: its page shows the whole command")
            }
            guard known.allSatisfy({ $0.session == first.session }) else {
                throw Failure(.invalidInput, "this key opens several sessions; say which one you mean")
            }
            return first
        }
        let word = name.lowercased()
        guard word.utf8.count >= shortestName else {
            throw Failure(.invalidInput, "say at least \(shortestName) characters of the session's name")
        }
        let found = keys.filter { $0.session.description.hasPrefix(word) }
        guard let first = found.first else {
            throw Failure(.notFound, "this key opens no session \"\(word.prefix(40))\"; add it on the session's page")
        }
        guard found.allSatisfy({ $0.session == first.session }) else {
            throw Failure(.invalidInput, "several sessions begin with \"\(word)\"; say more of the name")
        }
        return first
    }
}

/// What is copied into a guest or out of one.
///
/// Paths are absolute.
package enum GuestCopy: Sendable, Equatable {
    /// One file into the guest, with these permission bits, as this user's: written beside its name, made durable, then
    /// renamed.
    case put(path: String, mode: UInt32, user: String)
    /// One file out of the guest.
    case get(path: String)
    /// What is in a tar archive into a folder that exists; as root, who keeps its owners, or as somebody else, who cannot.
    case unpack(directory: String, user: String)
    /// Members of a folder as a tar archive, as far as the user can read them.
    case pack(directory: String, members: [String], user: String)

    /// Which way and which path: what a record says of it.
    package var summary: String {
        switch self {
        case .put(let path, _, _), .unpack(let path, _): "into \(path.prefix(200))"
        case .get(let path): "out of \(path.prefix(200))"
        case .pack(let directory, let members, _):
            "out of \(directory.prefix(200)): \(members.joined(separator: ", ").prefix(200))"
        }
    }

    /// Makes sure that a guest can be asked for it.
    ///
    /// - Throws: ``Failure`` with `invalidInput`.
    package func check() throws {
        let (path, others): (String, [String]) =
            switch self {
            case .put(let path, _, let user): (path, [user])
            case .get(let path): (path, [])
            case .unpack(let directory, let user): (directory, [user])
            case .pack(let directory, let members, let user): (directory, members + [user])
            }
        guard path.hasPrefix("/") else {
            throw Failure(.invalidInput, "a path in a machine begins with \"/\", not \"\(path.prefix(80))\"")
        }
        guard ([path] + others).allSatisfy({ !$0.utf8.contains(0) }), others.allSatisfy({ !$0.isEmpty }) else {
            throw Failure(.invalidInput, "a user and a file have names, and no name holds a NUL")
        }
        if case .put(_, let mode, _) = self, mode > 0o7777 {
            throw Failure(.invalidInput, "there are no such permission bits")
        }
    }
}

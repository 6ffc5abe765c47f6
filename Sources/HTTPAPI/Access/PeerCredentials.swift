import Glibc
package import NIOCore
package import SessionModel

/// Tells who is at the other end of a local socket by what the kernel says of the peer's process.
package struct PeerCredentials: Sendable {
    private let roles: [UInt32: Role]

    /// Makes a judge of peers.
    ///
    /// - Parameter operators: User ids that are operators; all others are trainees.
    package init(operators: Set<UInt32>) {
        self.init(roles: Dictionary(uniqueKeysWithValues: operators.map { ($0, .operator) }))
    }

    /// Makes a judge that knows users by their ids; all others are trainees.
    init(roles: [UInt32: Role]) { self.roles = roles }

    /// Who is at the other end.
    ///
    /// - Throws: ``Failure`` with `forbidden` when the connection is not a local socket.
    package func principal(of channel: any Channel) async throws -> Principal {
        let peer = try await Self.peer(of: channel)
        return Principal(person: PersonID("uid:\(peer.uid)"), role: roles[peer.uid] ?? .trainee)
    }

    /// What somebody who comes through a local socket is here for; `nil` for people who have accounts.
    func role(of person: PersonID) -> Role? {
        let parts = person.description.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "uid", let userID = UInt32(parts[1]) else { return nil }
        return roles[userID] ?? .trainee
    }

    /// The process at the other end, as it was when it connected.
    ///
    /// - Throws: ``Failure`` with `forbidden` when the connection is not a local socket.
    static func peer(of channel: any Channel) async throws -> PeerProcess {
        guard let socket = channel as? any SocketOptionProvider else {
            throw Failure(.forbidden, "only local sockets tell who is there")
        }
        do {
            // SAFETY: PeerProcess has the layout of the kernel's `struct ucred`, which is what SO_PEERCRED fills.
            return try await socket.unsafeGetSocketOption(level: .socket, name: .init(rawValue: SO_PEERCRED)).get()
        } catch {
            throw Failure(.forbidden, "the system does not tell who is at the other end", cause: error)
        }
    }
}

/// The kernel's `struct ucred`, which the system's module does not offer to Swift.
struct PeerProcess: Sendable {
    var pid: Int32
    var uid: UInt32
    var gid: UInt32
}

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
        guard let socket = channel as? any SocketOptionProvider else {
            throw Failure(.forbidden, "only local sockets tell who is there")
        }
        let peer: PeerProcess
        do {
            // SAFETY: PeerProcess has the layout of the kernel's `struct ucred`, which is what SO_PEERCRED fills.
            peer = try await socket.unsafeGetSocketOption(level: .socket, name: .init(rawValue: SO_PEERCRED)).get()
        } catch {
            throw Failure(.forbidden, "the system does not tell who is at the other end", cause: error)
        }
        return Principal(person: PersonID("uid:\(peer.uid)"), role: roles[peer.uid] ?? .trainee)
    }
}

/// The kernel's `struct ucred`, which the system's module does not offer to Swift.
private struct PeerProcess: Sendable {
    var pid: Int32
    var uid: UInt32
    var gid: UInt32
}

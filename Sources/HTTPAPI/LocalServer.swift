import Foundation
import Glibc
import Hummingbird
import HummingbirdCore
package import Logging
import ServiceLifecycle
import SessionModel

/// Serves the API on a local socket.
///
/// Who may reach it is decided by the file system: the socket is open to root and one group, or to one user, in a folder
/// that nobody else may change. What they may do is decided per request by who they are.
package struct LocalServer: Service, CustomStringConvertible {
    /// As logs name it: whole, it would be all of the service.
    package var description: String { "server at \(path)" }
    private let responder: CallbackResponder<APIRequestContext>
    private let path: String
    private let reach: Reach
    private let beforeServing: @Sendable () async throws -> Void
    private let logger: Logger

    /// Makes a server.
    ///
    /// - Parameters:
    ///   - api: The routes.
    ///   - credentials: Tells who is at the other end.
    ///   - path: The socket; its folder is made when it is missing, and must be ours alone to change when it is not.
    ///   - groupID: The group whose members may connect; only root when `nil`.
    ///   - logger: Where requests are logged.
    ///   - beforeServing: Waits for what the routes need.
    package init(
        api: API,
        credentials: PeerCredentials,
        path: String,
        groupID: UInt32?,
        logger: Logger,
        beforeServing: @escaping @Sendable () async throws -> Void,
    ) {
        self.init(
            responder: api.responder(LocalDoor(credentials: credentials)),
            path: path,
            reach: groupID.map(Reach.group) ?? .root,
            logger: logger,
            beforeServing: beforeServing,
        )
    }

    /// Makes the server that sshd asks, which is open to its user alone.
    ///
    /// - Parameters:
    ///   - api: The routes.
    ///   - ssh: As whom sshd runs, and where it asks.
    ///   - credentials: Knows who comes through the other socket.
    ///   - logger: Where requests are logged.
    ///   - beforeServing: Waits for what the routes need.
    package init(
        api: API,
        ssh: SSHInstance,
        credentials: PeerCredentials,
        logger: Logger,
        beforeServing: @escaping @Sendable () async throws -> Void,
    ) {
        let people = SSHPeople(desk: api.access.desk, credentials: credentials)
        let door = SSHDoor(tickets: SSHTickets(), people: people, userID: ssh.user.userID)
        self.init(api: api, ssh: ssh, door: door, logger: logger, beforeServing: beforeServing)
    }

    init(
        api: API,
        ssh: SSHInstance,
        door: SSHDoor,
        logger: Logger,
        beforeServing: @escaping @Sendable () async throws -> Void,
    ) {
        self.init(
            responder: api.sshRouter(door, ssh.gate).buildResponder(),
            path: ssh.gate.socket,
            reach: .user(ssh.user.userID),
            logger: logger,
            beforeServing: beforeServing,
        )
    }

    private init(
        responder: some HTTPResponder<APIRequestContext>,
        path: String,
        reach: Reach,
        logger: Logger,
        beforeServing: @escaping @Sendable () async throws -> Void,
    ) {
        self.responder = CallbackResponder { try await responder.respond(to: $0, context: $1) }
        self.path = path
        self.reach = reach
        self.logger = logger
        self.beforeServing = beforeServing
    }

    /// Who may connect.
    private enum Reach: Sendable {
        case root
        case group(UInt32)
        case user(UInt32)

        /// Opens a socket that only its maker may use; whether that was possible.
        func open(_ path: String) -> Bool {
            switch self {
            case .root: true
            case .group(let id): chown(path, 0, id) == 0 && chmod(path, 0o660) == 0
            case .user(let id): chmod(path, 0o600) == 0 && chown(path, id, getegid()) == 0
            }
        }
    }

    /// Serves until graceful shutdown.
    ///
    /// - Throws: ``Failure`` with `storage` when the socket cannot be made, `conflict` when another daemon serves it.
    package func run() async throws {
        try makeRoom()
        var app = Application(
            responder: responder,
            server: .http1(configuration: .init(additionalChannelHandlers: [WebSocketUpgradeHandler()])),
            configuration: .init(address: .unixDomainSocket(path: path), serverName: "sandglass"),
            onServerRunning: { _ in
                // Made with rights for its owner alone, so there is no moment at which someone else could slip in. Nothing
                // else is made meanwhile: sessions and images are worked on only once someone can ask for it.
                umask(0o022)
                if !reach.open(path) {
                    logger.error("Nobody can be let in", metadata: ["socket": "\(path)", "who": "\(reach)"])
                }
                logger.notice("Serving", metadata: ["socket": "\(path)"])
            },
            logger: logger,
        )
        app.beforeServerStarts {
            try await beforeServing()
            umask(0o077)
        }
        try await app.run()
        unlink(path)
    }

    private func makeRoom() throws {
        let folder = (path as NSString).deletingLastPathComponent
        if !FileManager.default.fileExists(atPath: folder) {
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw Failure(.storage, "the folder \(folder) for the socket cannot be made", cause: error)
            }
            // Whatever the mask of the process is.
            guard chmod(folder, 0o755) == 0 else {
                throw Failure(.storage, "the rights of \(folder) cannot be set: \(String(cString: strerror(errno)))")
            }
        }
        // A folder that cannot be looked at is none of ours.
        let found = try? FileManager.default.attributesOfItem(atPath: (folder as NSString).resolvingSymlinksInPath)
        guard let found, (found[.ownerAccountID] as? NSNumber)?.uint32Value == geteuid(),
            let mode = (found[.posixPermissions] as? NSNumber)?.uint32Value, mode & 0o022 == 0
        else {
            throw Failure(
                .storage,
                "others may change the folder \(folder), and so put a socket of theirs in place of the daemon's; "
                    + "give the socket a folder of its own",
            )
        }
        // Only one daemon works with a state folder, so a socket that is still there is a dead one's, unless it is in use
        // by a daemon with another state folder.
        guard !answers() else {
            throw Failure(.conflict, "another daemon serves \(path); end it or choose another socket")
        }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw Failure(.storage, "the old socket \(path) cannot be removed: \(String(cString: strerror(errno)))")
        }
    }

    private func answers() -> Bool {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // SAFETY: the buffer is the address's own; the copy is bounded by its size and the last byte stays zero.
        withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            for (index, byte) in path.utf8.prefix(buffer.count - 1).enumerated() { buffer[index] = byte }
        }
        // SAFETY: `connect` reads the address during the call only, and its size is the structure's.
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}

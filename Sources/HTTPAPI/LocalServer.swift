import Foundation
import Glibc
import Hummingbird
import HummingbirdCore
package import Logging
import ServiceLifecycle
import SessionModel

/// Serves the API on a local socket.
///
/// Who may reach it is decided by the file system: the socket is open to root and one group only, in a folder that nobody
/// else may change. What they may do is decided per request by who they are.
package struct LocalServer: Service, CustomStringConvertible {
    /// As logs name it: whole, it would be all of the service.
    package var description: String { "server at \(path)" }
    private let api: API
    private let credentials: PeerCredentials
    private let path: String
    private let groupID: UInt32?
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
        self.api = api
        self.credentials = credentials
        self.path = path
        self.groupID = groupID
        self.logger = logger
        self.beforeServing = beforeServing
    }

    /// Serves until graceful shutdown.
    ///
    /// - Throws: ``Failure`` with `storage` when the socket cannot be made, `conflict` when another daemon serves it.
    package func run() async throws {
        try makeRoom()
        var app = Application(
            responder: api.responder(LocalDoor(credentials: credentials)),
            server: .http1(configuration: .init(additionalChannelHandlers: [WebSocketUpgradeHandler()])),
            configuration: .init(address: .unixDomainSocket(path: path), serverName: "sandglass"),
            onServerRunning: { _ in
                // Made with rights for its owner alone, so there is no moment at which someone else could slip in. Nothing
                // else is made meanwhile: sessions and images are worked on only once someone can ask for it.
                umask(0o022)
                if let groupID, chown(path, 0, groupID) != 0 || chmod(path, 0o660) != 0 {
                    logger.error("The group cannot be let in", metadata: ["socket": "\(path)", "group": "\(groupID)"])
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

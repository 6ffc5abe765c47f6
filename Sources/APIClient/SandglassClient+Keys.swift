package import APIContract
import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension SandglassClient {
    /// The keys that open a session by SSH, and where they do.
    package func keys(of session: String) async throws -> SessionKeyList {
        try await get(ServiceAddress.target(["sessions", session, "keys"]))
    }

    /// Lets a key open a session by SSH.
    ///
    /// - Parameters:
    ///   - key: The one line of a public key.
    ///   - session: The session.
    /// - Returns: The key.
    /// - Throws: `Problem` with `invalidInput` when it is none.
    package func addKey(_ key: String, to session: String) async throws -> SessionKeyResource {
        try await post(ServiceAddress.target(["sessions", session, "keys"]), AddKeyRequest(key: key))
    }

    /// The session to which the ticket of a connection by SSH leads from now on.
    ///
    /// - Parameter name: The session's name or the beginning of it; when `nil`, the one that was named before.
    /// - Returns: The session.
    /// - Throws: `Problem` with `invalidInput` when more must be said, with `notFound` when the key opens no such session.
    package func sshSession(_ name: String?) async throws -> SessionResource {
        try await post(ServiceAddress.target(["ssh", "session"]), SessionWish(session: name))
    }

    /// The line that lets a key in at sshd; empty when it opens nothing.
    package func authorizedKeys(_ offer: KeyOffer) async throws -> String {
        let request = try request(
            .POST,
            ServiceAddress.target(["ssh", "authorized-keys"]),
            offer,
            accept: "text/plain",
        )
        let body = try await send(request, within: timeLimit).body.collect(upTo: 64 * 1024)
        return String(buffer: body)
    }

    /// Keeps a key from opening a session.
    package func removeKey(_ fingerprint: String, of session: String) async throws {
        let name = String(fingerprint.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
        try await delete(ServiceAddress.target(["sessions", session, "keys", name]))
    }
}

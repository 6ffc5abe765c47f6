import AsyncHTTPClient
import Foundation

/// Where the service is: at a socket of this host, or on the network.
package struct ServiceAddress: Sendable, CustomStringConvertible {
    /// Every route begins with this.
    static let root = "/api/v1"
    /// The system allows no longer path for a socket, in bytes.
    private static let longestPath = 107

    /// How it is come to.
    let way: Way
    /// What lets the caller in at a socket that is for sshd.
    private let ticket: AccessToken?
    /// For whom it is asked: their address.
    private let client: String?

    /// The ways to a service.
    enum Way: Sendable {
        /// The path of a socket.
        case socket(String)
        /// TLS.
        case network(RemoteService)
    }

    /// Accepts the path of a socket.
    ///
    /// - Parameters:
    ///   - socket: The path.
    ///   - ticket: What lets the caller in, at the socket that is for sshd.
    ///   - client: The address of whom it is asked for there.
    /// - Throws: ``ConnectionFailure`` with `noDaemon` when no socket can have that path.
    package init(socket: String, ticket: AccessToken? = nil, client: String? = nil) throws {
        guard !socket.isEmpty, socket.utf8.count <= Self.longestPath else {
            throw ConnectionFailure(
                .noDaemon,
                "the socket path \"\(socket)\" is \(socket.utf8.count) bytes long; it must have 1 to \(Self.longestPath)",
            )
        }
        way = .socket(socket)
        self.ticket = ticket
        // What else there is could end a header.
        self.client = client.flatMap { $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? $0 : nil }
    }

    /// Accepts a service on the network.
    package init(_ remote: RemoteService) {
        way = .network(remote)
        (ticket, client) = (nil, nil)
    }

    /// What messages call it.
    package var description: String {
        switch way {
        case .socket(let path): "the daemon at \(path)"
        case .network(let remote): "the service at \(remote.url)"
        }
    }

    /// The service when it is on the network.
    var remote: RemoteService? {
        guard case .network(let remote) = way else { return nil }
        return remote
    }

    /// Whether it is told for whom the caller acts.
    package var hasToken: Bool { remote?.token != nil }

    /// The headers that say for whom the caller acts; none where the way itself tells, or nothing does.
    var headers: [(name: String, value: String)] {
        let token = remote?.token ?? ticket
        return [("authorization", token.map { "Bearer \($0.secret)" }), ("x-forwarded-for", client)].compactMap {
            name,
            value in value.map { (name, $0) }
        }
    }

    /// The path of a route with its query, percent-encoded.
    static func target(_ segments: [String], _ query: [(name: String, value: String)] = []) -> String {
        let path = root + segments.map { "/" + encoded($0) }.joined()
        guard !query.isEmpty else { return path }
        return path + "?" + query.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    }

    /// The address of a route as the HTTP client wants it.
    func url(_ target: String) throws -> String {
        switch way {
        case .network(let remote):
            return "\(remote.url)\(target)"
        case .socket(let path):
            guard let url = URL(httpURLWithSocketPath: path, uri: target) else {
                throw ConnectionFailure(.noDaemon, "the socket path \"\(path)\" cannot be used in an address")
            }
            return url.absoluteString
        }
    }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if isUnreserved(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }

    /// RFC 3986, section 2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default:
            false
        }
    }
}

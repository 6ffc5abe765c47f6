import AsyncHTTPClient
import Foundation
import Glibc
import NIOCore
import NIOHTTP1

/// Where the service is: a socket of this host.
struct ServiceAddress: Sendable {
    /// Every route begins with this.
    static let root = "/api/v1"
    /// The system allows no longer path for a socket, in bytes.
    private static let longestPath = 107

    /// The socket's path.
    let socket: String

    /// Accepts the path of a socket.
    ///
    /// - Throws: ``ConnectionFailure`` with `noDaemon` when no socket can have that path.
    init(socket: String) throws {
        guard !socket.isEmpty, socket.utf8.count <= Self.longestPath else {
            throw ConnectionFailure(
                .noDaemon,
                "the socket path \"\(socket)\" is \(socket.utf8.count) bytes long; it must have 1 to \(Self.longestPath)",
            )
        }
        self.socket = socket
    }

    /// The path of a route with its query, percent-encoded.
    static func target(_ segments: [String], _ query: [(name: String, value: String)] = []) -> String {
        let path = root + segments.map { "/" + encoded($0) }.joined()
        guard !query.isEmpty else { return path }
        return path + "?" + query.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    }

    /// The address of a route as the HTTP client wants it.
    func url(_ target: String) throws -> String {
        guard let url = URL(httpURLWithSocketPath: socket, uri: target) else {
            throw ConnectionFailure(.noDaemon, "the socket path \"\(socket)\" cannot be used in an address")
        }
        return url.absoluteString
    }

    /// Turns what the network layer throws into words.
    func explained(_ error: any Error) -> any Error {
        switch error {
        case is ConnectionFailure, is CancellationError: error
        case let error as IOError: explained(errno: error.errnoCode, error)
        case let error as HTTPClientError: explained(error)
        case let error as ChannelError: explained(error)
        case HTTPParserError.invalidEOFState: lost(error)
        default: ConnectionFailure(.unexpectedAnswer, "what answers at \(socket) is not the daemon", cause: error)
        }
    }

    /// Turns an error of the system into words.
    func explained(errno: Int32, _ error: any Error) -> ConnectionFailure {
        switch errno {
        case ENOENT:
            ConnectionFailure(.noDaemon, "no daemon answers: there is no socket \(socket). Start it with: sandglassd")
        case ECONNREFUSED, ENOTSOCK:
            ConnectionFailure(.noDaemon, "no daemon answers: nobody serves \(socket). Start it with: sandglassd")
        case EACCES, EPERM:
            ConnectionFailure(
                .notPermitted,
                "you may not use the socket \(socket): run this as root, or as a member of the group its folder belongs to",
            )
        case ECONNRESET, EPIPE, EBADF, ENOTCONN:
            lost(error)
        default:
            ConnectionFailure(.lost, "the connection to the daemon at \(socket) failed", cause: error)
        }
    }

    private func explained(_ error: HTTPClientError) -> any Error {
        switch error {
        case .deadlineExceeded, .connectTimeout, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout: late()
        case .cancelled: CancellationError()
        case .remoteConnectionClosed: lost(error)
        default: ConnectionFailure(.lost, "the request to the daemon at \(socket) failed", cause: error)
        }
    }

    private func explained(_ error: ChannelError) -> any Error {
        if case .connectTimeout = error { return late() }
        return lost(error)
    }

    /// The failure of a connection that broke.
    func lost(_ cause: (any Error)? = nil) -> ConnectionFailure {
        ConnectionFailure(.lost, "the connection to the daemon at \(socket) was lost; was it stopped?", cause: cause)
    }

    /// The failure of a call that took too long.
    func late() -> ConnectionFailure {
        ConnectionFailure(.timedOut, "the daemon at \(socket) did not answer in time; its log says what it is doing")
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

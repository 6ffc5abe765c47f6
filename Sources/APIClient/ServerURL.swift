import Foundation

/// Where a service is on the network: `https://`, a host, and a port unless it is 443.
package struct ServerURL: Sendable, Equatable, CustomStringConvertible {
    /// The host's name or address; an address of IPv6 without brackets.
    package let host: String
    /// The port.
    package let port: Int

    /// Reads one; a slash at the end is left out.
    ///
    /// - Throws: ``ConnectionFailure`` with `unusable` that says what it may be.
    package init(_ text: String) throws {
        guard let parts = URLComponents(string: text), parts.scheme?.lowercased() == "https",
            let host = parts.host?.lowercased(), ["", "/"].contains(parts.path), parts.query == nil,
            parts.fragment == nil, parts.user == nil, parts.password == nil,
            let port = parts.port ?? Optional(443), (1...65_535).contains(port)
        else { throw Self.failure(text) }
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        // What stands in a header.
        guard !bare.isEmpty, bare.utf8.allSatisfy(Self.isOfHost) else { throw Self.failure(text) }
        (self.host, self.port) = (bare, port)
    }

    /// The host, and the port unless it is 443, as the header `host` has them.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == 443 ? name : "\(name):\(port)"
    }

    package var description: String { "https://\(authority)" }

    private static func isOfHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"):
            true
        default:
            false
        }
    }

    private static func failure(_ text: String) -> ConnectionFailure {
        ConnectionFailure(
            .unusable,
            "\"\(text.prefix(80))\" is no address of a service; write https://sandglass.example:8443",
        )
    }
}

package import SessionModel

/// Whose word on where a request came from is taken.
///
/// Behind a proxy every request comes from the proxy's address. It appends the address it was asked from to
/// `X-Forwarded-For`; what stands before that, whoever asked may have made up. So the client is the last address that is
/// no trusted proxy's.
package struct TrustedProxies: Sendable, Equatable {
    private let networks: [AddressRange]

    /// Trusts nobody.
    package static let none = TrustedProxies(networks: [])

    /// Reads addresses and networks.
    ///
    /// - Parameter text: `127.0.0.1`, `10.0.0.0/8`, `fd00::/8`, separated by commas.
    /// - Throws: ``Failure`` with `invalidInput` that names what is none.
    package init(_ text: String) throws(Failure) {
        var networks: [AddressRange] = []
        for part in text.split(separator: ",").map({ $0.trimmingSpaces }) where !part.isEmpty {
            guard let network = AddressRange(part) else {
                throw Failure(
                    .invalidInput,
                    "\"\(part.prefix(60))\" is neither an address nor a network like 10.0.0.0/8",
                )
            }
            networks.append(network)
        }
        self.init(networks: networks)
    }

    private init(networks: [AddressRange]) { self.networks = networks }

    /// Where a request came from.
    ///
    /// - Parameters:
    ///   - peer: The other end of its connection; `nil` when that has no address.
    ///   - forwarded: The values of `X-Forwarded-For`.
    /// - Returns: The client's address; `nil` when it is not known.
    func client(peer: String?, forwarded: [String]) -> String? {
        guard let peer, let peerAddress = IPAddress(peer) else { return peer }
        guard trusts(peerAddress) else { return peerAddress.text }
        let chain = forwarded.flatMap { $0.split(separator: ",") }.map(\.trimmingSpaces)
        var client = peerAddress
        for text in chain.reversed() {
            // What is no address is not believed, nor what stands before it.
            guard let address = IPAddress(text) else { break }
            client = address
            guard trusts(address) else { break }
        }
        return client.text
    }

    private func trusts(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }
}

extension StringProtocol {
    fileprivate var trimmingSpaces: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
